import { createClock } from '@sinonjs/fake-timers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';

const START = Date.UTC(2008, 9, 14, 20, 55);

/** Runs with the clock in the place of the process's. */
function on<T>(clock: VirtualClock, run: () => T): T {
  const restore = clock.install();
  try {
    return run();
  } finally {
    restore();
  }
}

describe('the process on a virtual clock', () => {
  it('has its own clock back afterwards', () => {
    const before = [setTimeout, setInterval, clearTimeout, clearInterval, Date];
    on(new VirtualClock(START), () => expect(setTimeout).not.toBe(before[0]));
    expect([setTimeout, setInterval, clearTimeout, clearInterval, Date]).toEqual(before);
  });

  it('reads its dates, in every form', () => {
    on(new VirtualClock(START), () => {
      expect(Date.now()).toBe(START);
      expect(new Date().toISOString()).toBe(new Date(START).toISOString());
      expect(Date()).toBe(new Date(START).toString());
      expect(new Date(2004, 1).getFullYear()).toBe(2004);
      expect(Date.UTC(2004, 1)).toBe(new Date('2004-02-01T00:00:00Z').getTime());
    });
  });

  it('does not tell its dates from those of before', () => {
    const before = new Date(0);
    const within = on(new VirtualClock(START), () => {
      expect(before).toBeInstanceOf(Date);
      return new Date();
    });
    expect(within).toBeInstanceOf(Date);
  });

  it('clears a timer that was set before', () => {
    const timer = setTimeout(() => {}, 1_000_000);
    on(new VirtualClock(START), () => clearTimeout(timer));
    expect(timer).toHaveProperty('_destroyed', true);
  });

  it('hands on what a timer was given', () => {
    const clock = new VirtualClock(START);
    on(clock, () => {
      const given: unknown[] = [];
      setTimeout((...parts: unknown[]) => given.push(...parts), 5, 'a', 2);
      clock.next();
      expect(given).toEqual(['a', 2]);
    });
  });

  it('counts a timer anew that is refreshed, also one that has come', () => {
    const clock = new VirtualClock(START);
    on(clock, () => {
      const came: number[] = [];
      const timer = setTimeout(() => came.push(Date.now() - START), 10);
      clock.pass(5);
      timer.refresh();
      clock.pass(20);
      timer.refresh();
      clock.pass(20);
      expect(came).toEqual([15, 35]);
    });
  });

  it('goes on for a timer that nobody waits for: there is nothing else', () => {
    const clock = new VirtualClock(START);
    on(clock, () => {
      const timer = setTimeout(() => {}, 10).unref();
      expect(timer.hasRef()).toBe(false);
      expect(clock.timers).toBe(1);
    });
  });

  it('lets a timer come after as long a time as before when its date is set', () => {
    const clock = new VirtualClock(START);
    on(clock, () => {
      let at = 0;
      setTimeout(() => (at = Date.now()), 100);
      clock.set(START + 86_400_000);
      clock.next();
      expect(at).toBe(START + 86_400_100);
    });
  });

  it('goes on after a timer that throws', () => {
    const clock = new VirtualClock(START);
    on(clock, () => {
      setTimeout(() => {
        throw new Error('stuck');
      }, 1);
      setTimeout(() => {}, 2);
      expect(() => clock.next()).toThrow('stuck');
      clock.next();
      expect(Date.now()).toBe(START + 2);
    });
  });
});

describe('any program of timers', () => {
  type Order =
    | { readonly do: 'set' | 'repeat'; readonly delay: number; readonly orders: readonly Order[] }
    | { readonly do: 'clear'; readonly which: number }
    | { readonly do: 'next' }
    | { readonly do: 'pass'; readonly duration: number };

  interface Timers<Timer> {
    readonly now: () => number;
    readonly set: (callback: () => void, delay: number) => Timer;
    readonly repeat: (callback: () => void, delay: number) => Timer;
    readonly clear: (timer: Timer) => void;
    readonly next: () => void;
    readonly pass: (duration: number) => void;
  }

  /** Whole milliseconds, and parts of them. */
  const delay = fc.integer({ min: -8, max: 48 }).map((quarters) => quarters / 4);
  const clear = fc.record({ do: fc.constant('clear' as const), which: fc.nat({ max: 30 }) });
  const { order } = fc.letrec<{ order: Order }>((tie) => ({
    order: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      clear,
      fc.constant({ do: 'next' as const }),
      fc.record({ do: fc.constant('pass' as const), duration: fc.nat({ max: 30 }) }),
      fc.record({
        do: fc.constant('set' as const),
        delay,
        orders: fc.array(tie('order'), { maxLength: 3 }),
      }),
      fc.record({
        do: fc.constant('repeat' as const),
        // With less fake-timers never ends.
        delay: fc.integer({ min: 1, max: 12 }),
        orders: fc.array(tie('order'), { maxLength: 3 }),
      }),
    ),
  }));

  /** What happened when, told by a program whose timers set and clear others. */
  function traceOf<Timer>(timers: Timers<Timer>, orders: readonly Order[]): string[] {
    const trace: string[] = [];
    const set: Timer[] = [];
    const follow = (given: readonly Order[], isWithin: boolean) => {
      for (const order of given) {
        if (set.length > 200 || trace.length > 1000) {
          return;
        }
        if (order.do === 'clear') {
          const timer = set[order.which];
          if (timer !== undefined) {
            timers.clear(timer);
          }
        } else if (order.do === 'set' || order.do === 'repeat') {
          const number = set.length;
          set.push(
            timers[order.do](() => {
              trace.push(`${number} at ${timers.now() - START}`);
              follow(order.orders, true);
            }, order.delay),
          );
        } else if (!isWithin) {
          if (order.do === 'next') {
            timers.next();
          }
          if (order.do === 'pass') {
            timers.pass(order.duration);
          }
        }
      }
    };
    follow(orders, false);
    for (let count = 0; count < 50; count += 1) {
      timers.next();
    }
    return trace;
  }

  it('does the same as on the clock of fake-timers', () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 12 }), (orders) => {
        const theirs = createClock(START, 100_000);
        const expected = traceOf(
          {
            now: () => theirs.now,
            set: (callback, after) => theirs.setTimeout(callback, after),
            repeat: (callback, after) => theirs.setInterval(callback, after),
            clear: (timer) => theirs.clearTimeout(timer),
            next: () => theirs.next(),
            pass: (duration) => theirs.tick(duration),
          },
          orders,
        );
        const clock = new VirtualClock(START);
        const found = on(clock, () =>
          traceOf<NodeJS.Timeout>(
            {
              now: () => Date.now(),
              set: (callback, after) => setTimeout(callback, after),
              repeat: (callback, after) => setInterval(callback, after),
              clear: (timer) => clearTimeout(timer),
              next: () => clock.next(),
              pass: (duration) => clock.pass(duration),
            },
            orders,
          ),
        );
        expect(found).toEqual(expected);
      }),
    );
  });
});
