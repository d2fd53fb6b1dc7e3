/** One command line for the module, and how it can end. */
import type { Ms } from '../base/units.ts';
import type { FinalEvent } from '../wire/at/event.ts';
import type { AnswerShape } from '../wire/at/expectation.ts';

export interface Command {
  /** With `AT`, without terminator. */
  readonly line: string;
  readonly timeoutMs: Ms;
  /** Words that nobody may see: they are masked wherever the line or its echo is shown. */
  readonly secrets?: readonly string[];
  /** What is known of its answer beyond the line itself. */
  readonly shape?: AnswerShape;
  /** What is written, as it is, when the module asks for it with a prompt. */
  readonly payload?: Uint8Array;
  /** Only asks whether the module is there: a late answer to it means nothing, so none is waited for. */
  readonly isProbe?: boolean;
}

export type Failure = Extract<FinalEvent, { result: 'ERROR' }>;

/** How a command line ended. `lines` are the information texts that came before, `octets` what one of them counted. */
export type Answer =
  | { readonly outcome: 'ok'; readonly lines: readonly string[]; readonly octets?: Uint8Array }
  | { readonly outcome: 'connect'; readonly text: string }
  | { readonly outcome: 'error'; readonly failure: Failure; readonly lines: readonly string[] }
  /** Nothing, or not enough, within the time; `partial` is what there was of a line. */
  | { readonly outcome: 'timeout'; readonly lines: readonly string[]; readonly partial: string }
  /** The caller gave a dial up. */
  | { readonly outcome: 'aborted' }
  /** The line is in data state: no command can be written. */
  | { readonly outcome: 'in-call' }
  | { readonly outcome: 'reset' }
  | { readonly outcome: 'port-lost' };
