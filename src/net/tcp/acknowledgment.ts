/**
 * When to acknowledge: at once, or a little later in the hope that an answer carries it
 * (RFC 9293 §3.8.6.3, RFC 5681 §4.2).
 */
import { type Ms, ms } from '../../base/units.ts';
import type { Arrival } from './receive-buffer.ts';
import { NEVER } from './state.ts';

/** RFC 9293 §3.8.6.3: less than 500 ms. */
const DELAY = ms(200);
/** RFC 9293 §3.8.6.3: every second full-sized segment at once. */
const FULL_SEGMENTS = 2;
/** A segment as large as every host takes is full, whatever this side would take. */
const SMALLEST_FULL_SEGMENT = 536;
/** Acknowledgments owed for segments ahead of the order: each is a signal to the peer, three are enough. */
const MAX_DUPLICATES_OWED = 16;
/** RFC 5961 §7: acknowledgments that answer what fits nowhere, so that two confused ends do not storm. */
const CHALLENGES_PER_PERIOD = 10;
const CHALLENGE_PERIOD = ms(5000);

export class AcknowledgmentSchedule {
  readonly #mss: number;
  #isDue = false;
  #duplicatesOwed = 0;
  #deadline: Ms = NEVER;
  #octetsSinceLast = 0;
  #largestSegment = SMALLEST_FULL_SEGMENT;
  #challenges = 0;
  #challengesSince = 0;

  /** @param mss octets of the largest segment that this side takes */
  constructor(mss: number) {
    this.#mss = mss;
  }

  get deadline(): Ms {
    return this.#deadline;
  }

  /** Whether an acknowledgment has to leave now, alone if nothing else does. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Whether an acknowledgment is owed that counts only when it comes alone. */
  get isDuplicateOwed(): boolean {
    return this.#duplicatesOwed > 0;
  }

  /** A segment with data was taken. */
  received(arrival: Arrival, octets: number, now: Ms): void {
    if (arrival === 'early') {
      this.#duplicatesOwed = Math.min(MAX_DUPLICATES_OWED, this.#duplicatesOwed + 1);
      return;
    }
    this.#largestSegment = Math.max(this.#largestSegment, octets);
    this.#octetsSinceLast += octets;
    const full = Math.min(this.#mss, this.#largestSegment);
    if (arrival !== 'in-order' || this.#octetsSinceLast >= FULL_SEGMENTS * full) {
      this.#isDue = true;
    } else if (this.#deadline === NEVER) {
      this.#deadline = ms(now + DELAY);
    }
  }

  demand(): void {
    this.#isDue = true;
  }

  /** Something came that fits nowhere: answer, but not without end. */
  challenge(now: Ms): void {
    if (now - this.#challengesSince >= CHALLENGE_PERIOD) {
      this.#challengesSince = now;
      this.#challenges = 0;
    }
    if (this.#challenges < CHALLENGES_PER_PERIOD) {
      this.#challenges += 1;
      this.#isDue = true;
    }
  }

  timePasses(now: Ms): void {
    if (now >= this.#deadline) {
      this.#deadline = NEVER;
      this.#isDue = true;
    }
  }

  /** A segment with the ACK bit leaves. @param isAlone whether it carries nothing else */
  sent(isAlone: boolean): void {
    this.#isDue = false;
    this.#deadline = NEVER;
    this.#octetsSinceLast = 0;
    if (isAlone && this.#duplicatesOwed > 0) {
      this.#duplicatesOwed -= 1;
    }
  }

  stop(): void {
    this.#isDue = false;
    this.#duplicatesOwed = 0;
    this.#deadline = NEVER;
  }
}
