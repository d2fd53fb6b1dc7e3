/**
 * Gives a line the pace of its bit rate: a byte takes ten bits (8N1), bytes written together arrive when the
 * last of them has passed, and the other end's flow control (RTS/CTS) is obeyed as a UART does it by itself.
 */
import type { DceLine, DceSignals, DteLine, DteSignals, SerialLine } from './serial-line.ts';
import { WrappedLine } from './wrapped-line.ts';

const BITS_PER_BYTE = 10;

/** Two full PPP frames: enough that the line never idles, little enough that what is urgent comes through soon. */
const HIGH_WATER = 3072;
const LOW_WATER = 1536;

/** What passes as one piece: longer writes arrive in several. */
const LONGEST_PIECE = 2048;

export const pacedDte = (line: DteLine): DteLine =>
  new PacedLine<DteSignals, DceSignals>(line, (seen) => seen.cts);

export const pacedDce = (line: DceLine): DceLine =>
  new PacedLine<DceSignals, DteSignals>(line, (seen) => seen.rts);

/** What waits for the transmitter: bytes, or another bit rate for the bytes behind it. */
type Waiting = Uint8Array | { readonly bitRate: number };

class PacedLine<Driven, Seen> extends WrappedLine<Driven, Seen> {
  readonly #isClearToSend: (seen: Seen) => boolean;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #isFull = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the piece under way has passed; fractions of a millisecond count, or they would add up. */
  #passedAt = 0;

  constructor(line: SerialLine<Driven, Seen>, isClearToSend: (seen: Seen) => boolean) {
    super(line);
    this.#isClearToSend = isClearToSend;
  }

  override get baudRate(): number {
    const asked = this.#queue.findLast((waiting) => 'bitRate' in waiting);
    return asked?.bitRate ?? super.baudRate;
  }

  /** Takes effect when what was written before has left: V.250 6.2.10 has the result code in the old rate. */
  override setBaudRate(bitRate: number): void {
    this.#queue.push({ bitRate });
    this.#transmit(Date.now());
  }

  override write(bytes: Uint8Array): boolean {
    for (let from = 0; from < bytes.length; from += LONGEST_PIECE) {
      this.#queue.push(bytes.subarray(from, from + LONGEST_PIECE));
    }
    this.#queuedBytes += bytes.length;
    this.#isFull ||= this.#queuedBytes >= HIGH_WATER;
    this.#transmit(Date.now());
    return !this.#isFull;
  }

  /** Starts on what is next, unless a piece is under way or the other end holds it back. */
  #transmit(from: number): void {
    if (this.#timer !== undefined) {
      return;
    }
    const piece = this.#nextPiece();
    const seen = this.line.signals;
    const isHeldBack = seen !== 'unknown' && !this.#isClearToSend(seen);
    if (piece === undefined || isHeldBack) {
      return;
    }
    this.#passedAt = from + (piece.length * BITS_PER_BYTE * 1000) / this.line.baudRate;
    this.#timer = setTimeout(() => this.#passed(piece), Math.ceil(this.#passedAt - Date.now()));
  }

  /** The piece that is next; bit rates ahead of it are set. */
  #nextPiece(): Uint8Array | undefined {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (next instanceof Uint8Array) {
        return next;
      }
      super.setBaudRate(next.bitRate);
      this.#queue.shift();
    }
    return undefined;
  }

  #passed(piece: Uint8Array): void {
    this.#timer = undefined;
    this.#queue.shift();
    this.#queuedBytes -= piece.length;
    this.line.write(piece);
    this.#transmit(this.#passedAt);
    if (this.#isFull && this.#queuedBytes <= LOW_WATER) {
      this.#isFull = false;
      this.emit('drain');
    }
  }

  protected override onSignals(seen: Seen): void {
    super.onSignals(seen);
    this.#transmit(Date.now());
  }

  /** Room is told by what is queued here, not by the line below. */
  protected override onDrain(): void {}

  protected override onClose(cause?: Error): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    super.onClose(cause);
  }
}
