/**
 * A serial line in memory: what one end writes, the other end reads; signals travel with it.
 * It carries at once and in order; `paced` gives it a bit rate.
 */
import { EventEmitter } from 'node:events';
import { misread } from './misread.ts';
import type {
  DceLine,
  DceSignals,
  DteLine,
  DteSignals,
  SerialLine,
  SerialLineEvents,
} from './serial-line.ts';

export interface MemoryLine {
  readonly dte: DteLine;
  readonly dce: DceLine;
}

/** @param baudRate bit/s that both ends are set to at first */
export function createMemoryLine(baudRate = 115_200): MemoryLine {
  const dte = new MemoryEnd<DteSignals, DceSignals>({ dtr: true, rts: true }, baudRate);
  const dce = new MemoryEnd<DceSignals, DteSignals>(
    { dcd: false, dsr: true, cts: true, ri: false },
    baudRate,
  );
  dte.join(dce);
  dce.join(dte);
  return { dte, dce };
}

class MemoryEnd<Driven extends object, Seen extends object>
  extends EventEmitter<SerialLineEvents<Seen>>
  implements SerialLine<Driven, Seen>
{
  baudRate: number;
  #driven: Driven;
  #peer: MemoryEnd<Seen, Driven> | undefined;
  #isOpen = true;

  constructor(driven: Driven, baudRate: number) {
    super();
    this.#driven = driven;
    this.baudRate = baudRate;
  }

  join(peer: MemoryEnd<Seen, Driven>): void {
    this.#peer = peer;
  }

  get signals(): Seen | 'unknown' {
    return this.#peer === undefined ? 'unknown' : this.#peer.#driven;
  }

  write(bytes: Uint8Array): boolean {
    const peer = this.#peer;
    if (this.#isOpen && peer !== undefined && bytes.length > 0) {
      const seen = peer.baudRate === this.baudRate ? bytes : misread(bytes);
      // A microtask, so that nobody is called back from inside their own write.
      queueMicrotask(() => peer.#receive(seen));
    }
    return true;
  }

  drive(signals: Partial<Driven>): void {
    this.#driven = { ...this.#driven, ...signals };
    const driven = this.#driven;
    const peer = this.#peer;
    if (peer !== undefined) {
      queueMicrotask(() => peer.#see(driven));
    }
  }

  setBaudRate(baudRate: number): void {
    this.baudRate = baudRate;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isOpen) {
      this.emit('data', bytes);
    }
  }

  #see(signals: Seen): void {
    if (this.#isOpen) {
      this.emit('signals', signals);
    }
  }

  /** Ends the line at both ends, as if the cable were pulled. */
  async close(): Promise<void> {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.emit('close');
      await this.#peer?.close();
    }
  }
}
