/** The idle timeout of a socket, as `net.Socket` has it: once for every time of silence, again after activity. */
import { type Ms, ms } from '../base/units.ts';

export class IdleTimer {
  readonly #idle: () => void;
  #timeout: Ms = ms(0);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #activeAt = 0;

  /** @param idle nothing happened for as long as was set */
  constructor(idle: () => void) {
    this.#idle = idle;
  }

  /** 0: never. */
  get timeout(): Ms {
    return this.#timeout;
  }

  /** Starts to count anew. @param timeout 0 switches it off */
  set(timeout: Ms): void {
    this.stop();
    this.#timeout = timeout;
    this.active();
  }

  /** Something happened. Only remembers when; the timer finds out when it comes. */
  active(): void {
    if (this.#timeout > 0) {
      this.#activeAt = Date.now();
      if (this.#timer === undefined) {
        this.#wait(this.#timeout);
      }
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timeout = ms(0);
  }

  #wait(delay: number): void {
    this.#timer = setTimeout(this.#check, delay);
  }

  readonly #check = (): void => {
    const rest = this.#activeAt + this.#timeout - Date.now();
    if (rest > 0) {
      this.#wait(rest);
    } else {
      this.#timer = undefined;
      this.#idle();
    }
  };
}
