/**
 * A TCP connection of the module's own stack as a Node stream: the same to nodemailer and node:tls as a socket of
 * this software's own TCP. Back-pressure is real both ways: what is not read stays in the module, whose window shuts,
 * and a write is called back when the module has taken it.
 */
import { pause } from '../../base/pause.ts';
import { type Ms, ms, seconds } from '../../base/units.ts';
import { handOver } from '../../base/virtual-time.ts';
import { StreamSocket } from '../../net/stream-socket.ts';
import { type Endpoint, formatEndpoint, TcpError } from '../../net/tcp-error.ts';
import { LONGEST_SEND } from '../../wire/at/sockets/limits.ts';

/** While the module has no room it is asked again after this, then after twice as long, and so on. */
const FIRST_WAIT = ms(100);
const LONGEST_WAIT = ms(2_000);
/** As TCP's own user timeout (RFC 9293 §3.8.3): nothing has moved for so long. */
const SEND_LIMIT = seconds(120);
/** These modules cannot close one direction only: after `end` the other end has so long for its last words. */
const LINGER = seconds(2);
/** And TCP so long to say good-bye. */
const CLOSE_SECONDS = 3;

/** What the connection needs of the module. */
export interface ModuleConnection {
  /** @returns `full`: no room now; `closed`: the connection is gone */
  send(octets: Uint8Array): Promise<'sent' | 'full' | 'closed'>;
  /** @returns none: nothing waits; undefined: the connection is gone */
  read(): Promise<Uint8Array | undefined>;
  /** Ends the connection and frees its number; more than once does no harm. */
  release(withinSeconds: number): void;
}

type Callback = (error?: Error | null) => void;

export class ModuleSocket extends StreamSocket {
  readonly #connection: ModuleConnection;
  readonly #name: string;
  /** Octets that the module has taken. */
  #taken = 0;
  #isReaderHungry = false;
  /** Grows with everything that the module says of this connection: a read that began before may have missed it. */
  #news = 0;
  #hasUnread = false;
  #isPeerFinished = false;
  #isEndTold = false;
  #reading: Promise<void> | undefined;
  #lingerTimer: ReturnType<typeof setTimeout> | undefined;

  /** Made when the connection is established. @param localAddress dotted decimal */
  constructor(connection: ModuleConnection, remote: Endpoint, localAddress: string) {
    super({ remote, localAddress, allowHalfOpen: false });
    this.#connection = connection;
    this.#name = formatEndpoint(remote);
  }

  /** Octets that were written, those included that wait in this stream. */
  get bytesWritten(): number {
    return this.#taken + this.writableLength;
  }

  /** The family has no command for a RST: the module closes. */
  resetAndDestroy(): this {
    return this.destroy();
  }

  /** For the driver: octets wait in the module. */
  received(): void {
    this.#news += 1;
    this.#hasUnread = true;
    void this.#readOn();
  }

  /** For the driver: the other end, or the network, has closed; what it had sent can still be read. */
  peerFinished(): void {
    this.#isPeerFinished = true;
    this.received();
  }

  override _read(): void {
    this.#isReaderHungry = true;
    void this.#readOn();
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: Callback): void {
    void this.#sendAll([chunk], callback);
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: Callback): void {
    void this.#sendAll(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    if (!this.#isPeerFinished) {
      this.#lingerTimer = setTimeout(() => {
        this.#connection.release(CLOSE_SECONDS);
        this.#tellEnd();
      }, LINGER);
    }
    handOver();
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.idleTimer.stop();
    clearTimeout(this.#lingerTimer);
    this.#connection.release(this.#isPeerFinished || error !== null ? 0 : CLOSE_SECONDS);
    handOver();
    // A turn later, as a real socket does: TLS above tells its own error first.
    setImmediate(() => {
      handOver();
      callback(error);
    });
  }

  /** Reads what waits, as long as the reader takes it; one at a time. */
  #readOn(): Promise<void> {
    this.#reading ??= this.#readWhileHungry()
      .catch((error: unknown) => {
        this.linkDown(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => {
        this.#reading = undefined;
        // Between the last look and this moment the reader may have come back, or the module spoken.
        if (this.#isReaderHungry && this.#hasUnread && !this.destroyed) {
          void this.#readOn();
        }
      });
    return this.#reading;
  }

  async #readWhileHungry(): Promise<void> {
    while (this.#isReaderHungry && this.#hasUnread && !this.destroyed) {
      const newsBefore = this.#news;
      const octets = await this.#connection.read();
      if (octets === undefined) {
        this.#hasUnread = false;
        this.#isPeerFinished = true;
      } else if (octets.length === 0) {
        this.#hasUnread = this.#news !== newsBefore;
      } else if (!this.destroyed) {
        this.bytesRead += octets.length;
        this.idleTimer.active();
        handOver();
        this.#isReaderHungry = this.push(octets);
      }
    }
    if (this.#isPeerFinished && !this.#hasUnread) {
      this.#tellEnd();
    }
  }

  #tellEnd(): void {
    if (!this.#isEndTold && !this.destroyed) {
      this.#isEndTold = true;
      this.#hasUnread = false;
      handOver();
      this.push(null);
    }
  }

  async #sendAll(chunks: readonly Uint8Array[], callback: Callback): Promise<void> {
    let failure: Error | undefined;
    try {
      for (const piece of pieces(chunks)) {
        await this.#send(piece);
      }
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    handOver();
    callback(failure);
  }

  async #send(piece: Uint8Array): Promise<void> {
    let waited = 0;
    for (let wait: Ms = FIRST_WAIT; ; wait = ms(Math.min(2 * wait, LONGEST_WAIT))) {
      if (this.destroyed) {
        throw new TcpError('TCP_ABORTED', 'The socket was destroyed before all was sent.');
      }
      switch (await this.#connection.send(piece)) {
        case 'sent':
          this.#taken += piece.length;
          this.idleTimer.active();
          return;
        case 'closed':
          // Its last words may say why.
          this.peerFinished();
          await this.#readOn();
          throw new TcpError('ECONNRESET', `${this.#name} has closed the connection.`);
        case 'full':
          if (waited >= SEND_LIMIT) {
            throw new TcpError('TCP_TIMED_OUT', `${this.#name} does not answer any more.`);
          }
          waited += wait;
          await pause(wait);
      }
    }
  }
}

/** Cuts and joins chunks to what one AT+QISEND takes. */
function* pieces(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  const whole = chunks.length === 1 ? (chunks[0] ?? new Uint8Array(0)) : Buffer.concat(chunks);
  for (let from = 0; from < whole.length; from += LONGEST_SEND) {
    yield whole.subarray(from, from + LONGEST_SEND);
  }
}
