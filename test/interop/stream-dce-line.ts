/** The module's end of a line that is a TCP connection: bytes only, no signals; full buffers hold the sender up. */
import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import type { DceLine, DceSignals, DteSignals, SerialLineEvents } from '../../src/serial/serial-line.ts';

export class StreamDceLine extends EventEmitter<SerialLineEvents<DteSignals>> implements DceLine {
  readonly signals = 'unknown';
  baudRate: number;
  readonly #socket: Socket;

  constructor(socket: Socket, baudRate: number) {
    super();
    this.#socket = socket;
    this.baudRate = baudRate;
    socket.on('data', (bytes) => this.emit('data', bytes));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', () => {});
    socket.on('close', () => this.emit('close'));
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  /** Circuit 106 is all that has a counterpart here: a connection that nobody reads fills up. */
  drive({ cts }: Partial<DceSignals>): void {
    if (cts === false) {
      this.#socket.pause();
    } else if (cts === true) {
      this.#socket.resume();
    }
  }

  setBaudRate(baudRate: number): void {
    this.baudRate = baudRate;
  }

  async close(): Promise<void> {
    if (!this.#socket.closed) {
      this.#socket.destroy();
      await once(this.#socket, 'close');
    }
  }
}
