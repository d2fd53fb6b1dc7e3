/**
 * The module's end of a real line. It lives as long as the program, while devices (DTEs) come and go: who opens
 * the pty or connects is a DTE that switches circuit 108 (DTR) on, who goes switches it off.
 */
import { EventEmitter } from 'node:events';
import type { DceLine, DceSignals, DteSignals, SerialLineEvents } from './serial-line.ts';

export interface OfferedLine extends DceLine {
  /** What a user gives to the device's program: the link of a pty, `HOST:PORT`, a path. */
  readonly name: string;
  /** Whether a DTE is there; one that is may still hold DTR off, where the line carries it. */
  readonly isConnected: boolean;
  /** Octets lost because the DTE does not read. */
  readonly droppedBytes: number;
}

/** What is kept for a DTE that does not read; more of it is lost, as on a line without flow control. */
export const MAX_UNREAD_BYTES = 64 * 1024;

const DEFAULT_BAUD_RATE = 115_200;

export const PRESENT: DteSignals = { dtr: true, rts: true };
/** Circuit 105 stays on, so that what the module says to nobody is lost instead of kept for the next one. */
export const ABSENT: DteSignals = { dtr: false, rts: true };

export abstract class OfferedEnd extends EventEmitter<SerialLineEvents<DteSignals>> implements OfferedLine {
  readonly name: string;
  baudRate = DEFAULT_BAUD_RATE;
  droppedBytes = 0;
  #signals: DteSignals = ABSENT;
  #driven: DceSignals = { dcd: false, dsr: true, cts: true, ri: false };
  #isOpen = true;

  constructor(name: string) {
    super();
    this.name = name;
  }

  abstract readonly isConnected: boolean;
  abstract write(bytes: Uint8Array): boolean;
  /** The module's circuits have changed. */
  protected abstract onDriven(driven: DceSignals): void;
  /** Lets everything go that the line holds. */
  protected abstract release(): Promise<void>;

  get signals(): DteSignals {
    return this.#signals;
  }

  protected get driven(): DceSignals {
    return this.#driven;
  }

  protected get isOpen(): boolean {
    return this.#isOpen;
  }

  setBaudRate(baudRate: number): void {
    this.baudRate = baudRate;
  }

  drive(signals: Partial<DceSignals>): void {
    this.#driven = { ...this.#driven, ...signals };
    this.onDriven(this.#driven);
  }

  /** The DTE's circuits as they are now; told on only when they have changed. */
  protected see(seen: DteSignals): void {
    if (seen.dtr !== this.#signals.dtr || seen.rts !== this.#signals.rts) {
      this.#signals = seen;
      this.emit('signals', seen);
    }
  }

  /** The line itself broke: nobody can come any more. */
  protected async lose(cause: Error): Promise<void> {
    await this.#end(cause);
  }

  async close(): Promise<void> {
    await this.#end();
  }

  async #end(cause?: Error): Promise<void> {
    if (this.#isOpen) {
      this.#isOpen = false;
      await this.release();
      this.emit('close', cause);
    }
  }
}
