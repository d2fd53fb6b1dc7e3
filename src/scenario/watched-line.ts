/** A device's end of a line that notes whether the call was still up when the device closed it. */
import type { DceSignals, DteLine, DteSignals } from '../serial/serial-line.ts';
import { WrappedLine } from '../serial/wrapped-line.ts';

export class WatchedLine extends WrappedLine<DteSignals, DceSignals> implements DteLine {
  readonly #hasCall: () => boolean;
  leftCallUp = false;

  constructor(line: DteLine, hasCall: () => boolean) {
    super(line);
    this.#hasCall = hasCall;
  }

  override close(): Promise<void> {
    this.leftCallUp ||= this.#hasCall();
    return super.close();
  }
}
