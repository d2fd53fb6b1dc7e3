/**
 * Whether and when another try at a call is worth it. A machine: failures and the time in, the time of the
 * next try out.
 */
import type { Random } from '../base/random.ts';
import { type Ms, ms, seconds } from '../base/units.ts';

export interface RedialPolicy {
  /** Dials altogether. */
  readonly attempts: number;
  /** Before the second dial; doubled from one to the next. */
  readonly firstWaitMs: Ms;
  readonly longestWaitMs: Ms;
  /** Share of the wait that is drawn at random, so that a fleet does not dial at the same moment. */
  readonly spread: number;
}

/** Regulations for automatic redialling (Japan: at most 15 times; others: rising pauses) are kept with this. */
export const DEFAULT_REDIAL_POLICY: RedialPolicy = {
  attempts: 4,
  firstWaitMs: seconds(10),
  longestWaitMs: seconds(120),
  spread: 0.2,
};

/** What may be over by the next try. All else (no SIM, unknown module, refused number) comes again. */
const PASSING: ReadonlySet<string> = new Set([
  'MODEM_BUSY',
  'MODEM_CALL_NOT_ANSWERED',
  'MODEM_NO_CARRIER',
  'MODEM_NO_DIALTONE',
  'MODEM_DIAL_TIMEOUT',
  'MODEM_CALL_LOST',
  'MODEM_COMMAND_TIMEOUT',
  'MODEM_RESET',
]);

/** After these the module has to be started anew before it can dial. */
const NEEDS_START: ReadonlySet<string> = new Set(['MODEM_RESET', 'MODEM_COMMAND_TIMEOUT']);

/** Whether a failure of a call, by its code, may be over at the next try. */
export const isWorthRedialling = (code: string): boolean => PASSING.has(code);

export type RedialDecision =
  | { readonly decision: 'redial'; readonly at: Ms; readonly startsAnew: boolean }
  | { readonly decision: 'give-up'; readonly why: 'not-worth-it' | 'attempts-used-up' };

export class Redial {
  readonly #policy: RedialPolicy;
  readonly #random: Random;
  #failures = 0;

  constructor(policy: RedialPolicy, random: Random) {
    this.#policy = policy;
    this.#random = random;
  }

  /** @param code of the error with which the last dial or call ended */
  failed(code: string, now: Ms): RedialDecision {
    this.#failures += 1;
    if (!isWorthRedialling(code)) {
      return { decision: 'give-up', why: 'not-worth-it' };
    }
    if (this.#failures >= this.#policy.attempts) {
      return { decision: 'give-up', why: 'attempts-used-up' };
    }
    const { firstWaitMs, longestWaitMs, spread } = this.#policy;
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (this.#failures - 1));
    const drawn = wait * (1 + spread * (this.#random.fraction() - 0.5));
    return { decision: 'redial', at: ms(now + Math.round(drawn)), startsAnew: NEEDS_START.has(code) };
  }
}
