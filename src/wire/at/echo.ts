/**
 * The echo of the outstanding command line: compared with exactly what was written, used up piece by piece,
 * not missed where the module sends none (E0).
 */

/** Noise that may stand before an echo: a few characters of another bit rate. */
const NOISE_LIMIT = 16;
/** Characters at the start that a module may lose while it finds out the bit rate. */
const LOST_LIMIT = 2;
/** A shorter piece could be anything. */
const SHORTEST_PIECE = 2;

export class Echo {
  /** What has not come back yet. */
  #left: string;

  /** @param command the line as written, without terminator */
  constructor(command: string) {
    this.#left = command;
  }

  /** Whether this line is the echo, or the next piece of it; it is used up by that. */
  takes(line: string): boolean {
    const left = this.#left;
    if (left === '' || line.length < SHORTEST_PIECE) {
      return false;
    }
    // An unsolicited line has cut the echo: the rest is still to come.
    const isPiece = left.length > line.length && left.startsWith(line);
    const isWhole = line.endsWith(left) && isNoise(line.slice(0, line.length - left.length));
    const isShortened = line.length > SHORTEST_PIECE && left.length - line.length <= LOST_LIMIT;
    if (isPiece) {
      this.#left = left.slice(line.length);
    } else if (isWhole || (isShortened && left.endsWith(line))) {
      this.#left = '';
    } else {
      return false;
    }
    return true;
  }
}

const isNoise = (text: string) => text.length <= NOISE_LIMIT && !/[ -~]/.test(text);
