/**
 * A TCP connection as a Node stream: what nodemailer, node:tls and smtp-server need of a `net.Socket`.
 * Back-pressure is real both ways: a reader that does not read shuts the window, and a write is called back
 * only when the connection has taken it.
 */
import { ms } from '../base/units.ts';
import { handOver } from '../base/virtual-time.ts';
import { formatIpv4 } from '../wire/ipv4.ts';
import { StreamSocket } from './stream-socket.ts';
import type { TcpConnection } from './tcp/connection.ts';
import { type Endpoint, TcpError } from './tcp-error.ts';

/** What the host lends to a socket. */
export interface TcpSocketHost {
  readonly connection: TcpConnection;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly allowHalfOpen: boolean;
  /** The user did something to the connection: look what it wants to send, and when it wants to be called. */
  wake(): void;
}

type Callback = (error?: Error | null) => void;

export class TcpSocket extends StreamSocket {
  readonly localPort: number;
  readonly #host: TcpSocketHost;
  readonly #connection: TcpConnection;
  /** What the connection has taken of all writes, and of the one that runs. */
  #taken = 0;
  #takenOfWrite = 0;
  /** What the connection has not taken yet of the write that runs. */
  #unwritten: Uint8Array[] = [];
  #writeDone: Callback | undefined;
  #isReaderHungry = false;
  #isEndTold = false;
  #isReset = false;

  /** Made by the host when the connection is established. */
  constructor(host: TcpSocketHost) {
    const { remote, local, allowHalfOpen } = host;
    super({ remote, localAddress: formatIpv4(local.address), allowHalfOpen });
    this.#host = host;
    this.#connection = host.connection;
    this.localPort = local.port;
  }

  /** Octets of what was written that the peer has acknowledged: they arrived, whatever happens next. */
  get acknowledgedBytes(): number {
    return this.#connection.acknowledgedBytes;
  }

  /** Octets that were written, those included that wait in this stream. */
  get bytesWritten(): number {
    return this.#taken + this.writableLength - this.#takenOfWrite;
  }

  /** Octets that were written and that the peer has not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.bytesWritten - this.#connection.acknowledgedBytes;
  }

  address(): { address: string; family: string; port: number } {
    return { address: this.localAddress, family: 'IPv4', port: this.localPort };
  }

  /** Cuts the connection with a RST, and destroys. */
  resetAndDestroy(): this {
    this.#isReset = true;
    return this.destroy();
  }

  /** For the host: something about the connection changed. */
  connectionAdvanced(): void {
    if (!this.destroyed) {
      this.#deliver();
      this.#writeOn();
    }
  }

  /** For the host: the connection is CLOSED. @param error absent when it ended in the ordinary way */
  connectionEnded(error: TcpError | undefined): void {
    if (this.destroyed) {
      return;
    }
    if (error !== undefined) {
      handOver();
      this.destroy(error);
    } else {
      this.connectionAdvanced();
    }
  }

  override _read(): void {
    this.#isReaderHungry = true;
    this.#deliver();
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: Callback): void {
    this.#begin([chunk], callback);
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: Callback): void {
    this.#begin(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    this.#connection.close();
    this.#host.wake();
    handOver();
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.idleTimer.stop();
    this.#unwritten = [];
    if (this.#isReset) {
      this.#connection.abort();
    } else {
      this.#connection.detach(ms(Date.now()));
    }
    this.#host.wake();
    handOver();
    // A turn later, as a real socket does: TLS above tells its own error first.
    setImmediate(() => {
      handOver();
      const writeDone = this.#writeDone;
      this.#writeDone = undefined;
      callback(error);
      writeDone?.(error ?? new TcpError('TCP_ABORTED', 'The socket was destroyed before all was sent.'));
    });
  }

  #begin(chunks: Uint8Array[], callback: Callback): void {
    this.#unwritten = chunks;
    this.#takenOfWrite = 0;
    this.#writeDone = callback;
    this.#writeOn();
  }

  /** Gives the connection what it has room for; calls back when it has taken all. */
  #writeOn(): void {
    const callback = this.#writeDone;
    if (callback === undefined) {
      return;
    }
    const before = this.#taken;
    for (let chunk = this.#unwritten[0]; chunk !== undefined; chunk = this.#unwritten[0]) {
      const taken = this.#connection.write(chunk);
      this.#taken += taken;
      if (taken < chunk.length) {
        this.#unwritten[0] = chunk.subarray(taken);
        break;
      }
      this.#unwritten.shift();
    }
    if (this.#taken > before) {
      this.#takenOfWrite += this.#taken - before;
      this.idleTimer.active();
      this.#host.wake();
    }
    if (this.#unwritten.length === 0) {
      this.#writeDone = undefined;
      this.#takenOfWrite = 0;
      handOver();
      callback();
    }
  }

  /** Gives the reader what has come, as long as it takes it. */
  #deliver(): void {
    let hasRead = false;
    while (this.#isReaderHungry && !this.destroyed) {
      const octets = this.#connection.read();
      if (octets === undefined) {
        break;
      }
      hasRead = true;
      this.bytesRead += octets.length;
      this.idleTimer.active();
      handOver();
      this.#isReaderHungry = this.push(octets);
    }
    if (hasRead) {
      this.#host.wake();
    }
    if (this.#connection.isPeerFinished && !this.#isEndTold && !this.destroyed) {
      this.#isEndTold = true;
      handOver();
      this.push(null);
    }
  }
}
