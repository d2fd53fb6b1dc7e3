import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, minutes, ms } from '../../src/base/units.ts';
import { alignedInstants, nextInstant } from '../../src/firmware/schedule.ts';
import { at } from './unit.ts';

describe('a rhythm', () => {
  it('is counted from midnight in Japan', () => {
    expect(nextInstant({ every: minutes(10) }, at('2008-10-01T09:03'))).toBe(at('2008-10-01T09:10'));
    expect(nextInstant({ every: hours(24) }, at('2008-10-01T09:00'))).toBe(at('2008-10-02'));
    expect(nextInstant({ every: hours(24), offset: hours(6) }, at('2008-10-01T05:59'))).toBe(
      at('2008-10-01T06:00'),
    );
    expect(nextInstant({ every: hours(24), offset: hours(6) }, at('2008-10-01T06:00'))).toBe(
      at('2008-10-02T06:00'),
    );
  });

  it('always goes on, by one step at most', () => {
    const everyMs = fc.integer({ min: 1000, max: 7 * 86_400_000 });
    const instant = fc.integer({ min: 0, max: 2_000_000_000_000 });
    fc.assert(
      fc.property(everyMs, instant, fc.integer({ min: 0, max: 86_400_000 }), (every, time, offset) => {
        const next = nextInstant({ every: ms(every), offset: ms(offset) }, ms(time));
        expect(next).toBeGreaterThan(time);
        expect(next - time).toBeLessThanOrEqual(every);
      }),
    );
  });

  it('gives no more instants than a device can hold', () => {
    const instants = alignedInstants({ every: minutes(1) }, at('2000-01-01'), at('2008-01-01'));
    expect(instants.length).toBeLessThanOrEqual(53_000);
    expect(instants.at(-1)).toBe(at('2008-01-01'));
  });
});
