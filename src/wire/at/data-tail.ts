/**
 * The words that end data state, looked for at the end of the stream only: NO CARRIER, the OK to an escape,
 * a boot message. With more data after them they are payload. Costs a glance at the last octets of a read.
 */
import { type Ms, ms } from '../../base/units.ts';

export type TailMeaning = 'carrierLost' | 'escaped' | 'modemReset';

export interface TailPattern {
  readonly words: string;
  readonly meaning: TailMeaning;
  /** What surrounds the words, one character per octet: CR LF in V1. */
  readonly header: string;
  readonly trailer: string;
}

export interface TailFound {
  readonly meaning: TailMeaning;
  readonly words: string;
  /** What came after them, for command state. */
  readonly rest: Uint8Array;
}

/** Silence that makes NO CARRIER or a boot message the end: PPP frames close with a flag, so none pauses there. */
const QUIET_AFTER_END = ms(1000);
/** Silence that makes OK the answer to an escape; the guard time has kept the line quiet already. */
const QUIET_AFTER_ESCAPE = ms(100);
/** Silence after which a piece of such words is handed on as data. */
const QUIET_AFTER_PIECE = ms(50);

const NOTHING = new Uint8Array(0);

export class DataTail {
  /** When `expire` has something to do; undefined: never. */
  deadline: Ms | undefined;
  #patterns: readonly { readonly octets: Buffer; readonly pattern: TailPattern }[] = [];
  #longest = 0;
  /** 1 for octets that a pattern begins with: the glance at the end of a read is mostly these look-ups. */
  readonly #isFirst = new Uint8Array(256);
  /** The end of the stream that may become a pattern; its first `#passedOn` octets were given out already. */
  #candidate: Uint8Array = NOTHING;
  #passedOn = 0;

  /** Says what is looked for from now on. */
  watchFor(patterns: readonly TailPattern[]): void {
    this.#patterns = patterns.map((pattern) => ({
      octets: Buffer.from(pattern.header + pattern.words + pattern.trailer, 'latin1'),
      pattern,
    }));
    this.#longest = Math.max(0, ...this.#patterns.map(({ octets }) => octets.length));
    this.#isFirst.fill(0);
    for (const { octets } of this.#patterns) {
      this.#isFirst[octets[0] ?? 0] = 1;
    }
  }

  /** Whether these octets are data as they are: nothing was held back, and nothing of them could be. */
  passes(bytes: Uint8Array): boolean {
    return (
      this.#candidate.length === 0 && !this.#awaitsEscape && this.#candidateStart(bytes) === bytes.length
    );
  }

  /**
   * Takes data in.
   * @param give gets data, as views of `bytes` wherever possible
   * @returns the end of data state where it is certain at once
   */
  push(bytes: Uint8Array, now: Ms, give: (data: Uint8Array) => void): TailFound | undefined {
    const passedOn = this.#passedOn;
    const stream = this.#candidate.length === 0 ? bytes : Buffer.concat([this.#candidate, bytes]);
    this.#clear();
    const found = this.#escapeWithMore(stream);
    const from = found?.start ?? this.#candidateStart(stream);
    if (from > passedOn) {
      give(stream.subarray(passedOn, from));
    }
    if (found !== undefined) {
      return found;
    }
    if (from < stream.length) {
      // A copy: whoever reads the line may use its buffer again.
      this.#candidate = Uint8Array.from(stream.subarray(from));
      this.#passedOn = Math.max(0, passedOn - from);
      this.deadline = ms(now + this.#quietFor(this.#whole()));
    }
    return undefined;
  }

  /** The line has been quiet until `now`: the candidate is what it seems, or it is data. */
  expire(now: Ms, give: (data: Uint8Array) => void): TailFound | undefined {
    if (this.deadline === undefined || now < this.deadline) {
      return undefined;
    }
    const whole = this.#whole();
    if (whole !== undefined) {
      return this.flush(give);
    }
    // Handed on, yet remembered: on a slow line the rest of the words comes late.
    this.deadline = undefined;
    give(this.#candidate.subarray(this.#passedOn));
    this.#passedOn = this.#candidate.length;
    return undefined;
  }

  /** Data state ends here: gives out what was held back, unless it is the words of the end. */
  flush(give: (data: Uint8Array) => void): TailFound | undefined {
    const whole = this.#whole();
    const held = this.#candidate.subarray(this.#passedOn);
    this.#clear();
    if (whole !== undefined) {
      return { meaning: whole.meaning, words: whole.words, rest: NOTHING };
    }
    if (held.length > 0) {
      give(held);
    }
    return undefined;
  }

  get #awaitsEscape(): boolean {
    return this.#patterns.some(({ pattern }) => pattern.meaning === 'escaped');
  }

  #clear(): void {
    this.#candidate = NOTHING;
    this.#passedOn = 0;
    this.deadline = undefined;
  }

  #whole(): TailPattern | undefined {
    return this.#patterns.find(({ octets }) => octets.equals(this.#candidate))?.pattern;
  }

  #quietFor(whole: TailPattern | undefined): Ms {
    if (whole === undefined) {
      return QUIET_AFTER_PIECE;
    }
    return whole.meaning === 'escaped' ? QUIET_AFTER_ESCAPE : QUIET_AFTER_END;
  }

  /** Where the longest end of the stream begins that is a pattern or the start of one. */
  #candidateStart(stream: Uint8Array): number {
    for (let from = Math.max(0, stream.length - this.#longest); from < stream.length; from += 1) {
      if (this.#isFirst[stream[from] ?? 0] === 0) {
        continue;
      }
      for (const { octets } of this.#patterns) {
        if (startsLike(octets, stream, from)) {
          return from;
        }
      }
    }
    return stream.length;
  }

  /** Modules hold unsolicited lines back in data state and send them right after the OK: a header follows. */
  #escapeWithMore(stream: Uint8Array): (TailFound & { readonly start: number }) | undefined {
    const answer = this.#patterns.find(
      ({ pattern }) => pattern.meaning === 'escaped' && pattern.header !== '',
    );
    if (answer === undefined) {
      return undefined;
    }
    const { octets, pattern } = answer;
    const wanted = Buffer.concat([octets, octets.subarray(0, 1)]);
    const start = Buffer.from(stream.buffer, stream.byteOffset, stream.length).indexOf(wanted);
    return start < 0
      ? undefined
      : {
          meaning: 'escaped',
          words: pattern.words,
          rest: Uint8Array.from(stream.subarray(start + octets.length)),
          start,
        };
  }
}

/** Whether everything from `from` on is the start of `octets`, or all of it. */
function startsLike(octets: Uint8Array, stream: Uint8Array, from: number): boolean {
  const length = stream.length - from;
  if (length > octets.length) {
    return false;
  }
  for (let index = 0; index < length; index += 1) {
    if (stream[from + index] !== octets[index]) {
      return false;
    }
  }
  return true;
}
