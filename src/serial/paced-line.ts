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

class PacedLine<Driven, Seen> extends WrappedLine<Driven, Seen> {
  readonly #isClearToSend: (seen: Seen) => boolean;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isFull = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the piece under way has passed; fractions of a millisecond count, or they would add up. */
  #passedAt = 0;

  constructor(line: SerialLine<Driven, Seen>, isClearToSend: (seen: Seen) => boolean) {
    super(line);
    this.#isClearToSend = isClearToSend;
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

  /** Starts on the next piece, unless one is under way or the other end holds it back. */
  #transmit(from: number): void {
    const piece = this.#queue[0];
    const seen = this.line.signals;
    const isHeldBack = seen !== 'unknown' && !this.#isClearToSend(seen);
    if (piece === undefined || this.#timer !== undefined || isHeldBack) {
      return;
    }
    this.#passedAt = from + (piece.length * BITS_PER_BYTE * 1000) / this.line.baudRate;
    this.#timer = setTimeout(() => this.#passed(piece), Math.ceil(this.#passedAt - Date.now()));
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
