/** The subscriber lines that are up, and the last ones that have ended or were refused. */
import type { SessionEvent } from '../aunet/carrier-event.ts';
import type { Ms } from '../base/units.ts';
import { formatIpv4 } from '../wire/ipv4.ts';

export interface Session {
  readonly line: string | undefined;
  readonly user: string | undefined;
  readonly address: string;
  readonly state: SessionEvent['state'];
  readonly since: Ms;
  /** Absent while it is up. */
  readonly until?: Ms;
  readonly reason?: string;
}

/** Of those that have ended. */
const MAX_REMEMBERED = 200;

export class SessionLog {
  readonly #up = new Map<string, Session>();
  readonly #ended: Session[] = [];
  /** How many were let in since the start. */
  opened = 0;

  /** Oldest first; those that are up come last. */
  get all(): readonly Session[] {
    return [...this.#ended, ...this.#up.values()];
  }

  get up(): number {
    return this.#up.size;
  }

  /** The line that a device is on. @param address as text */
  lineOf(address: string): string | undefined {
    return this.#up.get(address)?.line;
  }

  note({ state, at, line, user, address, reason }: SessionEvent): void {
    const text = formatIpv4(address);
    const before = this.#up.get(text);
    if (state === 'up') {
      this.opened += 1;
      this.#up.set(text, { line, user, address: text, state, since: at });
      return;
    }
    this.#up.delete(text);
    this.#ended.push({
      line: line ?? before?.line,
      user,
      address: text,
      state,
      since: before?.since ?? at,
      until: at,
      ...(reason === undefined ? {} : { reason }),
    });
    if (this.#ended.length > MAX_REMEMBERED) {
      this.#ended.shift();
    }
  }
}
