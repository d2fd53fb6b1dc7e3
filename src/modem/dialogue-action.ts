/** What the dialogue machine asks of its shell, and tells it. */
import type { AtResponseEvent } from '../wire/at/event.ts';
import type { Answer, Command } from './command.ts';

export type DialogueEvent =
  | AtResponseEvent
  /** The outstanding command took too long. */
  | {
      readonly type: 'timeout';
      readonly command: string;
      /** Information texts that had come. */
      readonly partialLines: readonly string[];
      /** What there was of a line. */
      readonly rawTail: string;
    }
  | { readonly type: 'portLost' };

export type DialogueAction =
  | { readonly do: 'write'; readonly bytes: Uint8Array; readonly text: string }
  | { readonly do: 'tell'; readonly event: DialogueEvent }
  | { readonly do: 'answer'; readonly command: Command; readonly answer: Answer };

/** Collects the actions of one step, in order. */
export class DialogueOutput {
  #actions: DialogueAction[] = [];

  /** Hands over what has been collected since the last time. */
  take(): DialogueAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  write(text: string): void {
    this.#actions.push({ do: 'write', bytes: Buffer.from(text, 'latin1'), text });
  }

  /** Octets that are no text. */
  writeOctets(bytes: Uint8Array): void {
    this.#actions.push({ do: 'write', bytes, text: `(${bytes.length} octets)` });
  }

  tell(event: DialogueEvent): void {
    this.#actions.push({ do: 'tell', event });
  }

  answer(command: Command, answer: Answer): void {
    this.#actions.push({ do: 'answer', command, answer });
  }
}
