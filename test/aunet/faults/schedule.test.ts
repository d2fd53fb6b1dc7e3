import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FaultNature, FaultSchedule } from '../../../src/aunet/faults/schedule.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { type Ms, ms, seconds } from '../../../src/base/units.ts';
import type { Schedule } from '../../../src/config/fault.ts';

const START = ms(1_000_000);

const scheduleOf = (schedule: Schedule, nature: FaultNature, seed = 1) =>
  new FaultSchedule(schedule, nature, START, seededRandom(seed));

const later = (count: number): Ms => ms(START + seconds(count));

/** Asks once a second and strikes at every yes: the seconds of the hits. */
function hits(schedule: Schedule, nature: FaultNature, lasts = 60, seed = 1): number[] {
  const machine = scheduleOf(schedule, nature, seed);
  const struck: number[] = [];
  for (let second = 0; second < lasts; second += 1) {
    const now = later(second);
    const asks = nature === 'occasion' ? machine.occurs(now) : machine.step(now).isOpen;
    if (asks && machine.strike()) {
      struck.push(second);
    }
  }
  return struck;
}

const s = (count: number) => ({ sinceStart: seconds(count) });

describe('occasions', () => {
  it('are all hit without a schedule', () => {
    expect(hits({}, 'occasion', 4)).toEqual([0, 1, 2, 3]);
  });

  it('are hit from `at` on, for as long as `for`', () => {
    expect(hits({ at: s(3), for: seconds(2) }, 'occasion')).toEqual([3, 4]);
    expect(hits({ at: { instant: later(5) }, for: seconds(1) }, 'occasion')).toEqual([5]);
  });

  it('are hit each second time with every: 2, counted within the window', () => {
    expect(hits({ at: s(3), every: { occasions: 2 } }, 'occasion', 10)).toEqual([4, 6, 8]);
  });

  it('are hit `times` times', () => {
    expect(hits({ every: { occasions: 3 }, times: 2 }, 'occasion')).toEqual([2, 5]);
  });

  it('are hit in each period of `every`', () => {
    expect(hits({ every: { period: seconds(10) }, for: seconds(2) }, 'occasion', 30)).toEqual([
      0, 1, 10, 11, 20, 21,
    ]);
  });

  it('are hit by chance, the same with the same seed', () => {
    const some = hits({ probability: 0.3 }, 'occasion', 1000);
    expect(some.length).toBeGreaterThan(240);
    expect(some.length).toBeLessThan(360);
    expect(hits({ probability: 0.3 }, 'occasion', 1000)).toEqual(some);
    expect(hits({ probability: 0.3 }, 'occasion', 1000, 2)).not.toEqual(some);
  });

  it('that were promised at the same time share the last of `times`', () => {
    const machine = scheduleOf({ times: 1 }, 'occasion');
    expect([machine.occurs(START), machine.occurs(START)]).toEqual([true, true]);
    expect([machine.strike(), machine.strike()]).toEqual([true, false]);
    expect(machine.status(START)).toBe('over');
  });
});

describe('moments', () => {
  it('strike once, at `at`', () => {
    expect(hits({ at: s(7) }, 'moment')).toEqual([7]);
  });

  it('strike in each period, `times` times', () => {
    expect(hits({ at: s(5), every: { period: seconds(20) } }, 'moment')).toEqual([5, 25, 45]);
    expect(hits({ every: { period: seconds(20) }, times: 2 }, 'moment')).toEqual([0, 20]);
  });
});

describe('states', () => {
  it('last for `for`, one hit a window', () => {
    const machine = scheduleOf({ at: s(2), for: seconds(3) }, 'state');
    expect(machine.status(START)).toBe('waiting');
    expect(machine.step(later(2))).toEqual({ isOpen: true, isNew: true });
    expect(machine.strike()).toBe(true);
    expect(machine.step(later(4))).toEqual({ isOpen: true, isNew: false });
    expect(machine.strike()).toBe(false);
    expect(machine.step(later(5))).toEqual({ isOpen: false, isNew: false });
    expect(machine.status(later(5))).toBe('over');
    expect(machine.hits).toBe(1);
  });

  it('last to the end of the window that was the last of `times`', () => {
    const machine = scheduleOf({ every: { period: seconds(10) }, for: seconds(5), times: 1 }, 'state');
    machine.step(START);
    machine.strike();
    expect(machine.status(later(4))).toBe('active');
    expect(machine.status(later(6))).toBe('over');
    expect(machine.step(later(10)).isOpen).toBe(false);
  });
});

const schedules = fc.record(
  {
    at: fc.oneof(
      fc.record({ sinceStart: fc.integer({ min: 0, max: 50_000 }).map(ms) }),
      fc.record({ instant: fc.integer({ min: START - 50_000, max: START + 50_000 }).map(ms) }),
    ),
    for: fc.integer({ min: 1, max: 30_000 }).map(ms),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    times: fc.integer({ min: 1, max: 5 }),
    every: fc.oneof(
      fc.record({ occasions: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ period: fc.integer({ min: 1, max: 40_000 }).map(ms) }),
    ),
  },
  { requiredKeys: [] },
);
const natures = fc.constantFrom<FaultNature>('state', 'moment', 'occasion');
const steps = fc.array(fc.record({ waits: fc.integer({ min: 0, max: 20_000 }), strikes: fc.boolean() }), {
  maxLength: 30,
});

describe('any schedule', () => {
  it('never strikes outside its window or more than `times` times, and never rises from `over`', () => {
    fc.assert(
      fc.property(schedules, natures, steps, (schedule, nature, walk) => {
        const machine = scheduleOf(schedule, nature);
        const { at } = schedule;
        const startsAt = at === undefined ? START : 'instant' in at ? at.instant : START + at.sinceStart;
        let now = START;
        let wasOver = false;
        for (const { waits, strikes } of walk) {
          now = ms(now + waits);
          const mayStrike = nature === 'occasion' ? machine.occurs(now) : machine.step(now).isOpen;
          const status = machine.status(now);
          expect(mayStrike && now < startsAt).toBe(false);
          expect(mayStrike && wasOver).toBe(false);
          expect(wasOver && status !== 'over').toBe(false);
          if (mayStrike && strikes) {
            machine.strike();
          }
          expect(machine.hits).toBeLessThanOrEqual(schedule.times ?? walk.length);
          wasOver = machine.status(now) === 'over';
          const deadline = machine.deadline(now);
          expect(wasOver ? deadline === undefined : deadline === undefined || deadline > now).toBe(true);
        }
      }),
    );
  });

  it('opens and closes at its deadlines and at no other time', () => {
    fc.assert(
      fc.property(schedules, natures, fc.integer({ min: 1, max: 40_000 }), (schedule, nature, wait) => {
        const machine = scheduleOf(schedule, nature);
        const before = machine.step(START).isOpen;
        const deadline = machine.deadline(START);
        const looksAt = ms(START + wait);
        if (deadline === undefined || looksAt < deadline) {
          expect(machine.step(looksAt)).toEqual({ isOpen: before, isNew: false });
        }
      }),
    );
  });
});
