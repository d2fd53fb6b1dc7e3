/** Drives the schedule of one fault by the clock: tells when its window opens and closes. */
import { hours } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import type { FaultSchedule, FaultStatus } from './schedule.ts';

/** Timers hold less than 25 days. */
const LONGEST_WAIT = hours(20 * 24);

export interface FaultClockOptions {
  readonly schedule: FaultSchedule;
  /** A window has opened. */
  readonly opens: () => void;
  /** The window has closed, or the last hit has been. */
  readonly closes: () => void;
  /** Status or hits are other ones. */
  readonly changed: () => void;
}

export class FaultClock {
  readonly #options: FaultClockOptions;
  #isOpen = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FaultClockOptions) {
    this.#options = options;
  }

  get status(): FaultStatus {
    return this.#options.schedule.status(now());
  }

  get hits(): number {
    return this.#options.schedule.hits;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#close();
  }

  /** An occasion has come. @returns whether the fault is to strike at it */
  occurs(): boolean {
    return this.#options.schedule.occurs(now());
  }

  /** It strikes now. @returns false: too late, its hits are used up */
  strike(): boolean {
    const strikes = this.#options.schedule.strike();
    if (strikes) {
      this.#look();
      this.#options.changed();
    }
    return strikes;
  }

  #look(): void {
    clearTimeout(this.#timer);
    const at = now();
    const { schedule } = this.#options;
    const { isOpen, isNew } = schedule.step(at);
    if (this.#isOpen && (!isOpen || isNew)) {
      this.#close();
    }
    const deadline = schedule.deadline(at);
    if (deadline !== undefined) {
      this.#timer = setTimeout(() => this.#look(), Math.min(deadline - at, LONGEST_WAIT));
      this.#timer.unref();
    }
    if (isOpen && !this.#isOpen) {
      this.#isOpen = true;
      this.#options.opens();
      this.#options.changed();
    }
  }

  #close(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#options.closes();
      this.#options.changed();
    }
  }
}
