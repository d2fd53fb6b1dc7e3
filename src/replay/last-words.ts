/** What was said last, in the recording and now, as it may be shown: a difference is read together with it. */
import { Redaction } from '../serial/recording-redaction.ts';
import type { Side } from './roles.ts';
import { describe } from './utterance-text.ts';
import type { Utterance } from './utterances.ts';

const MOST_WORDS = 6;

export class LastWords {
  readonly #redaction = new Redaction([]);
  readonly #recorded: string[] = [];
  readonly #live: string[] = [];

  /** Oldest first. */
  get inBoth(): { readonly recorded: readonly string[]; readonly live: readonly string[] } {
    return { recorded: [...this.#recorded], live: [...this.#live] };
  }

  /** @param where it was said */
  note(where: 'recorded' | 'live', side: Side, utterance: Utterance): void {
    if (utterance.kind === 'text' && utterance.bytes.length === 0) {
      return;
    }
    const words = where === 'recorded' ? this.#recorded : this.#live;
    words.push(`${side} ${this.masked(describe(utterance))}`);
    if (words.length > MOST_WORDS) {
      words.shift();
    }
  }

  /** What may be shown of it: passwords are masked, as in a recording. */
  masked(text: string): string {
    const bytes = Buffer.from(`${text}\r`, 'latin1');
    this.#redaction.push('dte', bytes);
    this.#redaction.settle();
    return bytes.toString('latin1').slice(0, -1);
  }
}
