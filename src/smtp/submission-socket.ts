/**
 * The connection as nodemailer wants it, over any Duplex: passes octets through, knows how much has left,
 * and never closes before replies that have already come were read.
 */
import { Duplex } from 'node:stream';
import { handOver } from '../base/virtual-time.ts';

/** Little is held here: what was written here has all but left. */
const BUFFER_BYTES = 4096;
/** Turns of the event loop without a reply read, after which no reply is waiting to be read. */
const QUIET_TURNS = 8;
/** A server cannot hold the connection open by answering for ever. */
const MOST_TURNS = 1024;
/** Without window scaling (RFC 7323) a peer lets no more than this be under way. */
const LARGEST_WINDOW = 65_535;

/** What our own TCP socket tells beyond a Duplex. */
interface Acknowledging {
  /** Octets taken by `write` that the peer's TCP has not acknowledged, sent or not. */
  readonly unacknowledgedBytes?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
}

export interface SubmissionSocketHooks {
  /** Grows with every reply that the SMTP client has read. */
  repliesSeen(): number;
  /** Some of what was written has left. */
  onProgress(): void;
  /** Octets that a layer above (TLS) has taken and not written here yet. */
  bytesAbove(): number;
}

export class SubmissionSocket extends Duplex {
  readonly #inner: Duplex & Acknowledging;
  readonly #hooks: SubmissionSocketHooks;
  #hasEnded = false;
  /** Whether something written here had not left when the connection broke; undefined while it stands. */
  #wasHoldingBack: boolean | undefined;

  constructor(inner: Duplex, hooks: SubmissionSocketHooks) {
    super({ readableHighWaterMark: BUFFER_BYTES, writableHighWaterMark: BUFFER_BYTES });
    this.#inner = inner;
    this.#hooks = hooks;
    inner.on('data', (chunk: Uint8Array) => {
      handOver();
      if (!this.#hasEnded && !this.push(chunk)) {
        inner.pause();
      }
    });
    inner.on('end', () => this.#afterReplies(() => this.#end()));
    inner.on('error', (error: Error) => this.#broken(error));
    inner.on('close', () => this.#broken());
  }

  /** nodemailer wants it called; time limits are the caller's, who knows the step that the session is in. */
  setTimeout(_timeoutMs: number, _onTimeout?: () => void): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  get localAddress(): string | undefined {
    return this.#inner.localAddress;
  }

  get localPort(): number | undefined {
    return this.#inner.localPort;
  }

  get remoteAddress(): string | undefined {
    return this.#inner.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#inner.remotePort;
  }

  get readyState(): string {
    return this.destroyed ? 'closed' : 'open';
  }

  /** Whether the last octets written here are known not to have been sent to the peer. */
  get isHoldingBack(): boolean {
    return (
      this.#wasHoldingBack ??
      (this.#hooks.bytesAbove() > 0 ||
        this.writableLength > 0 ||
        this.#inner.writableLength > 0 ||
        (this.#inner.unacknowledgedBytes ?? 0) > LARGEST_WINDOW)
    );
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, (error) => {
      handOver();
      if (error === null || error === undefined) {
        this.#hooks.onProgress();
      }
      done(error ?? null);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    handOver();
    if (!this.#inner.writableEnded && !this.#inner.destroyed) {
      this.#inner.end();
    }
    done();
  }

  /** Calls back a turn later at least: a TLS error has to be heard before the close below it. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#wasHoldingBack ??= this.isHoldingBack;
    this.#inner.destroy();
    handOver();
    setImmediate(() => {
      handOver();
      done(error);
    });
  }

  #broken(error?: Error): void {
    this.#wasHoldingBack ??= this.isHoldingBack;
    this.#afterReplies(() => {
      if (error === undefined) {
        this.#end();
      }
      this.destroy(error);
    });
  }

  #end(): void {
    if (!this.#hasEnded && !this.destroyed) {
      this.#hasEnded = true;
      this.push(null);
    }
  }

  /** nodemailer reads one reply per turn; an end that overtook them would turn a refusal into a lost line. */
  #afterReplies(then: () => void): void {
    let seen = this.#hooks.repliesSeen();
    let quietTurns = 0;
    let turns = 0;
    const turn = () => {
      handOver();
      const nowSeen = this.#hooks.repliesSeen();
      quietTurns = nowSeen === seen && this.readableLength === 0 ? quietTurns + 1 : 0;
      seen = nowSeen;
      turns += 1;
      if (quietTurns >= QUIET_TURNS || turns >= MOST_TURNS || this.destroyed) {
        then();
      } else {
        setImmediate(turn);
      }
    };
    setImmediate(turn);
  }
}
