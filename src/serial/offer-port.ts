/**
 * A real serial port at which this program is the modem (DCE). The port is wired as a DTE like every computer's, so a
 * null-modem cable crosses the circuits: our DTR output is the device's DCD and DSR, our RTS its CTS; its DTR arrives
 * at our DSR (and DCD) input, its RTS at our CTS. RI has no counterpart.
 */
import type { SerialPort } from 'serialport';
import { isGone, LineError, openFailure } from './line-error.ts';
import { ABSENT, MAX_UNREAD_BYTES, OfferedEnd, PRESENT } from './offered-line.ts';
import type { DceSignals, DteSignals } from './serial-line.ts';

/** Drivers report no change of the inputs; this often they are looked at. */
const SIGNAL_POLL_MS = 50;
/** A port without circuits is looked at only to see whether it is there. */
const PRESENCE_POLL_MS = 1000;

/** @param path `/dev/ttyUSB0` @param baudRate bit/s, 8N1 @throws LineError */
export async function offerPort(path: string, baudRate: number): Promise<OfferedEnd> {
  // Loaded here: the native binding is of no use to a run without a real port.
  const serial = await import('serialport');
  const port = new serial.SerialPort({ path, baudRate, autoOpen: false, highWaterMark: 16 * 1024 });
  await new Promise<void>((resolve, reject) =>
    port.open((cause) => (cause ? reject(openFailure(path, cause)) : resolve())),
  );
  const line = new OfferedPort(path, port);
  await line.lookAtSignals();
  return line;
}

class OfferedPort extends OfferedEnd {
  readonly #port: SerialPort;
  #poll: NodeJS.Timeout | undefined;
  #isConnected = false;

  constructor(path: string, port: SerialPort) {
    super(path);
    this.#port = port;
    this.baudRate = port.baudRate;
    port.on('data', (bytes: Buffer) => this.emit('data', bytes));
    port.on('drain', () => this.emit('drain'));
    port.on('error', (cause) => this.#lost(cause));
    port.on('close', (cause: Error | null) => this.#lost(cause ?? undefined));
    this.onDriven(this.driven);
  }

  /** A cable without circuits (three wires) shows a device that is never there: see `lookAtSignals`. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  override setBaudRate(baudRate: number): void {
    super.setBaudRate(baudRate);
    if (this.#port.isOpen) {
      this.#port.update({ baudRate }, () => {});
    }
  }

  write(bytes: Uint8Array): boolean {
    if (this.#port.writableLength + bytes.length > MAX_UNREAD_BYTES) {
      this.droppedBytes += bytes.length;
      return false;
    }
    return this.#port.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  protected override onDriven({ dcd, cts }: DceSignals): void {
    if (this.#port.isOpen) {
      // A pty in place of a port has no circuits and says so each time.
      this.#port.set({ dtr: dcd, rts: cts }, () => {});
    }
  }

  /**
   * Circuits of the device. A port that has none (a pty), or a cable that has none (until one of them was on, they
   * are taken for not wired), counts as a device that is there.
   */
  async lookAtSignals(): Promise<void> {
    const seen = await new Promise<DteSignals | undefined | Error>((resolve) =>
      this.#port.get((cause, status) => {
        if (cause !== null && isGone(cause)) {
          resolve(cause);
        } else {
          const isKnown = !cause && status !== undefined;
          resolve(isKnown ? { dtr: status.dsr || status.dcd, rts: status.cts } : undefined);
        }
      }),
    );
    if (!this.isOpen) {
      return;
    }
    if (seen instanceof Error) {
      this.#lost(seen);
      return;
    }
    this.#hasCircuits ||= seen?.dtr === true || seen?.rts === true;
    const signals = seen === undefined || !this.#hasCircuits ? PRESENT : seen;
    this.#isConnected = signals.dtr;
    // A device that is off does not hold up what is said to it: it is lost.
    this.see(signals.dtr ? signals : ABSENT);
    const pause = seen === undefined ? PRESENCE_POLL_MS : SIGNAL_POLL_MS;
    this.#poll = setTimeout(() => void this.lookAtSignals(), pause);
  }

  #hasCircuits = false;

  protected override async release(): Promise<void> {
    clearTimeout(this.#poll);
    if (this.#port.isOpen) {
      await new Promise<void>((resolve) => this.#port.close(() => resolve()));
    }
  }

  #lost(cause?: Error): void {
    if (this.isOpen) {
      const advice = 'Check the cable and the adapter.';
      void this.lose(new LineError('LINE_LOST', `The port ${this.name} was lost.`, { cause, advice }));
    }
  }
}
