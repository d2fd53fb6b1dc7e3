/** A connection (TCP, Unix socket) as the DTE's end of a line: bytes only, no signals. */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { LineError, openFailure } from './line-error.ts';
import type { DceSignals, DteLine, SerialLineEvents } from './serial-line.ts';

export const openTcpLine = (host: string, port: number, baudRate: number): Promise<DteLine> =>
  open(connect({ host, port, noDelay: true }), `${host}:${port}`, baudRate);

/** @param path of a Unix socket that a program offers */
export const openUnixLine = (path: string, baudRate: number): Promise<DteLine> =>
  open(connect(path), path, baudRate);

async function open(socket: Socket, name: string, baudRate: number): Promise<DteLine> {
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw openFailure(name, cause);
  }
  return new TcpLine(socket, name, baudRate);
}

class TcpLine extends EventEmitter<SerialLineEvents<DceSignals>> implements DteLine {
  readonly signals = 'unknown';
  baudRate: number;
  readonly #socket: Socket;
  #isClosedHere = false;

  constructor(socket: Socket, name: string, baudRate: number) {
    super();
    this.#socket = socket;
    this.baudRate = baudRate;
    socket.on('data', (bytes) => this.emit('data', bytes));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', () => {});
    socket.on('close', () =>
      this.emit(
        'close',
        this.#isClosedHere ? undefined : new LineError('LINE_LOST', `${name} closed the line.`),
      ),
    );
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  drive(): void {}

  setBaudRate(baudRate: number): void {
    this.baudRate = baudRate;
  }

  async close(): Promise<void> {
    this.#isClosedHere = true;
    if (!this.#socket.closed) {
      this.#socket.destroy();
      await once(this.#socket, 'close');
    }
  }
}
