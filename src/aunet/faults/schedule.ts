/**
 * When a fault strikes. A machine: no timers, no I/O; `fault-clock.ts` drives it.
 *
 * In this order: the *window* opens at `at` and closes after `for`, and opens anew in each period of `every`; within
 * it occasions are counted, and each n-th of them (`every: n`) is due; `probability` draws for what is due;
 * `times` ends it after so many hits. `after` is not the schedule's: it delays the strike within its occasion.
 */
import type { Random } from '../../base/random.ts';
import { type Ms, ms } from '../../base/units.ts';
import type { Schedule } from '../../config/fault.ts';

/**
 * `state`: lasts while its window is open, one hit per window. `moment`: strikes once in each window.
 * `occasion`: strikes at what happens while its window is open.
 */
export type FaultNature = 'state' | 'moment' | 'occasion';

export type FaultStatus = 'waiting' | 'active' | 'over';

interface Window {
  readonly index: number;
  readonly opensAt: number;
  readonly closesAt: number;
}

export class FaultSchedule {
  readonly #schedule: Schedule;
  readonly #nature: FaultNature;
  readonly #random: Random;
  readonly #startsAt: number;
  readonly #period: number | undefined;
  readonly #nth: number;
  /** The last window that was looked at, and whether the draw fell on it. */
  #window: Window | undefined;
  #isDrawn = false;
  #hasStruck = false;
  #occasions = 0;
  #hits = 0;

  /** @param addedAt what durations in `at` count from */
  constructor(schedule: Schedule, nature: FaultNature, addedAt: Ms, random: Random) {
    const { at, every } = schedule;
    this.#schedule = schedule;
    this.#nature = nature;
    this.#random = random;
    this.#startsAt = at === undefined ? addedAt : 'instant' in at ? at.instant : addedAt + at.sinceStart;
    this.#period = every !== undefined && 'period' in every ? every.period : undefined;
    this.#nth = every !== undefined && 'occasions' in every ? every.occasions : 1;
  }

  get hits(): number {
    return this.#hits;
  }

  /** When `step` has something to do again; `undefined`: never. */
  deadline(now: Ms): Ms | undefined {
    if (this.#status(now) === 'over') {
      return undefined;
    }
    const change = now < this.#startsAt ? this.#startsAt : this.#nextChange(now);
    return Number.isFinite(change) ? ms(change) : undefined;
  }

  /** Looks at the clock. @returns whether the window is open, and this fault drawn for it */
  step(now: Ms): { readonly isOpen: boolean; readonly isNew: boolean } {
    const window = this.#windowAt(now);
    const isNew = window !== undefined && window.index !== this.#window?.index;
    if (isNew) {
      this.#hasStruck = false;
      this.#isDrawn = this.#hits < this.#limit && (this.#nature === 'occasion' || this.#draws());
    }
    this.#window = window ?? this.#window;
    return { isOpen: window !== undefined && this.#isOpen, isNew: isNew && this.#isOpen };
  }

  /** An occasion has come: is it this fault's? Whoever gets a yes says `strike` when it really happens. */
  occurs(now: Ms): boolean {
    if (!this.step(now).isOpen) {
      return false;
    }
    this.#occasions += 1;
    return this.#occasions % this.#nth === 0 && this.#draws();
  }

  /** @returns false: it may not strike any more, others have used up `times` in the meantime */
  strike(): boolean {
    if (this.#hits >= this.#limit || (this.#nature !== 'occasion' && this.#hasStruck)) {
      return false;
    }
    this.#hasStruck = true;
    this.#hits += 1;
    return true;
  }

  status(now: Ms): FaultStatus {
    this.step(now);
    return this.#status(now);
  }

  #status(now: Ms): FaultStatus {
    const window = this.#windowAt(now);
    const isOpen = window !== undefined && window.index === this.#window?.index && this.#isOpen;
    if (isOpen) {
      return 'active';
    }
    const isUsedUp = this.#hits >= this.#limit;
    const isPast = window === undefined && now >= this.#startsAt && this.#period === undefined;
    const isOnlyWindow =
      window !== undefined && window.index === this.#window?.index && this.#period === undefined;
    return isUsedUp || isPast || (isOnlyWindow && !this.#isOpen) ? 'over' : 'waiting';
  }

  /** Of the window that was looked at last. */
  get #isOpen(): boolean {
    const mayStrike = this.#hits < this.#limit;
    if (this.#nature === 'occasion') {
      return mayStrike;
    }
    const isLasting = this.#nature === 'state';
    return this.#isDrawn && (this.#hasStruck ? isLasting : mayStrike);
  }

  get #limit(): number {
    return this.#schedule.times ?? Number.POSITIVE_INFINITY;
  }

  #draws(): boolean {
    const { probability = 1 } = this.#schedule;
    return probability >= 1 || this.#random.fraction() < probability;
  }

  #windowAt(now: number): Window | undefined {
    if (now < this.#startsAt) {
      return undefined;
    }
    const period = this.#period ?? Number.POSITIVE_INFINITY;
    const index = Math.floor((now - this.#startsAt) / period);
    const opensAt = this.#startsAt + (index === 0 ? 0 : index * period);
    const closesAt = opensAt + Math.min(this.#schedule.for ?? Number.POSITIVE_INFINITY, period);
    return now < closesAt ? { index, opensAt, closesAt } : undefined;
  }

  #nextChange(now: number): number {
    const window = this.#windowAt(now);
    if (window !== undefined) {
      return window.closesAt;
    }
    const period = this.#period ?? Number.POSITIVE_INFINITY;
    const index = Math.floor((now - this.#startsAt) / period);
    return this.#startsAt + (index + 1) * period;
  }
}
