/** Those who wait for something that the module does by itself. */
import type { DialogueEvent } from './dialogue-action.ts';

type Waiter = (event: DialogueEvent) => void;

export class EventWaiters {
  readonly #waiters = new Set<Waiter>();

  tell(event: DialogueEvent): void {
    for (const waiter of [...this.#waiters]) {
      waiter(event);
    }
  }

  /**
   * Resolves with what `pick` makes of the first event that it makes something of.
   * @returns the promise, and the function that stops waiting
   */
  next<T>(pick: (event: DialogueEvent) => T | undefined): {
    readonly picked: Promise<T>;
    readonly stop: () => void;
  } {
    let stop = () => {};
    const picked = new Promise<T>((resolve) => {
      const waiter: Waiter = (event) => {
        const found = pick(event);
        if (found !== undefined) {
          stop();
          resolve(found);
        }
      };
      stop = () => this.#waiters.delete(waiter);
      this.#waiters.add(waiter);
    });
    return { picked, stop };
  }
}

/** The call is over, for whatever reason. */
export const isEndOfCall = (event: DialogueEvent): boolean =>
  event.type === 'carrierLost' || event.type === 'modemReset' || event.type === 'portLost';
