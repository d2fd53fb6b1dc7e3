/**
 * Ends a call on which nothing happens: S30 in online data state (V.250 §6.3.12), +CQD in online command
 * state (IS-707). Both are off at 0.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';

const S30_UNIT = seconds(10);
const CQD_UNIT = seconds(5);

export class Inactivity {
  #since: Ms;

  constructor(now: Ms) {
    this.#since = now;
  }

  /** Octets passed, either way, or the state changed. */
  happened(now: Ms): void {
    this.#since = now;
  }

  /** @param s30 S30, for online data state; @param cqd +CQD, for online command state */
  deadline(state: 'data' | 'command', s30: number, cqd: number): Ms | undefined {
    const limit = state === 'data' ? s30 * S30_UNIT : cqd * CQD_UNIT;
    return limit === 0 ? undefined : ms(this.#since + limit);
  }
}
