/** Greylisting: who sends for the first time is to come again later (RFC 6647). */
import { type Ms, ms } from '../../base/units.ts';

/** As many as a small server's memory holds; the oldest is forgotten, and has to wait anew. */
const MAX_TRIPLETS = 4096;

export interface Triplet {
  readonly client: string;
  readonly from: string;
  readonly to: string;
}

export class GreyList {
  readonly #wait: Ms;
  readonly #firstSeen = new Map<string, Ms>();

  constructor(wait: Ms) {
    this.#wait = wait;
  }

  /** @returns how long this sender still has to wait; 0: it may pass */
  wait({ client, from, to }: Triplet, now: Ms): Ms {
    // RFC 6647 §2.3: clients by their network, since a subscriber has another address each time.
    const key = `${client.split('.').slice(0, 3).join('.')} ${from} ${to}`;
    const first = this.#firstSeen.get(key);
    if (first === undefined) {
      const [oldest] = this.#firstSeen.keys();
      if (this.#firstSeen.size >= MAX_TRIPLETS && oldest !== undefined) {
        this.#firstSeen.delete(oldest);
      }
      this.#firstSeen.set(key, now);
    }
    return ms(Math.max(0, (first ?? now) + this.#wait - now));
  }
}
