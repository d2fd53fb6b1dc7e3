/**
 * A secret that cannot be printed by accident: text, JSON and `inspect` show the mask.
 * Only `reveal()` gives the value, so that a search for it finds every place where a secret leaves.
 */
import { inspect } from 'node:util';
import { MASK } from '../base/trace.ts';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself: for the protocol that sends it and for the flash that stores it, for nothing else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
