/**
 * Asking a peer whose window is shut, RFC 9293 §3.8.6.1: an acknowledgment that opens the window is not
 * repeated when it gets lost, so this side has to ask, ever more seldom, for as long as the peer answers.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';
import { NEVER } from './state.ts';

const MAX_INTERVAL = seconds(60);

export class PersistTimer {
  #interval: number = 0;
  #deadline: Ms = NEVER;
  #silentSince: number = NEVER;

  get deadline(): Ms {
    return this.#deadline;
  }

  get isRunning(): boolean {
    return this.#silentSince !== NEVER;
  }

  /** The window is too small to send. @param rto the first question comes after so long */
  start(rto: Ms, now: Ms): void {
    this.#interval = rto;
    this.#silentSince = now;
    this.#deadline = ms(now + rto);
  }

  /** The window is open again, or nothing is left to send. */
  stop(): void {
    this.#deadline = NEVER;
    this.#silentSince = NEVER;
  }

  /** The peer answered, whatever its window. */
  answered(now: Ms): void {
    if (this.isRunning) {
      this.#silentSince = now;
    }
  }

  /** The deadline has come. @param giveUpAfter how long the peer may stay silent */
  expired(giveUpAfter: Ms, now: Ms): 'probe' | 'give-up' {
    if (now - this.#silentSince >= giveUpAfter) {
      return 'give-up';
    }
    this.#interval = Math.min(MAX_INTERVAL, this.#interval * 2);
    this.#deadline = ms(now + this.#interval);
    return 'probe';
  }
}
