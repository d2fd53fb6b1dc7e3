/**
 * Keeps the book of a session: every step is traced, timed and reported; no step outlives the session; and what was
 * begun is ended in the reverse order, whatever went wrong in between.
 */
import { Kadec21Error } from '../base/errors.ts';
import type { Trace } from '../base/trace.ts';
import { type Ms, ms, seconds } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { formatDuration } from '../config/duration.ts';
import type { CommsStep, CommsStepName } from './comms-report.ts';
import { FirmwareError } from './firmware-error.ts';

/** An ending that has not come to its end by then will not: the next one takes over (at last, the line is closed). */
const ENDING_LIMIT = seconds(60);

/** Redials of a session are few; no session takes more steps than these. */
const MOST_STEPS = 400;

export interface StepOutcome {
  readonly detail: string;
  /** The step came to its end, but not to a good one. */
  readonly failure?: string | undefined;
}

/** Registers what is to be done at the end. */
export type AtEnd = (name: CommsStepName, end: () => Promise<void>) => void;

type Ending = { readonly name: CommsStepName; readonly end: () => Promise<void> };

export class SessionSteps {
  readonly startedAt = now();
  readonly #steps: CommsStep[] = [];
  readonly #trace: Trace;
  readonly #limit: Ms;

  /** @param limit how long the session may take up to its endings */
  constructor(trace: Trace, limit: Ms) {
    this.#trace = trace;
    this.#limit = limit;
  }

  get steps(): readonly CommsStep[] {
    return this.#steps;
  }

  /**
   * Takes one step.
   * @param describe what came out of it
   * @throws what the step throws, or FirmwareError FIRMWARE_SESSION_TOO_LONG
   */
  async take<T>(
    name: CommsStepName,
    act: () => Promise<T> | T,
    describe: (value: T) => StepOutcome | string = () => '',
  ): Promise<T> {
    const left = ms(Math.max(0, this.startedAt + this.#limit - now()));
    const tooLong = () =>
      new FirmwareError(
        'FIRMWARE_SESSION_TOO_LONG',
        `The session took longer than ${formatDuration(this.#limit)}; it was in the step ${name}.`,
        { advice: 'Look at the steps for the slow one, or raise mail.timeLimits.session.' },
      );
    return this.#record(name, () => within(left, act, tooLong), describe);
  }

  /** What is begun within `run` and registered is ended when `run` has ended, the latest first. */
  async ending<T>(run: (atEnd: AtEnd) => Promise<T>): Promise<T> {
    const endings: Ending[] = [];
    try {
      return await run((name, end) => endings.push({ name, end }));
    } finally {
      for (const { name, end } of endings.reverse()) {
        await this.#end(name, end);
      }
    }
  }

  /** An ending that fails is reported; the session's result stays what it was. */
  async #end(name: CommsStepName, end: () => Promise<void>): Promise<void> {
    const tooLong = () => new Error(`no end within ${formatDuration(ENDING_LIMIT)}`);
    try {
      await this.#record(
        name,
        () => within(ENDING_LIMIT, end, tooLong),
        () => '',
      );
    } catch {
      // Recorded in the step.
    }
  }

  async #record<T>(
    name: CommsStepName,
    act: () => Promise<T>,
    describe: (value: T) => StepOutcome | string,
  ): Promise<T> {
    const startedAt = now();
    this.#trace({ layer: 'firmware', direction: '-', text: `${name} ...` });
    const note = (result: CommsStep['result'], detail: string, code?: string) => {
      const durationMs = ms(now() - startedAt);
      if (this.#steps.length < MOST_STEPS) {
        const startedAfterMs = ms(startedAt - this.startedAt);
        this.#steps.push({ name, result, startedAfterMs, durationMs, detail, code });
      }
      const text = `${name} ${result} after ${(durationMs / 1000).toFixed(1)} s${detail === '' ? '' : `: ${detail}`}`;
      this.#trace({ layer: 'firmware', direction: '-', text });
    };
    let value: T;
    try {
      value = await act();
    } catch (error) {
      note('failed', error instanceof Error ? error.message : String(error), codeOf(error));
      throw error;
    }
    const outcome = describe(value);
    const { detail, failure } = typeof outcome === 'string' ? { detail: outcome } : outcome;
    note(failure === undefined ? 'done' : 'failed', detail, failure);
    return value;
  }
}

/** Waits no longer than `limit`; what comes later is nobody's any more. */
async function within<T>(limit: Ms, act: () => Promise<T> | T, tooLong: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLong()), limit);
  });
  try {
    const acting = Promise.resolve().then(act);
    acting.catch(() => {});
    return await Promise.race([acting, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Kadec21Error ? error.code : undefined;
}
