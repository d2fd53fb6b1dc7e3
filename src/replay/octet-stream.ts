/** One direction of a connection, put together from what a recording has of it. */

export const LF = 0x0a;

export class OctetStream {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #whole: Buffer | undefined;

  get length(): number {
    return this.#length;
  }

  /** What was sent again, or came out of order, adds nothing. @param begin place of the first octet */
  add(begin: number, octets: Uint8Array): void {
    if (begin <= this.#length && begin + octets.length > this.#length) {
      this.#chunks.push(octets.subarray(this.#length - begin));
      this.#length = begin + octets.length;
      this.#whole = undefined;
    }
  }

  get whole(): Buffer {
    this.#whole ??= Buffer.concat(this.#chunks);
    return this.#whole;
  }

  /** From a place to the end of the line, line end included; the rest where no line ends. */
  lineAt(from: number): Buffer {
    const { whole } = this;
    const end = whole.indexOf(LF, from);
    return whole.subarray(from, end < 0 ? whole.length : end + 1);
  }
}
