/** Ends a run that takes too long, or in which something has crashed, whatever time the run lives in. */
import type { Ms } from '../base/units.ts';

/** Taken before any run has replaced it: the limit is one of real time. */
const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;

export class RunLimit {
  #reject: (error: unknown) => void = () => {};

  /** The run is of no use any more. */
  readonly crash = (error: unknown): void => this.#reject(error);

  /** In real time: a scenario that hangs must not hang the others. */
  async within<T>(limit: Ms, run: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limited = new Promise<never>((_, reject) => {
      this.#reject = reject;
      timer = realSetTimeout(
        () => reject(new Error(`The scenario took longer than ${limit / 1000} s of real time (timeout).`)),
        limit,
      );
    });
    try {
      return await Promise.race([run(), limited]);
    } finally {
      realClearTimeout(timer);
    }
  }
}
