/**
 * A line that is lent to one driver after the other: when a driver closes it, it is given back, not closed. Also hears
 * what comes, so that it can be said what a thing is that is no modem.
 */
import type { DceSignals, DteLine, DteSignals } from '../serial/serial-line.ts';
import { WrappedLine } from '../serial/wrapped-line.ts';

export class LentLine extends WrappedLine<DteSignals, DceSignals> {
  #isReturned = false;

  get isReturned(): boolean {
    return this.#isReturned;
  }

  override write(bytes: Uint8Array): boolean {
    return this.#isReturned || super.write(bytes);
  }

  override drive(signals: Partial<DteSignals>): void {
    if (!this.#isReturned) {
      super.drive(signals);
    }
  }

  /** Gives the line back. */
  override async close(): Promise<void> {
    this.#isReturned = true;
    this.removeAllListeners();
  }

  protected override onData(bytes: Uint8Array): void {
    if (!this.#isReturned) {
      super.onData(bytes);
    }
  }

  protected override onSignals(seen: DceSignals): void {
    if (!this.#isReturned) {
      super.onSignals(seen);
    }
  }

  protected override onDrain(): void {
    if (!this.#isReturned) {
      super.onDrain();
    }
  }

  protected override onClose(cause?: Error): void {
    if (!this.#isReturned) {
      super.onClose(cause);
    }
  }
}

export const lend = (line: DteLine): LentLine => new LentLine(line);
