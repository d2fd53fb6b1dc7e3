/**
 * Finds command lines in what the DTE sends, octet by octet: ITU-T V.250 §5.2. Holds one unfinished line
 * and the last complete one (for `A/`), nothing else; executing and echoing are up to the caller.
 */

/**
 * The longest body taken; §5.5 asks for ERROR when more comes. 1 KiB holds every command this module has
 * several times over.
 */
export const MAX_BODY_LENGTH = 1024;

/** The S-registers that matter to reading a line. */
export interface LineCharacters {
  /** S3: ends the line. Checked first, so that it wins over S5 (§5.2.2). */
  readonly terminator: number;
  /** S5: takes back the character before it. */
  readonly editing: number;
}

export type Reading =
  /** Not part of a line: dropped without an answer (§5.5). */
  | 'outside'
  /** Part of a line that is not complete. */
  | 'inside'
  | { readonly line: 'body'; readonly body: string }
  | { readonly line: 'too-long' };

const [UPPER_A, LOWER_A, UPPER_T, LOWER_T, SLASH, BLANK] = [0x41, 0x61, 0x54, 0x74, 0x2f, 0x20];
/** §5.1: an eighth bit says nothing; DTEs that send parity set it. */
const SEVEN_BITS = 0x7f;

export class CommandLineReader {
  #state: 'idle' | 'attention' | 'body' = 'idle';
  #octets: number[] = [];
  #isTooLong = false;
  /** Before any line, `A/` repeats an empty one (§5.2.4). */
  #lastBody = '';

  /** Whether a line has begun (an `A` counts) and is not complete. */
  get isInsideLine(): boolean {
    return this.#state !== 'idle';
  }

  /** Drops what has come of a line. */
  reset(): void {
    this.#state = 'idle';
    this.#octets = [];
    this.#isTooLong = false;
  }

  push(octet: number, characters: LineCharacters): Reading {
    const character = octet & SEVEN_BITS;
    if (character === characters.terminator) {
      return this.#terminate();
    }
    if (this.#state === 'body') {
      this.#edit(character, characters.editing);
      return 'inside';
    }
    if (this.#state === 'attention' && character === SLASH) {
      this.reset();
      return { line: 'body', body: this.#lastBody };
    }
    return this.#seekPrefix(character);
  }

  #seekPrefix(character: number): Reading {
    if (character === UPPER_A || character === LOWER_A) {
      this.#state = 'attention';
      return 'inside';
    }
    if (this.#state === 'attention' && (character === UPPER_T || character === LOWER_T)) {
      this.#state = 'body';
      return 'inside';
    }
    this.#state = 'idle';
    return 'outside';
  }

  #edit(character: number, editing: number): void {
    if (character === editing) {
      // The prefix is out of reach: there is nothing before the first character of the body.
      this.#octets.pop();
    } else if (this.#octets.length < MAX_BODY_LENGTH) {
      this.#octets.push(character);
    } else {
      this.#isTooLong = true;
    }
  }

  #terminate(): Reading {
    if (this.#state !== 'body') {
      const wasInside = this.isInsideLine;
      this.reset();
      return wasInside ? 'inside' : 'outside';
    }
    const isTooLong = this.#isTooLong;
    // §5.2.2: control characters that are still there when the line ends are ignored.
    const body = String.fromCharCode(...this.#octets.filter((character) => character >= BLANK));
    this.reset();
    if (isTooLong) {
      return { line: 'too-long' };
    }
    this.#lastBody = body;
    return { line: 'body', body };
  }
}
