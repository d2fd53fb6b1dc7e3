import crypto from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { hours, ms } from '../../src/base/units.ts';
import { followWallClock, handOver, inVirtualTime } from '../../src/base/virtual-time.ts';

const realSetTimeout = setTimeout;
const realRandom = Math.random;
const realRandomBytes = crypto.randomBytes;
const options = { startAt: ms(Date.parse('2008-10-01T00:00:00+09:00')), random: seededRandom(7) };

describe('virtual time', () => {
  afterEach(() => {
    expect(setTimeout).toBe(realSetTimeout);
    expect(Math.random).toBe(realRandom);
    expect(crypto.randomBytes).toBe(realRandomBytes);
  });

  it('passes a day between two turns of the event loop', async () => {
    const end = await inVirtualTime(options, async () => {
      await new Promise((resolve) => setTimeout(resolve, hours(24)));
      return new Date().toISOString();
    });
    expect(end).toBe('2008-10-01T15:00:00.000Z');
  });

  it('fires timers in the order of their instants', async () => {
    const order = await inVirtualTime(options, async () => {
      const seen: number[] = [];
      for (const delay of [30, 10, 20]) {
        setTimeout(() => seen.push(delay), delay);
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
      return seen;
    });
    expect(order).toEqual([10, 20, 30]);
  });

  it('waits for the turns of whoever was handed something', async () => {
    const at = await inVirtualTime(options, async () => {
      let doneAt = 0;
      setTimeout(() => {
        handOver();
        setImmediate(() => setImmediate(() => setImmediate(() => (doneAt = Date.now()))));
      }, 100);
      setTimeout(() => {}, 200);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return doneAt - options.startAt;
    });
    expect(at).toBe(100);
  });

  it('draws what libraries draw from the seed', async () => {
    const draw = () =>
      inVirtualTime({ ...options, random: seededRandom(3) }, async () => [
        Math.random(),
        crypto.randomBytes(8).toString('hex'),
      ]);
    expect(await draw()).toEqual(await draw());
  });

  it('fails when the run waits for something that no timer brings', async () => {
    const stalled = inVirtualTime(options, () => new Promise(() => {}));
    await expect(stalled).rejects.toMatchObject({ code: 'VIRTUAL_TIME_STALLED' });
  });

  it('gives back the failure of the run', async () => {
    const failed = inVirtualTime(options, async () => {
      throw new Error('no carrier');
    });
    await expect(failed).rejects.toThrow('no carrier');
  });

  it('ends with what a timer throws', async () => {
    const failed = inVirtualTime(options, () => {
      setTimeout(() => {
        throw new Error('stuck');
      }, 10);
      return new Promise(() => {});
    });
    await expect(failed).rejects.toThrow('stuck');
  });

  it('runs no faster than the wall clock while a real peer may answer', async () => {
    const passed = await inVirtualTime(options, async () => {
      const letGo = followWallClock();
      const before = Date.now();
      const realBefore = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 20));
      letGo();
      return { virtual: Date.now() - before, real: performance.now() - realBefore };
    });
    expect(passed.virtual).toBeGreaterThanOrEqual(20);
    expect(passed.real).toBeGreaterThanOrEqual(19);
  });
});
