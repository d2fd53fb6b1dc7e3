/**
 * One direction of a radio link: octets come out in order, later, and no faster than the link carries them.
 * No timers here: the owner asks for what is due.
 */
import { type Bytes, kibibytes, type Ms, ms } from '../base/units.ts';

export interface LinkQuality {
  /** From the last octet in to the last octet out on an idle link. */
  readonly latencyMs: number;
  /** Octets come out at multiples of this: radio links carry whole frames. 0: at any time. */
  readonly frameMs: number;
  /** Bit/s; absent: no slower than what is put in. */
  readonly bitRate?: number;
}

/** What waits beyond this makes the writer wait; about the flight of two full TCP windows. */
const HIGH_WATER: Bytes = kibibytes(16);
const LOW_WATER: Bytes = kibibytes(8);
/** A writer that does not wait loses what is beyond this, as at a base station whose buffer is full. */
const MAX_QUEUED: Bytes = kibibytes(256);

export class DelayQueue {
  readonly #quality: LinkQuality;
  #waiting: { bytes: Uint8Array; at: Ms }[] = [];
  #queuedBytes = 0;
  #isFull = false;
  /** When the last octet that was put in has left the sender. */
  #sentAt = 0;

  constructor(quality: LinkQuality) {
    this.#quality = quality;
  }

  /** When something is due next; `undefined`: nothing waits. */
  get nextAt(): Ms | undefined {
    return this.#waiting[0]?.at;
  }

  /** @returns `full`: taken, but the writer should wait; `lost`: not taken */
  push(bytes: Uint8Array, now: Ms): 'taken' | 'full' | 'lost' {
    if (this.#queuedBytes + bytes.length > MAX_QUEUED) {
      return 'lost';
    }
    const { latencyMs, frameMs, bitRate } = this.#quality;
    const transmitMs = bitRate === undefined ? 0 : (bytes.length * 8000) / bitRate;
    this.#sentAt = Math.max(now, this.#sentAt) + transmitMs;
    const at = this.#sentAt + latencyMs;
    this.#waiting.push({ bytes, at: ms(frameMs > 0 ? Math.ceil(at / frameMs) * frameMs : Math.ceil(at)) });
    this.#queuedBytes += bytes.length;
    this.#isFull ||= this.#queuedBytes >= HIGH_WATER;
    return this.#isFull ? 'full' : 'taken';
  }

  /** What has arrived by now, oldest first. `drained`: a writer that waits may go on. */
  take(now: Ms): { arrived: readonly Uint8Array[]; drained: boolean } {
    const firstLater = this.#waiting.findIndex(({ at }) => at > now);
    const due = this.#waiting.splice(0, firstLater === -1 ? this.#waiting.length : firstLater);
    for (const { bytes } of due) {
      this.#queuedBytes -= bytes.length;
    }
    const drained = this.#isFull && this.#queuedBytes <= LOW_WATER;
    if (drained) {
      this.#isFull = false;
    }
    return { arrived: due.map(({ bytes }) => bytes), drained };
  }

  clear(): void {
    this.#waiting = [];
    this.#queuedBytes = 0;
    this.#isFull = false;
  }
}
