/**
 * V.250 section 6.2.4: a module repeats what it hears until it is told not to (ATE0). Whether it does at the beginning
 * depends on who used it before, so a device that is played does not compare it.
 */
import type { Side } from './roles.ts';
import type { Utterance } from './utterances.ts';

export class Echoes {
  /** The last command that was not repeated. */
  #command: Uint8Array | undefined;

  /** @returns whether a side has repeated what was said to it */
  hasHeard(from: Side, utterance: Utterance): boolean {
    if (utterance.kind !== 'text' || utterance.bytes.length === 0) {
      return false;
    }
    if (from === 'dte') {
      this.#command = utterance.bytes;
      return false;
    }
    const isEcho = this.#command !== undefined && Buffer.from(utterance.bytes).equals(this.#command);
    this.#command = undefined;
    return isEcho;
  }
}
