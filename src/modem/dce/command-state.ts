/**
 * What the DTE types in command state: lines, text behind a prompt, characters that abort a call, and what
 * comes too early, while a line is being executed (ITU-T V.250 §5.2, §5.5, §5.6).
 */
import { earliest, type Ms, ms, seconds } from '../../base/units.ts';
import { CommandLineReader } from '../../wire/at/command-line-reader.ts';
import { type Answer, ended, REFUSED } from './answer.ts';
import type { CommandSet } from './command-set.ts';
import { commandSetOf } from './commands/families.ts';
import { executeLine } from './line-execution.ts';
import type { ModuleCore } from './module-core.ts';
import { OctetEntry } from './sockets/octet-entry.ts';
import { TextEntry } from './text-entry.ts';

/** V.250 §5.6.1: until then after the terminator, characters do not abort a command. */
const ABORT_IMMUNITY = ms(125);
/** V.250 §5.5: after so long a silence a line that was begun counts as not properly terminated. */
const UNFINISHED_LINE_LAPSE = seconds(30);
/** Octets behind a prompt that stay away so long do not come any more. */
const OCTETS_LAPSE = seconds(30);
/** What a DTE sends while a line is being executed; a DTE that does not wait is not promised more. */
const MAX_TYPE_AHEAD = 4096;

const LINE_FEED = 0x0a;
const NOTHING: readonly Uint8Array[] = [];

interface Execution {
  readonly at: Ms;
  /** Undefined: the line was too long. */
  readonly body: string | undefined;
}

export class CommandState {
  readonly #core: ModuleCore;
  readonly #commands: CommandSet;
  readonly #reader = new CommandLineReader();
  #execution: Execution | undefined;
  #textEntry: TextEntry | OctetEntry | undefined;
  #typeAhead: Uint8Array[] = [];
  #typeAheadLength = 0;
  #lastCharacterAt: Ms;
  #lineEndedAt: Ms;

  constructor(core: ModuleCore) {
    this.#core = core;
    this.#commands = commandSetOf(core.profile.family, core.profile.sockets);
    this.#lastCharacterAt = core.now;
    this.#lineEndedAt = core.now;
  }

  get deadline(): Ms | undefined {
    return earliest(
      this.#execution?.at,
      this.#reader.isInsideLine ? this.#lineLapsesAt : undefined,
      this.#textEntry instanceof OctetEntry ? this.#octetsLapseAt : undefined,
    );
  }

  /** Whether a line is complete and its results are not all out. */
  get isExecuting(): boolean {
    return this.#isBusy || this.#core.call.isPending || this.#textEntry !== undefined;
  }

  /** Whether a line has begun and is not complete. */
  get isInsideLine(): boolean {
    return this.#reader.isInsideLine;
  }

