/**
 * How much may be on its way, RFC 5681: slow start, congestion avoidance, fast retransmit and fast recovery,
 * the last as in NewReno (RFC 6582), which this is without SACK. Positions as in ./sequence.ts.
 */

/** RFC 5681 §3.2. */
const DUPLICATES_FOR_FAST_RETRANSMIT = 3;
/** RFC 3042: segments of new data that the first duplicates allow. */
const LIMITED_TRANSMIT_SEGMENTS = 2;
/** RFC 3465 §2.3: what one acknowledgment may count for in slow start; acknowledgments may come merged. */
const SEGMENTS_PER_ACKNOWLEDGMENT = 2;
/** Twice the largest window without scaling: more could never be used. */
const MAX_CONGESTION_WINDOW = 2 * 65_535;

/** RFC 5681 §3.1 (not the ten segments of RFC 6928: on a slow line they would wait 15 s in the peer's queue). */
export function initialWindow(mss: number): number {
  if (mss > 2190) {
    return 2 * mss;
  }
  return mss > 1095 ? 3 * mss : 4 * mss;
}

export class CongestionControl {
  #mss = 536;
  #window = 0;
  #slowStartThreshold = MAX_CONGESTION_WINDOW;
  #duplicates = 0;
  #isRecovering = false;
  /** The highest position sent when the last loss was seen. */
  #recover = 0;
  #avoidanceCredit = 0;

  /** @param wasSynRetransmitted RFC 5681 §3.1: then the initial window is one segment */
  start(mss: number, wasSynRetransmitted: boolean): void {
    this.#mss = mss;
    this.#window = wasSynRetransmitted ? mss : initialWindow(mss);
  }

  /** Octets that may be unacknowledged now. */
  get allowance(): number {
    if (this.#isRecovering) {
      return this.#window;
    }
    return this.#window + Math.min(this.#duplicates, LIMITED_TRANSMIT_SEGMENTS) * this.#mss;
  }

  /** RFC 5681 §4.1: what was known of the path has gone stale when nothing was sent for longer than an RTO. */
  restartAfterIdle(): void {
    this.#window = Math.min(this.#window, initialWindow(this.#mss));
  }

  /**
   * New data was acknowledged.
   *
   * @returns whether the segment at `una` has to be sent again at once (a partial acknowledgment)
   */
  acknowledged(octets: number, una: number): boolean {
    this.#duplicates = 0;
    if (!this.#isRecovering) {
      this.#open(octets);
      return false;
    }
    if (una >= this.#recover) {
      // RFC 6582 §3.2 (3), full acknowledgment.
      this.#isRecovering = false;
      this.#window = this.#slowStartThreshold;
      return false;
    }
    // RFC 6582 §3.2 (3), partial acknowledgment: deflate by what was acknowledged, inflate by what is sent again.
    this.#window = Math.max(this.#mss, this.#window - octets + (octets >= this.#mss ? this.#mss : 0));
    return true;
  }

  /**
   * A duplicate acknowledgment by the definition of RFC 5681 §2.
   *
   * @param una the position it acknowledges
   * @param max the position after everything ever sent
   * @returns whether the segment at `una` has to be sent again now
   */
  duplicate(una: number, max: number): boolean {
    this.#duplicates += 1;
    if (this.#isRecovering) {
      this.#window = Math.min(MAX_CONGESTION_WINDOW, this.#window + this.#mss);
      return false;
    }
    // RFC 6582 §3.2 (2): duplicates of segments sent before the last loss do not tell of a new one.
    if (this.#duplicates !== DUPLICATES_FOR_FAST_RETRANSMIT || una <= this.#recover) {
      return false;
    }
    this.#slowStartThreshold = this.#halfOf(max - una);
    this.#window = this.#slowStartThreshold + DUPLICATES_FOR_FAST_RETRANSMIT * this.#mss;
    this.#isRecovering = true;
    this.#recover = max;
    return true;
  }

  /** The retransmission timer expired. @param isFirst whether it is the first time for this segment */
  timedOut(una: number, max: number, isFirst: boolean): void {
    if (isFirst) {
      this.#slowStartThreshold = this.#halfOf(max - una);
    }
    this.#window = this.#mss;
    this.#isRecovering = false;
    this.#duplicates = 0;
    this.#recover = max;
  }

  #halfOf(inFlight: number): number {
    return Math.max(Math.floor(inFlight / 2), 2 * this.#mss);
  }

  #open(octets: number): void {
    if (this.#window < this.#slowStartThreshold) {
      this.#window += Math.min(octets, SEGMENTS_PER_ACKNOWLEDGMENT * this.#mss);
    } else {
      // RFC 5681 §3.1 (4): one segment for each window that was acknowledged.
      this.#avoidanceCredit += octets;
      if (this.#avoidanceCredit >= this.#window) {
        this.#avoidanceCredit -= this.#window;
        this.#window += this.#mss;
      }
    }
    this.#window = Math.min(this.#window, MAX_CONGESTION_WINDOW);
  }
}
