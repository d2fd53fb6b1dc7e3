/** The window that the peer offers: SND.WND, SND.WL1, SND.WL2 of RFC 9293 §3.3.1. Positions as in ./sequence.ts. */
export class PeerWindow {
  #size = 0;
  #largest = 0;
  #fromSequence = 0;
  #fromAcknowledgment = 0;

  /** SND.WND: octets that may be unacknowledged. */
  get size(): number {
    return this.#size;
  }

  /** The largest that it ever was: Max.SND.WND. */
  get largest(): number {
    return this.#largest;
  }

  /**
   * Takes the window of a segment, unless a newer one came before (§3.10.7.4, fifth).
   *
   * @returns whether it changed
   */
  update(position: number, acknowledged: number, size: number): boolean {
    const isOlder =
      this.#fromSequence > position ||
      (this.#fromSequence === position && this.#fromAcknowledgment > acknowledged);
    if (isOlder) {
      return false;
    }
    this.#fromSequence = position;
    this.#fromAcknowledgment = acknowledged;
    const isChanged = size !== this.#size;
    this.#size = size;
    this.#largest = Math.max(this.#largest, size);
    return isChanged;
  }
}
