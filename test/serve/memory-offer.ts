/** A line in memory that lives while devices come and go, as a pty does. */
import { EventEmitter } from 'node:events';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import type {
  DceLine,
  DceSignals,
  DteLine,
  DteSignals,
  SerialLineEvents,
} from '../../src/serial/serial-line.ts';

const ABSENT: DteSignals = { dtr: false, rts: true };

export class MemoryOffer extends EventEmitter<SerialLineEvents<DteSignals>> implements DceLine {
  baudRate = 115_200;
  #dce: DceLine | undefined;
  #driven: Partial<DceSignals> = {};

  get signals(): DteSignals | 'unknown' {
    return this.#dce?.signals ?? ABSENT;
  }

  /** A device opens the line; it leaves by closing what it got. */
  open(): DteLine {
    const { dte, dce } = createMemoryLine(this.baudRate);
    this.#dce = dce;
    dce.drive(this.#driven);
    dce.on('data', (bytes) => this.emit('data', bytes));
    dce.on('signals', (seen) => this.emit('signals', seen));
    dce.on('close', () => {
      this.#dce = undefined;
      this.emit('signals', ABSENT);
    });
    queueMicrotask(() => this.emit('signals', { dtr: true, rts: true }));
    return dte;
  }

  write(bytes: Uint8Array): boolean {
    return this.#dce?.write(bytes) ?? true;
  }

  drive(signals: Partial<DceSignals>): void {
    this.#driven = { ...this.#driven, ...signals };
    this.#dce?.drive(signals);
  }

  setBaudRate(baudRate: number): void {
    this.baudRate = baudRate;
    this.#dce?.setBaudRate(baudRate);
  }

  async close(): Promise<void> {
    await this.#dce?.close();
    this.emit('close');
  }
}
