/** One attempt to leave data state by `+++`: silence before (S12), silence after, then the answer. */
import { type Ms, ms } from '../base/units.ts';

/** `+++` is lost when its guard time is disturbed, as by an adapter that holds octets back: once more. */
export const ESCAPE_ATTEMPTS = 2;
/** What a module takes for its OK once the guard time is over. */
const ANSWER_TIME = ms(2000);

export class EscapeAttempt {
  readonly #guardMs: Ms;
  #writeAt: Ms | undefined;
  #failsAt: Ms | undefined;

  /**
   * @param quietSince when the last octet of data has left
   * @param guardMs S12 in milliseconds
   */
  constructor(quietSince: Ms, guardMs: Ms, now: Ms) {
    this.#guardMs = guardMs;
    this.#writeAt = ms(Math.max(now, quietSince + guardMs));
  }

  static alreadyWritten(guardMs: Ms, now: Ms): EscapeAttempt {
    const attempt = new EscapeAttempt(now, guardMs, now);
    attempt.#writeAt = undefined;
    attempt.#failsAt = ms(now + guardMs + ANSWER_TIME);
    return attempt;
  }

  get deadline(): Ms | undefined {
    return this.#writeAt ?? this.#failsAt;
  }

  /** Nothing may be written before, save `+++` itself. */
  get quietUntil(): Ms {
    return this.#failsAt === undefined
      ? ms((this.#writeAt ?? 0) + this.#guardMs)
      : ms(this.#failsAt - ANSWER_TIME);
  }

  /** What is due: to write `+++`, or to give up. */
  due(now: Ms): 'write' | 'failed' | undefined {
    if (this.#writeAt !== undefined && now >= this.#writeAt) {
      this.#writeAt = undefined;
      this.#failsAt = ms(now + this.#guardMs + ANSWER_TIME);
      return 'write';
    }
    return this.#failsAt !== undefined && now >= this.#failsAt ? 'failed' : undefined;
  }
}
