/**
 * A serial port behind a TCP port that speaks telnet with COM port control (RFC 2217), as ser2net and terminal servers
 * offer it: bit rate and circuits travel, so that it is a line like a port of this machine.
 */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { LineError, openFailure } from './line-error.ts';
import { Rfc2217Client, type Rfc2217ClientAction } from './rfc2217-client.ts';
import type { DceSignals, DteLine, DteSignals, SerialLineEvents } from './serial-line.ts';

/** A server behind a slow network agrees within this time, or does not speak it. */
const AGREEMENT_MS = 10_000;

/** @param baudRate bit/s, 8N1 with RTS/CTS @throws LineError */
export async function openRfc2217Line(host: string, port: number, baudRate: number): Promise<DteLine> {
  const name = `${host}:${port}`;
  const socket = connect({ host, port, noDelay: true });
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw openFailure(name, cause);
  }
  const line = new Rfc2217Line(socket, name, baudRate);
  try {
    await line.agreement();
    return line;
  } catch (cause) {
    await line.close();
    throw cause;
  }
}

/** The port's rate in bit/s, or why there is no agreement. */
type Agreement = number | 'refused' | LineError;

class Rfc2217Line extends EventEmitter<SerialLineEvents<DceSignals>> implements DteLine {
  readonly name: string;
  baudRate: number;
  /** `unknown` until the server has told. */
  signals: DceSignals | 'unknown' = 'unknown';
  readonly #socket: Socket;
  readonly #protocol: Rfc2217Client;
  /** What is to be written once the server takes data again. */
  #held: Uint8Array[] | undefined;
  #isClosedHere = false;
  #onAgreement: (outcome: Agreement) => void = () => {};

  constructor(socket: Socket, name: string, baudRate: number) {
    super();
    this.#socket = socket;
    this.name = name;
    this.baudRate = baudRate;
    this.#protocol = new Rfc2217Client(baudRate);
    socket.on('data', (bytes) => {
      for (const action of this.#protocol.receive(bytes)) {
        this.#act(action);
      }
    });
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', () => {});
    socket.on('close', () => {
      const lost = new LineError('LINE_LOST', `${name} closed the line.`);
      this.#onAgreement(lost);
      this.emit('close', this.#isClosedHere ? undefined : lost);
    });
  }

  /** Settles when the port is set, or will not be. @throws LineError */
  async agreement(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const agreed = new Promise<Agreement>((resolve) => {
      this.#onAgreement = resolve;
      timer = setTimeout(() => resolve('refused'), AGREEMENT_MS);
    });
    this.#socket.write(this.#protocol.begin());
    const agreement = await agreed;
    clearTimeout(timer);
    if (agreement === 'refused') {
      throw new LineError('LINE_REFUSED', `${this.name} does not speak RFC 2217 (telnet COM port control).`, {
        advice: 'If it is a plain TCP port, write tcp:HOST:PORT instead.',
      });
    }
    if (agreement instanceof LineError) {
      throw agreement;
    }
    if (agreement !== this.baudRate) {
      throw new LineError(
        'LINE_REFUSED',
        `${this.name} stays at ${agreement} bit/s instead of ${this.baudRate}.`,
        { advice: 'Set the rate at the server, or ask for the one that it has.' },
      );
    }
  }

  write(bytes: Uint8Array): boolean {
    if (this.#held === undefined) {
      return this.#socket.write(this.#protocol.encode(bytes));
    }
    this.#held.push(bytes);
    return false;
  }

  drive(signals: Partial<DteSignals>): void {
    this.#socket.write(this.#protocol.drive(signals));
  }

  setBaudRate(baudRate: number): void {
    this.baudRate = baudRate;
    this.#socket.write(this.#protocol.setBaudRate(baudRate));
  }

  async close(): Promise<void> {
    this.#isClosedHere = true;
    if (!this.#socket.closed) {
      this.#socket.destroy();
      await once(this.#socket, 'close');
    }
  }

  #act(action: Rfc2217ClientAction): void {
    switch (action.type) {
      case 'data':
        this.emit('data', action.bytes);
        break;
      case 'send':
        this.#socket.write(action.bytes);
        break;
      case 'signals':
        this.signals = action.signals;
        this.emit('signals', action.signals);
        break;
      case 'baud-rate':
        this.#onAgreement(action.baudRate);
        break;
      case 'refused':
        this.#onAgreement('refused');
        break;
      case 'flow':
        this.#setFlow(action.isSuspended);
        break;
    }
  }

  /** RFC 2217 section 3, FLOWCONTROL-SUSPEND and -RESUME. */
  #setFlow(isSuspended: boolean): void {
    const held = this.#held;
    this.#held = isSuspended ? (held ?? []) : undefined;
    if (!isSuspended && held !== undefined) {
      for (const bytes of held) {
        this.write(bytes);
      }
      this.emit('drain');
    }
  }
}
