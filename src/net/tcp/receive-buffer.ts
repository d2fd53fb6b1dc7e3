/**
 * What came from the peer and was not read yet, in order or ahead of it, and the window that is left for
 * more (RFC 9293 §3.8.6.2.2: it moves in steps worth a segment, and its right edge never moves back).
 * Positions as in ./sequence.ts.
 */

/** Without window scaling 16 bits say how much may come. */
export const MAX_WINDOW_BYTES = 65_535;
/**
 * Pieces ahead of the order that are kept: a full window of segments of 256 octets, as on a line with an MTU of 296.
 * Of more the nearest are kept, since they are read first; the peer sends the others again.
 */
const MAX_EARLY_BLOCKS = 256;
/** Unread pieces before they are put together: a peer may send single octets. */
const MAX_READY_CHUNKS = 64;

interface EarlyBlock {
  readonly position: number;
  readonly octets: Uint8Array;
}

/** What a segment brought; `gap-filled`: all or part of what was missing before pieces that came early. */
export type Arrival = 'nothing-new' | 'in-order' | 'gap-filled' | 'early';

export class ReceiveBuffer {
  readonly #capacity: number;
  readonly #mss: number;
  /** RCV.NXT */
  #next = 1;
  /** RCV.NXT + RCV.WND as the peer was told. */
  #edge: number;
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  /** By position, without overlap. */
  readonly #early: EarlyBlock[] = [];
  #finAt: number | undefined;

  /**
   * @param capacity octets, at most MAX_WINDOW_BYTES
   * @param mss octets of the largest segment that this side takes
   */
  constructor(capacity: number, mss: number) {
    this.#capacity = Math.min(capacity, MAX_WINDOW_BYTES);
    this.#mss = mss;
    this.#edge = 1 + this.#capacity;
  }

  /** RCV.NXT: the position expected next. */
  get next(): number {
    return this.#next;
  }

  /** RCV.WND, as the peer knows it. */
  get window(): number {
    return this.#edge - Math.min(this.#next, this.#edge);
  }

  get unreadBytes(): number {
    return this.#readyBytes;
  }

  /** Octets kept ahead of the order. */
  get earlyBytes(): number {
    return this.#early.reduce((total, block) => total + block.octets.length, 0);
  }

  /** Whether the peer's FIN has come, and everything before it. */
  get isFinished(): boolean {
    return this.#finAt !== undefined && this.#next > this.#finAt;
  }

  /**
   * Takes what a segment carries, already cut to the window.
   *
   * @param position of the first octet of `payload`; not below 1
   * @param hasFin whether the FIN follows the payload
   */
  accept(position: number, payload: Uint8Array, hasFin: boolean): Arrival {
    const end = position + payload.length;
    if (hasFin && this.#finAt === undefined) {
      this.#finAt = end;
    }
    if (position > this.#next) {
      if (payload.length > 0) {
        this.#keepEarly(position, payload);
      }
      return 'early';
    }
    const before = this.#next;
    if (end > this.#next) {
      this.#append(payload.subarray(this.#next - position));
    }
    // RFC 5681 §4.2: part of a gap counts, the peer waits for the acknowledgment to send the rest.
    const isGapFilled = this.#takeEarly() || (this.#next > before && this.#early.length > 0);
    if (this.#next === this.#finAt) {
      this.#next += 1;
    }
    if (isGapFilled) {
      return 'gap-filled';
    }
    return this.#next > before ? 'in-order' : 'nothing-new';
  }

  /** The oldest unread octets, which are then the caller's. */
  read(): Uint8Array | undefined {
    const chunk = this.#ready.shift();
    if (chunk !== undefined) {
      this.#readyBytes -= chunk.length;
    }
    return chunk;
  }

  /** RCV.WND for a segment that leaves now. */
  advertise(): number {
    const widened = this.#widestEdge;
    if (widened - this.#edge >= Math.min(this.#capacity / 2, this.#mss)) {
      this.#edge = widened;
    }
    return this.window;
  }

  /** Whether so much was read that the peer should hear of it without having to ask. */
  get isUpdateDue(): boolean {
    return this.#widestEdge - this.#edge >= Math.min(this.#capacity / 2, 2 * this.#mss);
  }

  clear(): void {
    this.#ready = [];
    this.#readyBytes = 0;
    this.#early.length = 0;
  }

  get #widestEdge(): number {
    return this.#next + this.#capacity - this.#readyBytes;
  }

  /** Copies, because a link may use its memory again. */
  #append(octets: Uint8Array): void {
    const chunk = Buffer.allocUnsafe(octets.length);
    chunk.set(octets);
    if (this.#ready.length >= MAX_READY_CHUNKS) {
      this.#ready = [Buffer.concat(this.#ready)];
    }
    this.#ready.push(chunk);
    this.#readyBytes += chunk.length;
    this.#next += chunk.length;
  }

  #keepEarly(position: number, payload: Uint8Array): void {
    let start = position;
    let end = position + payload.length;
    let index = this.#early.findIndex((block) => block.position + block.octets.length > start);
    if (index < 0) {
      index = this.#early.length;
    }
    const overlapped = this.#early[index];
    if (overlapped !== undefined && overlapped.position <= start) {
      start = Math.min(end, overlapped.position + overlapped.octets.length);
      index += 1;
    }
    const following = this.#early[index];
    if (following !== undefined) {
      end = Math.min(end, following.position);
    }
    if (start >= end || index >= MAX_EARLY_BLOCKS) {
      return;
    }
    const octets = Uint8Array.from(payload.subarray(start - position, end - position));
    this.#early.splice(index, 0, { position: start, octets });
    if (this.#early.length > MAX_EARLY_BLOCKS) {
      this.#early.pop();
    }
  }

  #takeEarly(): boolean {
    let isGapFilled = false;
    for (
      let block = this.#early[0];
      block !== undefined && block.position <= this.#next;
      block = this.#early[0]
    ) {
      this.#early.shift();
      const known = this.#next - block.position;
      if (known < block.octets.length) {
        this.#append(block.octets.subarray(known));
        isGapFilled = true;
      }
    }
    return isGapFilled;
  }
}
