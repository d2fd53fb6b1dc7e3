/**
 * A clock that stands until it is told to go on: `setTimeout`, `setInterval` and `Date` of the whole process are its,
 * so that libraries live by it too.
 */
import { dateThatReads } from './date-that-reads.ts';
import { type QueuedTimer, TimerQueue } from './timer-queue.ts';

type Callback = (...parts: unknown[]) => void;

/** Node.js takes what is longer for 1 ms. */
const LONGEST_DELAY = 0x7fff_ffff;

export class VirtualClock {
  readonly #queue = new TimerQueue<VirtualTimeout>();
  /** Of timers: it never jumps. */
  #time = 0;
  /** What `Date` is ahead of the time of timers. */
  #ahead: number;
  #lastOrder = 0;
  #isFiring = false;

  /** @param startAt milliseconds since 1970 */
  constructor(startAt: number) {
    this.#ahead = startAt;
  }

  /** Milliseconds since 1970, whole. */
  get now(): number {
    return Math.floor(this.#ahead + this.#time);
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#queue.size;
  }

  /** Lets time pass until the next timer, and fires it. @throws what its function throws */
  next(): void {
    const timer = this.#queue.first;
    if (timer !== undefined) {
      this.#fire(timer);
    }
  }

  /** Lets `duration` milliseconds pass, and fires what comes due. @throws what a timer's function throws */
  pass(duration: number): void {
    const end = this.#time + duration;
    for (let timer = this.#queue.first; timer !== undefined && timer.at <= end; timer = this.#queue.first) {
      this.#fire(timer);
    }
    this.#time = end;
  }

  /** Sets what `Date` reads; timers come after as long a time as before. */
  set(to: number): void {
    this.#ahead = to - this.#time;
  }

  /** @returns the function that gives the process its own clock back */
  install(): () => void {
    const own = {
      setTimeout: globalThis.setTimeout,
      setInterval: globalThis.setInterval,
      clearTimeout: globalThis.clearTimeout,
      clearInterval: globalThis.clearInterval,
      Date: globalThis.Date,
    };
    const clear = (timer: NodeJS.Timeout | VirtualTimeout | undefined) => {
      if (timer instanceof VirtualTimeout) {
        timer.close();
      } else {
        // What began before may end within.
        own.clearTimeout(timer);
      }
    };
    Object.assign(globalThis, {
      setTimeout: (callback: Callback, delay?: number, ...parts: unknown[]) =>
        this.#start(callback, delay, parts, false),
      setInterval: (callback: Callback, delay?: number, ...parts: unknown[]) =>
        this.#start(callback, delay, parts, true),
      clearTimeout: clear,
      clearInterval: clear,
      Date: dateThatReads(() => this.now),
    } satisfies Record<keyof typeof own, unknown>);
    return () => Object.assign(globalThis, own);
  }

  #start(
    callback: Callback,
    delay: number | undefined,
    parts: unknown[],
    isRepeated: boolean,
  ): VirtualTimeout {
    const timer = new VirtualTimeout(this, callback, parts, delayOf(delay), isRepeated);
    this.restart(timer);
    return timer;
  }

  /** Only for its timers: counts from now on. */
  restart(timer: VirtualTimeout): void {
    this.#queue.remove(timer);
    // What a timer sets is never due at once: time has to go on, or a loop of timers would stop it.
    this.#add(timer, timer.delay === 0 && this.#isFiring ? 1 : timer.delay);
  }

  /** Only for its timers. */
  forget(timer: VirtualTimeout): void {
    this.#queue.remove(timer);
  }

  #add(timer: VirtualTimeout, delay: number): void {
    this.#lastOrder += 1;
    timer.order = this.#lastOrder;
    timer.at = this.#time + delay;
    this.#queue.add(timer);
  }

  #fire(timer: VirtualTimeout): void {
    this.#time = timer.at;
    this.#isFiring = true;
    this.#queue.remove(timer);
    if (timer.isRepeated) {
      this.#add(timer, Math.max(1, timer.delay));
    }
    try {
      timer.callback(...timer.parts);
    } finally {
      this.#isFiring = false;
    }
  }
}

/** What `setTimeout` and `setInterval` give: Node.js's Timeout, as far as it makes sense here. */
class VirtualTimeout implements QueuedTimer {
  readonly callback: Callback;
  readonly parts: readonly unknown[];
  readonly delay: number;
  readonly isRepeated: boolean;
  at = 0;
  order = 0;
  place = -1;
  readonly #clock: VirtualClock;
  #isRef = true;

  constructor(
    clock: VirtualClock,
    callback: Callback,
    parts: readonly unknown[],
    delay: number,
    isRepeated: boolean,
  ) {
    this.#clock = clock;
    this.callback = callback;
    this.parts = parts;
    this.delay = delay;
    this.isRepeated = isRepeated;
  }

  /** Virtual time goes on for every timer that waits. */
  ref(): this {
    this.#isRef = true;
    return this;
  }

  unref(): this {
    this.#isRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isRef;
  }

  refresh(): this {
    this.#clock.restart(this);
    return this;
  }

  close(): this {
    this.#clock.forget(this);
    return this;
  }
}

function delayOf(asked = 0): number {
  if (asked > LONGEST_DELAY) {
    return 1;
  }
  return asked >= 1 ? Math.trunc(asked) : 0;
}
