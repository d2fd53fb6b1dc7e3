/**
 * Octets behind the prompt of AT+QISEND: as many as the command said, whatever they are; or, without a length, up to
 * Ctrl-Z, with ESC to take them back. No octet is for editing.
 */
import { LONGEST_SEND } from '../../../wire/at/sockets/limits.ts';
import type { Answer } from '../answer.ts';

const [CTRL_Z, ESCAPE] = [0x1a, 0x1b];

export class OctetEntry {
  readonly #count: number | undefined;
  readonly #finish: (octets: Uint8Array | undefined) => Answer;
  readonly #octets: Uint8Array;
  #length = 0;
  #isTooLong = false;

  /**
   * @param count absent: the end is told by Ctrl-Z
   * @param finish is called with the octets, or without where they were taken back or too many
   */
  constructor(count: number | undefined, finish: (octets: Uint8Array | undefined) => Answer) {
    this.#count = count;
    this.#finish = finish;
    this.#octets = new Uint8Array(count ?? LONGEST_SEND);
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** @returns the answer, when this octet is the last */
  push(octet: number): Answer | undefined {
    if (this.#count === undefined && octet === CTRL_Z) {
      return this.#finish(this.#isTooLong ? undefined : this.#octets.subarray(0, this.#length));
    }
    if (this.#count === undefined && octet === ESCAPE) {
      return this.#finish(undefined);
    }
    this.#isTooLong ||= this.#length === this.#octets.length;
    if (!this.#isTooLong) {
      this.#octets[this.#length] = octet;
      this.#length += 1;
    }
    return this.#length === this.#count ? this.#finish(this.#octets) : undefined;
  }
}
