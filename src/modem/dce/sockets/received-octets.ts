/** What has come on one connection and waits for AT+QIRD, oldest first. */

/** From here on no more is read from TCP, whose window then shuts: modules of this family hold some 10 KiB. */
export const HOLD_AT_OCTETS = 10_240;
/** Below this, more is read again. */
export const RELEASE_AT_OCTETS = 5_120;

export class ReceivedOctets {
  #chunks: Uint8Array[] = [];
  /** How much of the first chunk has been given out. */
  #from = 0;
  #length = 0;
  #total = 0;

  /** Octets that wait. */
  get length(): number {
    return this.#length;
  }

  /** Octets that have come, those included that were given out. */
  get total(): number {
    return this.#total;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > 0) {
      this.#chunks.push(bytes);
      this.#length += bytes.length;
      this.#total += bytes.length;
    }
  }

  /** The oldest octets, so many or as many as there are. */
  take(most: number): Uint8Array {
    const taken = new Uint8Array(Math.min(most, this.#length));
    let at = 0;
    for (let first = this.#chunks[0]; first !== undefined && at < taken.length; first = this.#chunks[0]) {
      const part = first.subarray(this.#from, this.#from + taken.length - at);
      taken.set(part, at);
      at += part.length;
      this.#from += part.length;
      if (this.#from === first.length) {
        this.#chunks.shift();
        this.#from = 0;
      }
    }
    this.#length -= taken.length;
    return taken;
  }
}
