/** Text behind a `>` prompt: 27.005 §3.5.1. Only ^Z, ESC and the editing character mean anything here. */
import { type Answer, cmsError, done } from './answer.ts';

const [CTRL_Z, ESCAPE] = [0x1a, 0x1b];
/** Seven messages' worth of text, or twice the longest PDU. */
const MAX_TEXT_LENGTH = 1120;

export class TextEntry {
  readonly #finish: (text: string) => Answer;
  #octets: number[] = [];
  #isTooLong = false;

  constructor(finish: (text: string) => Answer) {
    this.#finish = finish;
  }

  get isEmpty(): boolean {
    return this.#octets.length === 0;
  }

  /**
   * @param editing S5
   * @returns the answer, when this octet ends the text
   */
  push(octet: number, editing: number): Answer | undefined {
    switch (octet) {
      case CTRL_Z:
        return this.#isTooLong ? cmsError(305) : this.#finish(String.fromCharCode(...this.#octets));
      case ESCAPE:
        return done();
      case editing:
        this.#octets.pop();
        return undefined;
      default:
        if (this.#octets.length < MAX_TEXT_LENGTH) {
          this.#octets.push(octet);
        } else {
          this.#isTooLong = true;
        }
        return undefined;
    }
  }
}
