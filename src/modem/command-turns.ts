/**
 * One command line at a time: its time limit, the gap before the next one (ITU-T V.250 5.5), and after an
 * answer that did not come in time the way back to knowing which answer belongs to which line.
 */
import { type Ms, ms } from '../base/units.ts';
import type { FinalEvent } from '../wire/at/event.ts';
import type { AtResponseParser } from '../wire/at/response.ts';
import type { Answer, Command } from './command.ts';
import type { DialogueOutput } from './dialogue-action.ts';

/** Command lines that may wait at the same time; callers ask one after the other. */
const QUEUE_LIMIT = 16;
/** Lines kept of one answer: lists of operators or commands stay far below. */
const ANSWER_LINE_LIMIT = 256;
/** A command given up may have its late answer for as long again, but not for longer than this. */
const LATE_LIMIT = ms(10_000);
/** After that the module is asked with AT, this often, with this much time each. */
const PROBES = 5;
const PROBE_TIME = ms(1000);
/** Silence after a lone OK before it counts as the answer to the last AT. */
const PROBE_QUIET = ms(200);
/** V.250 5.6.1: a character within 125 ms of the terminator does not abort. */
const ABORT_NOT_BEFORE = ms(125);

type Turn =
  | { readonly phase: 'free' }
  | {
      readonly phase: 'outstanding';
      readonly command: Command;
      readonly since: Ms;
      readonly lines: string[];
      octets?: Uint8Array;
    }
  /** A command was given up; its answer may still come. */
  | { readonly phase: 'late'; readonly until: Ms }
  /** AT is asked until a lone OK comes. */
  | { readonly phase: 'probing'; readonly until: Ms; readonly left: number }
  /** A lone OK has come; another one would mean that it was a late one. */
  | { readonly phase: 'probed'; readonly until: Ms };

const FREE: Turn = { phase: 'free' };

export class CommandTurns {
  readonly #parser: AtResponseParser;
  readonly #output: DialogueOutput;
  readonly #gapMs: Ms;
  #queue: Command[] = [];
  #turn: Turn = FREE;
  #nextWriteAt = ms(0);

  constructor(parser: AtResponseParser, output: DialogueOutput, gapMs: Ms) {
    this.#parser = parser;
    this.#output = output;
    this.#gapMs = gapMs;
  }

  /** When the next line may be written at the earliest. */
  get nextWriteAt(): Ms {
    return this.#nextWriteAt;
  }

  /** The line whose answer is awaited. */
  get outstanding(): Command | undefined {
    return this.#turn.phase === 'outstanding' ? this.#turn.command : undefined;
  }

  /** When the outstanding line is given up. */
  get commandDeadline(): Ms | undefined {
    const turn = this.#turn;
    return turn.phase === 'outstanding' ? ms(turn.since + turn.command.timeoutMs) : undefined;
  }

  get deadline(): Ms | undefined {
    const turn = this.#turn;
    if (turn.phase === 'outstanding') {
      return this.commandDeadline;
    }
    // Without anybody who waits there is no hurry to find out whether the module is back.
    if (this.#queue.length === 0 || this.#parser.mode === 'data') {
      return undefined;
    }
    return turn.phase === 'free' ? this.#nextWriteAt : ms(Math.max(turn.until, this.#nextWriteAt));
  }

  /** @returns false: too many wait already */
  submit(command: Command): boolean {
    if (this.#queue.length >= QUEUE_LIMIT) {
      return false;
    }
    this.#queue.push(command);
    return true;
  }

  /** V.250 5.5: after the end of an answer the module needs a moment before it reads again. */
  pause(now: Ms): void {
    this.#nextWriteAt = ms(now + this.#gapMs);
  }

  /** @returns whether anybody waits for this line */
  heardInformation(line: string): boolean {
    if (this.#turn.phase !== 'outstanding') {
      return false;
    }
    if (this.#turn.lines.length < ANSWER_LINE_LIMIT) {
      this.#turn.lines.push(line);
    }
    return true;
  }

  /** Counted octets of the answer have come. */
  heardOctets(bytes: Uint8Array): void {
    if (this.#turn.phase === 'outstanding') {
      this.#turn.octets = bytes;
    }
  }

