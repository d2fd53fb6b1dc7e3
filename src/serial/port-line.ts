/** A real serial port (or a pty's slave) as the DTE's end of a line. */
import { EventEmitter } from 'node:events';
import type { SerialPort } from 'serialport';
import { isGone, LineError, openFailure } from './line-error.ts';
import type { DceSignals, DteLine, DteSignals, SerialLineEvents } from './serial-line.ts';

/** Drivers report no change of DCD; this often it is looked at. */
const SIGNAL_POLL_MS = 100;
/** A port without circuits is looked at only to see whether it is there. */
const PRESENCE_POLL_MS = 1000;

/**
 * Opens a port with 8N1 and RTS/CTS.
 * @param path `/dev/ttyUSB0`, a pty's name, `COM3`
 */
export async function openPortLine(path: string, baudRate: number): Promise<DteLine> {
  // Loaded here: the native binding is of no use to a run without a real port.
  const serial = await import('serialport');
  const port = new serial.SerialPort({ path, baudRate, rtscts: true, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    port.open((cause) => (cause ? reject(openFailure(path, cause)) : resolve())),
  );
  const line = new PortLine(port);
  await line.lookAtSignals();
  return line;
}

class PortLine extends EventEmitter<SerialLineEvents<DceSignals>> implements DteLine {
  readonly #port: SerialPort;
  #signals: DceSignals | 'unknown' = 'unknown';
  #poll: NodeJS.Timeout | undefined;
  #isClosedHere = false;
  #hasEnded = false;

  constructor(port: SerialPort) {
    super();
    this.#port = port;
    port.on('data', (bytes: Buffer) => this.emit('data', bytes));
    port.on('drain', () => this.emit('drain'));
    port.on('error', (cause) => this.#lost(cause));
    port.on('close', (cause: Error | null) => this.#lost(cause ?? undefined));
  }

  get signals(): DceSignals | 'unknown' {
    return this.#signals;
  }

  get baudRate(): number {
    return this.#port.baudRate;
  }

  /** A pty has no modem lines and answers ENOTTY: that is `unknown`, not a failure. */
  async lookAtSignals(): Promise<void> {
    const seen = await new Promise<DceSignals | 'unknown' | Error>((resolve) =>
      this.#port.get((cause, status) => {
        if (cause !== null && isGone(cause)) {
          resolve(cause);
        } else if (cause || status === undefined) {
          resolve('unknown');
        } else {
          resolve({ dcd: status.dcd, dsr: status.dsr, cts: status.cts, ri: false });
        }
      }),
    );
    if (seen instanceof Error) {
      this.#lost(seen);
      return;
    }
    const before = this.#signals;
    this.#signals = seen;
    if (
      seen !== 'unknown' &&
      (before === 'unknown' || before.dcd !== seen.dcd || before.dsr !== seen.dsr || before.cts !== seen.cts)
    ) {
      this.emit('signals', seen);
    }
    if (this.#port.isOpen) {
      const pause = seen === 'unknown' ? PRESENCE_POLL_MS : SIGNAL_POLL_MS;
      this.#poll = setTimeout(() => void this.lookAtSignals(), pause);
    }
  }

  write(bytes: Uint8Array): boolean {
    return this.#port.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  drive(signals: Partial<DteSignals>): void {
    if (this.#port.isOpen) {
      this.#port.set(signals, () => {});
    }
  }

  setBaudRate(baudRate: number): void {
    this.#port.update({ baudRate });
  }

  async close(): Promise<void> {
    this.#isClosedHere = true;
    clearTimeout(this.#poll);
    if (this.#port.isOpen) {
      await new Promise<void>((resolve) => this.#port.close(() => resolve()));
    }
  }

  #lost(cause?: Error): void {
    clearTimeout(this.#poll);
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    if (this.#port.isOpen) {
      this.#port.close(() => {});
    }
    if (this.#isClosedHere) {
      this.emit('close');
    } else {
      this.emit(
        'close',
        new LineError('LINE_LOST', `The port ${this.#port.path} was lost.`, {
          cause,
          advice: 'Check the cable and the adapter.',
        }),
      );
    }
  }
}