  /** Whether a complete line waits for its turn, or for the stack: whatever comes now is kept for later. */
  get #isBusy(): boolean {
    return this.#execution !== undefined || this.#core.sockets?.isPending === true;
  }

  get #lineLapsesAt(): Ms {
    return ms(this.#lastCharacterAt + UNFINISHED_LINE_LAPSE);
  }

  get #octetsLapseAt(): Ms {
    return ms(this.#lastCharacterAt + OCTETS_LAPSE);
  }

  /** Drops a line and a text that are not complete: the DTE is gone, or data begin. */
  reset(): void {
    this.#reader.reset();
    this.#closePrompt();
  }

  /** The module answers by itself: what follows may abort that as if ATA had been typed now. */
  beginAnswer(answer: Answer): void {
    this.reset();
    this.#lineEndedAt = this.#core.now;
    this.#finish(answer);
  }

  /** @returns the octets that came while a line was waiting, when none waits any more */
  expire(): readonly Uint8Array[] {
    const { now } = this.#core;
    if (this.#reader.isInsideLine && now >= this.#lineLapsesAt) {
      this.#reader.reset();
    }
    if (this.#textEntry instanceof OctetEntry && now >= this.#octetsLapseAt) {
      this.#closePrompt();
      this.#core.report(REFUSED);
    }
    if (this.#execution !== undefined && now >= this.#execution.at) {
      this.#execute(this.#execution);
    }
    return this.typedAhead();
  }

  /** The octets that came while a line was waiting, when none waits any more. */
  typedAhead(): readonly Uint8Array[] {
    if (this.#isBusy || this.#typeAheadLength === 0) {
      return NOTHING;
    }
    const typeAhead = this.#typeAhead;
    this.#typeAhead = [];
    this.#typeAheadLength = 0;
    return typeAhead;
  }

  /** @returns whether the octets behind `from` were kept because a line is waiting; then none of them has been looked at */
  keepForLater(bytes: Uint8Array, from: number): boolean {
    if (!this.#isBusy) {
      return false;
    }
    const kept = bytes.subarray(from, from + MAX_TYPE_AHEAD - this.#typeAheadLength);
    if (kept.length > 0) {
      this.#typeAhead.push(kept);
      this.#typeAheadLength += kept.length;
    }
    return true;
  }

  push(octet: number): void {
    if (this.#core.call.isPending) {
      this.#abortCall();
    } else if (this.#textEntry === undefined) {
      this.#pushToLine(octet);
    } else {
      this.#pushToText(octet, this.#textEntry);
    }
  }

  #pushToLine(octet: number): void {
    const { settings, output, now, profile } = this.#core;
    this.#lastCharacterAt = now;
    const reading = this.#reader.push(octet, {
      terminator: settings.register(3),
      editing: settings.register(5),
    });
    // V.250 §5.2.3 lets the module keep to itself what is not part of a line; the CDMA module that the IS-707
    // profiles follow does so (Multi-Tech S000478, page 12).
    if (reading !== 'outside') {
      output.echo(octet);
    }
    if (typeof reading !== 'string') {
      this.#lineEndedAt = now;
      const body = reading.line === 'body' ? reading.body : undefined;
      const execution = { at: ms(now + profile.pace.answerMs), body };
      if (execution.at <= now) {
        this.#execute(execution);
      } else {
        this.#execution = execution;
      }
    }
  }

  #execute({ body }: Execution): void {
    this.#execution = undefined;
    this.#finish(
      body === undefined ? REFUSED : executeLine(body, this.#core, this.#commands, this.#core.output),
    );
  }

  #finish(answer: Answer): void {
    if (answer.outcome === 'prompt') {
      this.#textEntry = new TextEntry(answer.finish);
      this.#core.isAskingForText = true;
      this.#core.driveCircuits();
      this.#core.output.prompt();
    } else if (answer.outcome === 'octets') {
      this.#textEntry = new OctetEntry(answer.count, answer.finish);
      this.#lastCharacterAt = this.#core.now;
      // What came before the prompt cannot be an answer to it.
      this.#typeAhead = [];
      this.#typeAheadLength = 0;
      this.#core.output.prompt();
    } else {
      this.#core.report(answer);
    }
  }

  #pushToText(octet: number, entry: TextEntry | OctetEntry): void {
    const { settings, output, now } = this.#core;
    this.#lastCharacterAt = now;
    const isCounted = entry instanceof OctetEntry;
    // A LF right behind the CR of the command belongs to the command, not to the text. Octets may be anything: of
    // them only the one that cannot have seen the prompt.
    const sinceLine = now - this.#lineEndedAt;
    if (octet === LINE_FEED && entry.isEmpty && sinceLine <= (isCounted ? 0 : ABORT_IMMUNITY)) {
      return;
    }
    if (!isCounted || settings.number('+QISDE', 1) === 1) {
      output.echo(octet);
    }
    const answer = entry.push(octet, settings.register(5));
    if (answer !== undefined) {
      this.#closePrompt();
      for (const line of answer.outcome === 'done' ? answer.information : []) {
        output.information(line);
      }
      this.#finish(answer);
    }
  }

  #closePrompt(): void {
    this.#textEntry = undefined;
    this.#core.isAskingForText = false;
  }

  /** V.250 §5.6.1: a character aborts, and is not the first of the next line. */
  #abortCall(): void {
    if (this.#core.now - this.#lineEndedAt > ABORT_IMMUNITY) {
      this.#core.call.abandon();
      this.#core.report(ended('NO CARRIER'));
    }
  }
}
