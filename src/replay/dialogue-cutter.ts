/**
 * Cuts both sides of a line into utterances. Beyond what each side tells by itself, the other side is needed where octets
 * are counted: those of `AT+QISEND` follow the module's prompt, those of `AT+QIRD` its `+QIRD: n`. They may be anything.
 */
import { LF } from './octet-stream.ts';
import type { Side } from './roles.ts';
import { type Payload, type Utterance, UtteranceCutter } from './utterances.ts';

/** A command that sends counted octets on a connection, and one that reads them. */
export const SEND_COMMAND = /^AT\+QISEND=(\d{1,2}),([1-9]\d{0,4})$/i;
export const READ_COMMAND = /^AT\+QIRD=(\d{1,2}),([1-9]\d{0,4})$/i;
export const READ_HEADER = /^\+QIRD: (\d{1,5})$/;
const PROMPT = /^>/;
/** What ends a command without its prompt. */
const REFUSAL = /^(?:ERROR|\+CM[ES] ERROR.*|OK)$/;

interface Count {
  readonly connection: number;
  readonly octets: number;
  readonly raw: number[];
  /** A line end comes before the first octet. */
  readonly hasLineEnd: boolean;
}

export class DialogueCutter {
  readonly #onUtterance: (side: Side, utterance: Utterance) => void;
  readonly #cutters: Record<Side, UtteranceCutter>;
  /** Asked for, the prompt has not come. */
  #asked: Count | undefined;
  #readOn: number | undefined;
  readonly #counts: Partial<Record<Side, Count>> = {};

  constructor(onUtterance: (side: Side, utterance: Utterance) => void) {
    this.#onUtterance = onUtterance;
    const cutterOf = (side: Side) =>
      new UtteranceCutter((utterance) => {
        this.note(side, utterance);
        this.#onUtterance(side, utterance);
      });
    this.#cutters = { dte: cutterOf('dte'), dce: cutterOf('dce') };
  }

  push(side: Side, octets: Uint8Array): void {
    for (let index = 0; index < octets.length; index += 1) {
      if (this.#counts[side] === undefined) {
        this.#cutters[side].push(octets.subarray(index, index + 1));
      } else {
        this.#take(side, octets[index] ?? 0);
      }
    }
  }

  /** Text that has no line end yet. */
  pendingText(side: Side): Uint8Array {
    return this.#cutters[side].pendingText;
  }

  flushText(side: Side): void {
    this.#cutters[side].flushText();
  }

  /** What a side has said that is not pushed: it is played. */
  note(side: Side, utterance: Utterance): void {
    if (utterance.kind !== 'text') {
      return;
    }
    const text = Buffer.from(utterance.bytes).toString('latin1');
    if (side === 'dte') {
      const send = SEND_COMMAND.exec(text);
      this.#asked = send === null ? this.#asked : countOf(send[1], send[2], false);
      const read = READ_COMMAND.exec(text)?.[1];
      this.#readOn = read === undefined ? this.#readOn : Number(read);
      return;
    }
    if (this.#asked !== undefined && PROMPT.test(text)) {
      this.#counts.dte = this.#asked;
      this.#asked = undefined;
    } else if (REFUSAL.test(text)) {
      this.#asked = undefined;
    }
    const header = READ_HEADER.exec(text)?.[1];
    if (header !== undefined && Number(header) > 0 && this.#readOn !== undefined) {
      // A line of text ends with its CR; the LF is still to come.
      this.#counts.dce = countOf(String(this.#readOn), header, true);
    }
  }

  #take(side: Side, octet: number): void {
    const count = this.#counts[side];
    if (count === undefined) {
      return;
    }
    count.raw.push(octet);
    const lead = count.hasLineEnd && count.raw[0] === LF ? 1 : 0;
    if (count.raw.length - lead >= count.octets) {
      delete this.#counts[side];
      const raw = Uint8Array.from(count.raw);
      const payload: Payload = {
        kind: 'payload',
        connection: count.connection,
        bytes: raw.subarray(lead),
        raw,
      };
      this.#onUtterance(side, payload);
    }
  }
}

const countOf = (connection = '', octets = '', hasLineEnd: boolean): Count => ({
  connection: Number(connection),
  octets: Number(octets),
  raw: [],
  hasLineEnd,
});
