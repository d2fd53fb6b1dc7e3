/**
 * Real time with another date: the process's clock reads a day of the user's choice and goes on at its own pace.
 * Timers stay as they are, so real lines and real programs notice nothing. For days that pass in no time:
 * virtual-time.ts.
 */
import { dateThatReads } from './date-that-reads.ts';
import { type Ms, ms } from './units.ts';

/**
 * From now on `Date` tells the time since `startAt`.
 * @returns the function that sets the clock right again
 */
export function shiftClock(startAt: Ms): () => void {
  const RealDate = globalThis.Date;
  const offset = ms(startAt - RealDate.now());
  globalThis.Date = dateThatReads(() => RealDate.now() + offset);
  return () => {
    globalThis.Date = RealDate;
  };
}
