/**
 * Cuts the octets of command state into lines: bounded, with quoted strings that may span lines, and a way
 * back where a quote never closes. Knows nothing of commands.
 */
import { type Ms, ms } from '../../base/units.ts';

/** The longest line held. Long lists (+COPS=?, a PDU) stay below 2 KiB; twice that is margin. */
export const DEFAULT_LINE_LIMIT = 4096;

/** Silence that shows a quote will not be closed any more. */
const OPEN_QUOTE_WAIT = ms(200);

const NUL = 0x00;
const QUOTE = 0x22;

/** The signs that open an information text with values; quotes mean nothing in any other line. */
const SIGNS = new Set(['+', '^', '$', '%', '*', '#', '&', '@', '!'].map((sign) => sign.charCodeAt(0)));
/** What may stand after the closing quote of a string: a separator, a bracket, an end. */
const AFTER_STRING = new Set([',', ';', ')', ' '].map((sign) => sign.charCodeAt(0)));

export type LineOutcome =
  | { readonly outcome: 'line'; readonly text: string; readonly endedBy: 'terminator' | 'line-feed' }
  /** An end of line with nothing before it. */
  | { readonly outcome: 'blank' }
  | { readonly outcome: 'overflow' }
  /** The quote was not one: the first line ends here, and the octets after it are to be read again. */
  | { readonly outcome: 'unquoted'; readonly text: string; readonly again: Uint8Array };

export class ResponseLine {
  /** S3 and S4. */
  terminator = 13;
  lineFeed = 10;
  readonly limit: number;
  #octets: Buffer;
  #length = 0;
  #isQuoted = false;
  /** Where the line was ended the first time, inside quotes; -1: nowhere. */
  #breakAt = -1;
  /** The last octet closed a string that spans lines. */
  #hasJustClosed = false;
  #isDiscarding = false;
  #lastAt: Ms | undefined;

  constructor(limit = DEFAULT_LINE_LIMIT) {
    this.limit = limit;
    this.#octets = Buffer.alloc(limit);
  }

  get isEmpty(): boolean {
    return this.#length === 0 && !this.#isDiscarding;
  }

  /** When an open quote is given up. */
  get deadline(): Ms | undefined {
    return this.#breakAt >= 0 && this.#lastAt !== undefined ? ms(this.#lastAt + OPEN_QUOTE_WAIT) : undefined;
  }

  /** What has come of the present line. */
  get partial(): string {
    return this.#octets.toString('latin1', 0, this.#length);
  }

  push(octet: number, now: Ms): LineOutcome | undefined {
    this.#lastAt = now;
    const isEnd = octet === this.terminator || octet === this.lineFeed;
    if (this.#isDiscarding) {
      this.#isDiscarding = !isEnd;
      return undefined;
    }
    if (this.#hasJustClosed && !isEnd && !AFTER_STRING.has(octet)) {
      return this.#unquote(octet);
    }
    this.#hasJustClosed = false;
    if (!isEnd) {
      return this.#append(octet);
    }
    if (this.#length === 0) {
      return octet === this.terminator ? { outcome: 'blank' } : undefined;
    }
    if (this.#isQuoted) {
      if (this.#breakAt < 0) {
        this.#breakAt = this.#length;
      }
      return this.#append(octet);
    }
    const text = this.partial;
    this.clear();
    return { outcome: 'line', text, endedBy: octet === this.terminator ? 'terminator' : 'line-feed' };
  }

  /** The line has been quiet until `now`. */
  expire(now: Ms): LineOutcome | undefined {
    return this.deadline !== undefined && now >= this.deadline ? this.#unquote() : undefined;
  }

  /** Forgets the present line. */
  clear(): void {
    this.#length = 0;
    this.#isQuoted = false;
    this.#breakAt = -1;
    this.#hasJustClosed = false;
  }

  #append(octet: number): LineOutcome | undefined {
    if (octet === NUL) {
      return undefined;
    }
    if (this.#length === this.limit) {
      if (this.#breakAt >= 0) {
        return this.#unquote(octet);
      }
      this.clear();
      this.#isDiscarding = true;
      return { outcome: 'overflow' };
    }
    this.#octets[this.#length] = octet;
    this.#length += 1;
    if (octet === QUOTE && SIGNS.has(this.#octets[0] ?? NUL)) {
      this.#isQuoted = !this.#isQuoted;
      this.#hasJustClosed = !this.#isQuoted && this.#breakAt >= 0;
    }
    return undefined;
  }

  #unquote(next?: number): LineOutcome {
    const text = this.#octets.toString('latin1', 0, this.#breakAt);
    const kept = this.#octets.subarray(this.#breakAt, this.#length);
    const again = Uint8Array.from(next === undefined ? kept : [...kept, next]);
    this.clear();
    return { outcome: 'unquoted', text, again };
  }
}
