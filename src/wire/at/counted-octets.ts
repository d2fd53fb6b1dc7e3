/**
 * Octets that follow an information text which tells how many there are (`+QIRD: 1460`): whatever they are, they are
 * not lines. Bounded; how reads are cut makes no difference.
 */

/** No command of any family gives more octets in one answer; a number beyond it is no count. */
export const MOST_COUNTED_OCTETS = 4096;

export class CountedOctets {
  #left = 0;
  #parts: Uint8Array[] = [];
  /** The LF of the text's own line may still come. */
  #skipsLineFeed = false;

  /** Whether what comes next is counted. */
  get isOpen(): boolean {
    return this.#left > 0;
  }

  /**
   * An information text has come.
   * @param name of the texts that count: `+QIRD`; one number and nothing else behind it is a count
   */
  announce(line: string, name: string): void {
    const count = line.startsWith(`${name}:`)
      ? /^\s*(\d{1,5})\s*$/.exec(line.slice(name.length + 1))?.[1]
      : undefined;
    const octets = Number(count ?? 0);
    if (octets > 0 && octets <= MOST_COUNTED_OCTETS) {
      this.#left = octets;
      this.#parts = [];
      this.#skipsLineFeed = true;
    }
  }

  /** What is missing will not come any more. */
  forget(): void {
    this.#left = 0;
    this.#parts = [];
    this.#skipsLineFeed = false;
  }

  /**
   * Takes what belongs to the count.
   * @param lineFeed S4
   * @returns how many octets were taken, and all that were counted once they are complete
   */
  push(
    bytes: Uint8Array,
    lineFeed: number,
  ): { readonly taken: number; readonly whole: Uint8Array | undefined } {
    const from = this.#skipsLineFeed && bytes[0] === lineFeed ? 1 : 0;
    this.#skipsLineFeed = this.#skipsLineFeed && bytes.length === 0;
    const part = bytes.subarray(from, from + this.#left);
    const taken = from + part.length;
    if (part.length === 0) {
      return { taken, whole: undefined };
    }
    // A copy: the rest of the read may be long gone when the last part comes.
    this.#parts.push(part.slice());
    this.#left -= part.length;
    if (this.#left > 0) {
      return { taken, whole: undefined };
    }
    const whole = this.#parts.length === 1 ? (this.#parts[0] ?? part) : Buffer.concat(this.#parts);
    this.#parts = [];
    return { taken, whole };
  }
}
