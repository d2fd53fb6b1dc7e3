/** One timer for the nearest of many deadlines. */
import { type Ms, ms } from './units.ts';

export class DeadlineTimer {
  readonly #expired: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Number.POSITIVE_INFINITY;

  /** @param expired a deadline may have come; it has to name those that are still to come anew */
  constructor(expired: () => void) {
    this.#expired = expired;
  }

  /**
   * Comes no later than this. A deadline that moved away is not taken back: the timer then comes too early,
   * once, which is cheaper than to set it anew for every octet or segment.
   */
  notLaterThan(deadline: Ms, now: Ms): void {
    if (deadline < this.#at) {
      clearTimeout(this.#timer);
      this.#at = deadline;
      // Whole milliseconds: a timer must not come before its deadline.
      this.#timer = setTimeout(this.#fire, ms(Math.max(0, Math.ceil(deadline - now))));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
  }

  readonly #fire = () => {
    this.stop();
    this.#expired();
  };
}