  /** The module waits for what belongs to the command. */
  heardPrompt(): void {
    const payload = this.outstanding?.payload;
    if (payload !== undefined) {
      this.#output.writeOctets(payload);
    }
  }

  heardFinal(event: FinalEvent, now: Ms): void {
    this.pause(now);
    const turn = this.#turn;
    if (turn.phase === 'probing') {
      this.#turn = { phase: 'probed', until: ms(now + PROBE_QUIET) };
    } else if (turn.phase === 'outstanding') {
      const { lines, octets } = turn;
      this.#output.tell(event);
      this.end(
        event.result === 'OK'
          ? { outcome: 'ok', lines, ...(octets === undefined ? {} : { octets }) }
          : { outcome: 'error', failure: event, lines },
      );
    }
  }

  /** The answer that was owed has come: the module is free again. */
  heardStale(now: Ms): void {
    this.pause(now);
    if (this.#turn.phase === 'late') {
      this.#turn = FREE;
    } else if (this.#turn.phase === 'probed') {
      this.#turn = { phase: 'probed', until: ms(now + PROBE_QUIET) };
    }
  }

  /** The outstanding line has ended this way. */
  end(answer: Answer): void {
    const command = this.outstanding;
    this.#turn = FREE;
    if (command !== undefined) {
      this.#output.answer(command, answer);
    }
  }

  /** Everything that waits ends this way, too. */
  endAll(answer: Answer): void {
    this.end(answer);
    for (const command of this.#queue.splice(0)) {
      this.#output.answer(command, answer);
    }
  }

  /** Gives a dial up at the caller's wish. */
  abort(now: Ms): void {
    const turn = this.#turn;
    if (turn.phase === 'outstanding') {
      if (now >= turn.since + ABORT_NOT_BEFORE) {
        this.#output.write('\r');
      }
      this.#parser.abandon();
      this.#abandoned(turn.command, { outcome: 'aborted' }, now);
    }
  }

  /** What time alone changes. */
  expire(now: Ms): void {
    const turn = this.#turn;
    switch (turn.phase) {
      case 'outstanding':
        if (now >= turn.since + turn.command.timeoutMs) {
          this.#giveUp(turn.command, turn.lines, now);
        }
        return;
      case 'late':
        if (now >= turn.until) {
          this.#turn = { phase: 'probing', until: now, left: PROBES };
        }
        return;
      case 'probed':
        if (now >= turn.until) {
          this.#turn = FREE;
        }
        return;
      default:
    }
  }

  /** Writes the next line, if there is one and its time has come. */
  advance(now: Ms): void {
    const [next] = this.#queue;
    if (next === undefined || this.#parser.mode === 'data' || now < this.#nextWriteAt) {
      return;
    }
    if (this.#turn.phase === 'probing' && now >= this.#turn.until) {
      this.#probe(this.#turn.left, now);
    }
    if (this.#turn.phase === 'free') {
      this.#queue.shift();
      this.#turn = { phase: 'outstanding', command: next, since: now, lines: [] };
      this.#output.write(next.line + this.#parser.terminator);
      this.#parser.expect(next.line, next.shape);
    }
  }

  #giveUp(command: Command, lines: readonly string[], now: Ms): void {
    if (this.#parser.pending?.placesCall === true) {
      // V.250 5.6.1: any character ends a dial; until then no other line may be written.
      this.#output.write('\r');
    }
    const partial = this.#parser.partialLine;
    this.#parser.abandon();
    this.#output.tell({
      type: 'timeout',
      command: command.line,
      partialLines: [...lines],
      rawTail: partial,
    });
    this.#abandoned(command, { outcome: 'timeout', lines, partial }, now);
  }

  #abandoned(command: Command, answer: Answer, now: Ms): void {
    this.pause(now);
    this.end(answer);
    if (command.isProbe !== true) {
      this.#turn = { phase: 'late', until: ms(now + Math.min(command.timeoutMs, LATE_LIMIT)) };
    }
  }

  #probe(left: number, now: Ms): void {
    this.#parser.abandon();
    if (left === 0) {
      // Nobody answers. The next command finds that out for its caller.
      this.#turn = FREE;
      return;
    }
    this.#turn = { phase: 'probing', until: ms(now + PROBE_TIME), left: left - 1 };
    this.#output.write(`AT${this.#parser.terminator}`);
    this.#parser.expect('AT');
  }
}
