/** The dialogue of one station: how it began and how it ended; what is between is counted. Secrets are masked already. */
import type { TraceEvent } from '../base/trace.ts';

const MOST_FIRST = 20;
const MOST_LAST = 60;
/** A longer line says nothing more to people. */
const LONGEST_LINE = 200;

export class EvidenceLog {
  readonly #first: string[] = [];
  #last: string[] = [];
  #dropped = 0;

  add({ layer, direction, text }: TraceEvent): void {
    const line = `${layer.padEnd(5)} ${direction} ${text.replace(/[\r\n]+/g, ' ')}`;
    const short = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}...` : line;
    if (this.#first.length < MOST_FIRST) {
      this.#first.push(short);
      return;
    }
    this.#last.push(short);
    // Dropped by halves, not line by line: a long dialogue costs no more than a short one.
    if (this.#last.length > 2 * MOST_LAST) {
      this.#dropped += this.#last.length - MOST_LAST;
      this.#last = this.#last.slice(-MOST_LAST);
    }
  }

  get lines(): readonly string[] {
    const last = this.#last.slice(-MOST_LAST);
    const dropped = this.#dropped + this.#last.length - last.length;
    return [...this.#first, ...(dropped > 0 ? [`... ${dropped} lines`] : []), ...last];
  }
}
