/**
 * What the user gave and the peer has not acknowledged yet: one piece of memory, so that a segment of any
 * length, first sent or sent again, is one view into it.
 */

const FIRST_STORE_BYTES = 2048;

export class SendBuffer {
  readonly #limit: number;
  #store = Buffer.alloc(0);
  #head = 0;
  #tail = 0;

  /** @param limit the most octets it takes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#tail - this.#head;
  }

  get room(): number {
    return this.#limit - this.length;
  }

  /** Copies as much as there is room for; gives back how much that was. */
  append(octets: Uint8Array): number {
    const taken = Math.min(octets.length, this.room);
    if (taken > 0) {
      this.#reserve(taken);
      this.#store.set(taken === octets.length ? octets : octets.subarray(0, taken), this.#tail);
      this.#tail += taken;
    }
    return taken;
  }

  /** A view of octets; good until the next `append`. */
  view(offset: number, length: number): Uint8Array {
    return this.#store.subarray(this.#head + offset, this.#head + offset + length);
  }

  /** Forgets octets at the front. */
  drop(count: number): void {
    this.#head += count;
    if (this.#head === this.#tail) {
      this.#head = 0;
      this.#tail = 0;
    }
  }

  /** Forgets everything, and gives the memory back. */
  clear(): void {
    this.#store = Buffer.alloc(0);
    this.#head = 0;
    this.#tail = 0;
  }

  /** Makes room for so many octets after the tail: by moving to the front, or by doubling up to twice the limit. */
  #reserve(count: number): void {
    const { length } = this;
    if (this.#tail + count <= this.#store.length) {
      return;
    }
    if (length + count <= this.#store.length / 2) {
      this.#store.copyWithin(0, this.#head, this.#tail);
    } else {
      let capacity = Math.max(this.#store.length, FIRST_STORE_BYTES);
      while (capacity < (length + count) * 2) {
        capacity *= 2;
      }
      const larger = Buffer.allocUnsafeSlow(capacity);
      larger.set(this.#store.subarray(this.#head, this.#tail), 0);
      this.#store = larger;
    }
    this.#head = 0;
    this.#tail = length;
  }
}
