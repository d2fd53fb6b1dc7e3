/** Lets somebody listen in on a line: who counts bytes, keeps a capture or records a dialogue. */
import type { DteLine } from './serial-line.ts';
import { WrappedLine } from './wrapped-line.ts';

/** Hears every byte when the holder of the line writes it or gets it. */
export interface LineTap {
  sent(bytes: Uint8Array): void;
  received(bytes: Uint8Array): void;
}

export const tappedDte = (line: DteLine, tap: LineTap): DteLine => new TappedLine(line, tap);

class TappedLine<Driven, Seen> extends WrappedLine<Driven, Seen> {
  readonly #tap: LineTap;

  constructor(line: WrappedLine<Driven, Seen>['line'], tap: LineTap) {
    super(line);
    this.#tap = tap;
  }

  override write(bytes: Uint8Array): boolean {
    this.#tap.sent(bytes);
    return super.write(bytes);
  }

  protected override onData(bytes: Uint8Array): void {
    this.#tap.received(bytes);
    super.onData(bytes);
  }
}
