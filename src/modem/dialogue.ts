/**
 * The machine between callers and the octets of one module: one command line at a time, time limits, the
 * gap between lines (ITU-T V.250 5.5), resynchronisation after a late answer, data state and the escape
 * from it. No I/O and no timers: `(event, now)` in, actions out; `deadline` says when to call `tick`.
 */
import { type Ms, ms } from '../base/units.ts';
import type { AtResponseEvent } from '../wire/at/event.ts';
import { AtResponseParser, type AtResponseParserOptions } from '../wire/at/response.ts';
import type { Answer, Command } from './command.ts';
import { EscapeAttempt } from './escape.ts';

/** Command lines that may wait at the same time; callers ask one after the other. */
const QUEUE_LIMIT = 16;
/** Lines kept of one answer: lists of operators or commands stay far below. */
const ANSWER_LINE_LIMIT = 256;
/** A command given up may have its late answer for as long again, but not for longer than this. */
const LATE_LIMIT = ms(10_000);
/** After that the module is asked with AT, this often, with this much time each. */
const PROBES = 3;
const PROBE_TIME = ms(1000);
/** Silence after a lone OK before it counts as the answer to the last AT. */
const PROBE_QUIET = ms(200);
/** V.250 5.6.1: a character within 125 ms of the terminator does not abort. */
const ABORT_NOT_BEFORE = ms(125);

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

export interface DialogueOptions extends AtResponseParserOptions {
  readonly gapMs: Ms;
  /** S12: silence before and after `+++`. */
  readonly guardMs: Ms;
}

type Turn =
  | { readonly phase: 'free' }
  | { readonly phase: 'outstanding'; readonly command: Command; readonly since: Ms; readonly lines: string[] }
  /** A command was given up; its answer may still come. */
  | { readonly phase: 'late'; readonly until: Ms }
  | { readonly phase: 'probing'; readonly until: Ms; readonly left: number }
  /** A lone OK has come; another one would mean that it was a late one. */
  | { readonly phase: 'probed'; readonly until: Ms };

export class Dialogue {
  readonly #parser: AtResponseParser;
  readonly #options: DialogueOptions;
  #queue: Command[] = [];
  #turn: Turn = { phase: 'free' };
  #nextWriteAt = ms(0);
  #escape: EscapeAttempt | undefined;
  /** Between CONNECT and the end of the call, in data state or not. */
  #holdsCall = false;
  /** When the last octet that was written has left, as far as the bit rate tells. */
  #quietSince = ms(0);
  #isLost = false;
  #actions: DialogueAction[] = [];

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#parser = new AtResponseParser(options);
  }

  get mode(): 'command' | 'data' {
    return this.#parser.mode;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** When the outstanding command is given up; undefined when none is outstanding. */
  get commandDeadline(): Ms | undefined {
    return this.#turn.phase === 'outstanding'
      ? ms(this.#turn.since + this.#turn.command.timeoutMs)
      : undefined;
  }

  get holdsCall(): boolean {
    return this.#holdsCall;
  }

  /** Whether data may be written now: data state, and no escape that needs silence. */
  get takesData(): boolean {
    return this.#parser.mode === 'data' && this.#escape === undefined;
  }

  /** Whether a command that places a call is outstanding. */
  get isDialling(): boolean {
    return this.#turn.phase === 'outstanding' && this.#parser.pending?.placesCall === true;
  }

  /** When the next command line may be written at the earliest. */
  get nextWriteAt(): Ms {
    return ms(Math.max(this.#nextWriteAt, this.#escape?.quietUntil ?? 0));
  }

  get deadline(): Ms | undefined {
    const all = [this.#parser.deadline, this.#escape?.deadline, this.#turnDeadline()];
    const set = all.filter((one) => one !== undefined);
    return set.length === 0 ? undefined : ms(Math.min(...set));
  }

  /** Asks; the answer comes as an action. */
  submit(command: Command, now: Ms): DialogueAction[] {
    if (this.#isLost) {
      return [{ do: 'answer', command, answer: { outcome: 'port-lost' } }];
    }
    if (this.#parser.mode === 'data' || this.#queue.length >= QUEUE_LIMIT) {
      return [{ do: 'answer', command, answer: { outcome: 'in-call' } }];
    }
    this.#queue.push(command);
    this.#expire(now);
    this.#advance(now);
    return this.#take();
  }

  /** Whether these octets are data of the call and nothing else: then `receive` has nothing to do with them. */
  passes(bytes: Uint8Array): boolean {
    return this.#escape === undefined && this.#parser.passes(bytes);
  }

  receive(bytes: Uint8Array, now: Ms): DialogueAction[] {
    this.#expire(now);
    for (const event of this.#parser.push(bytes, now)) {
      this.#hear(event, now);
    }
    this.#advance(now);
    return this.#take();
  }

  tick(now: Ms): DialogueAction[] {
    for (const event of this.#parser.tick(now)) {
      this.#hear(event, now);
    }
    this.#expire(now);
    this.#advance(now);
    return this.#take();
  }

  /** DCD fell (V.24 circuit 109): a call that was there is over. */
  carrierFell(now: Ms): DialogueAction[] {
    this.#endCall(now);
    this.#advance(now);
    return this.#take();
  }

  /** Gives the call up on this side, whatever the module thinks of it. */
  forgetCall(now: Ms): DialogueAction[] {
    this.#endCall(now);
    this.#advance(now);
    return this.#take();
  }

  /** A call that was there before this dialogue began, held in command state. */
  holdCall(): void {
    this.#holdsCall = true;
  }

  /** Data state that was there before this dialogue began. */
  enterData(now: Ms): DialogueAction[] {
    this.#parser.enterData();
    this.#holdsCall = true;
    this.#advance(now);
    return this.#take();
  }

  /** Data was written; `bitRate` tells how long it is on its way. */
  dataWritten(octets: number, bitRate: number, now: Ms): void {
    // 8N1: ten bits an octet.
    this.#quietSince = ms(Math.max(this.#quietSince, now) + (octets * 10_000) / bitRate);
  }

  /** Goes to online command state; the end is an event: escaped, carrierLost, or a timeout of `+++`. */
  escape(now: Ms): DialogueAction[] {
    if (this.#parser.mode === 'data' && this.#escape === undefined) {
      this.#escape = new EscapeAttempt(this.#quietSince, this.#options.guardMs, now);
      this.#expire(now);
    }
    return this.#take();
  }

  /** `+++` was written before: only its answer is awaited. */
  awaitEscape(now: Ms): DialogueAction[] {
    this.#escape = EscapeAttempt.alreadyWritten(this.#options.guardMs, now);
    this.#parser.awaitEscape(true);
    return this.#take();
  }

  /** Aborts a dial that is outstanding (V.250 5.6.1); anything else runs to its end. */
  abortDial(now: Ms): DialogueAction[] {
    if (this.#turn.phase === 'outstanding' && this.isDialling) {
      if (now >= this.#turn.since + ABORT_NOT_BEFORE) {
        this.#write('\r', now);
      }
      const { command } = this.#turn;
      this.#parser.abandon();
      this.#pause(now);
      this.#end({ outcome: 'aborted' });
      this.#awaitLateAnswer(command, now);
    }
    return this.#take();
  }

  /** The bit rate changes: what there is of a line is noise. */
  dropPartialLine(): void {
    this.#parser.dropPartialLine();
  }

  /** Sets V, S3 and S4 as the module has them. */
  setFormat(format: Parameters<AtResponseParser['setFormat']>[0]): void {
    this.#parser.setFormat(format);
  }

  /** The line is closed. Everything that waits gets its answer now. */
  portLost(): DialogueAction[] {
    if (this.#isLost) {
      return [];
    }
    this.#isLost = true;
    const waiting = this.#turn.phase === 'outstanding' ? [this.#turn.command, ...this.#queue] : this.#queue;
    this.#queue = [];
    this.#turn = { phase: 'free' };
    this.#escape = undefined;
    for (const event of this.#parser.endCall(ms(0))) {
      if (event.type === 'data') {
        this.#tell(event);
      }
    }
    this.#tell({ type: 'portLost' });
    for (const command of waiting) {
      this.#answer(command, { outcome: 'port-lost' });
    }
    this.#holdsCall = false;
    return this.#take();
  }

  #hear(event: AtResponseEvent, now: Ms): void {
    switch (event.type) {
      case 'info':
        if (this.#turn.phase !== 'outstanding') {
          return;
        }
        if (this.#turn.lines.length < ANSWER_LINE_LIMIT) {
          this.#turn.lines.push(event.line);
        }
        this.#tell(event);
        return;
      case 'final':
        this.#hearFinal(event, now);
        return;
      case 'connect':
        this.#holdsCall = true;
        this.#escape = undefined;
        this.#tell(event);
        this.#end({ outcome: 'connect', text: event.text });
        for (const command of this.#queue.splice(0)) {
          this.#answer(command, { outcome: 'in-call' });
        }
        return;
      case 'stale':
        this.#hearStale(now);
        this.#tell(event);
        return;
      case 'escaped':
        this.#escape = undefined;
        this.#pause(now);
        this.#tell(event);
        return;
      case 'carrierLost':
        this.#carrierLost(now);
        return;
      case 'modemReset':
        this.#holdsCall = false;
        this.#escape = undefined;
        this.#pause(now);
        this.#tell(event);
        this.#end({ outcome: 'reset' });
        return;
      case 'urc':
        if (event.line.trim() === 'NO CARRIER' && this.#holdsCall) {
          this.#carrierLost(now);
        } else {
          this.#tell(event);
        }
        return;
      default:
        this.#tell(event);
    }
  }

  #hearFinal(event: AtResponseEvent & { readonly type: 'final' }, now: Ms): void {
    this.#pause(now);
    if (this.#turn.phase === 'probing') {
      this.#turn = { phase: 'probed', until: ms(now + Math.max(PROBE_QUIET, this.#options.gapMs)) };
      return;
    }
    if (this.#turn.phase !== 'outstanding') {
      return;
    }
    this.#tell(event);
    const { command, lines } = this.#turn;
    if (/^ATH/i.test(command.line) && event.result === 'OK') {
      this.#holdsCall = false;
    }
    if (event.result === 'ERROR' && event.reason === 'NO CARRIER') {
      this.#holdsCall = false;
    }
    this.#end(event.result === 'OK' ? { outcome: 'ok', lines } : { outcome: 'error', failure: event, lines });
    this.#advance(now);
  }

  /** The answer that was owed has come: the module is free again. */
  #hearStale(now: Ms): void {
    this.#pause(now);
    if (this.#turn.phase === 'late') {
      this.#turn = { phase: 'free' };
    } else if (this.#turn.phase === 'probed') {
      this.#turn = { ...this.#turn, until: ms(now + PROBE_QUIET) };
    }
    this.#advance(now);
  }

  #carrierLost(now: Ms): void {
    this.#holdsCall = false;
    this.#escape = undefined;
    this.#pause(now);
    this.#tell({ type: 'carrierLost' });
  }

  #endCall(now: Ms): void {
    if (this.#parser.mode === 'data') {
      for (const event of this.#parser.endCall(now)) {
        this.#hear(event, now);
      }
    } else if (this.#holdsCall) {
      this.#parser.carrierEnded(now);
      this.#carrierLost(now);
    }
  }

  /** What time alone changes. */
  #expire(now: Ms): void {
    const due = this.#escape?.due(now);
    if (due === 'write') {
      this.#parser.awaitEscape(true);
      this.#write('+++', now);
    } else if (due === 'failed') {
      this.#escape = undefined;
      this.#parser.awaitEscape(false);
      this.#tell({ type: 'timeout', command: '+++', partialLines: [], rawTail: '' });
    }
    const turn = this.#turn;
    switch (turn.phase) {
      case 'outstanding':
        if (now >= turn.since + turn.command.timeoutMs) {
          if (this.#parser.pending?.placesCall === true) {
            // V.250 5.6.1: any character ends a dial; until then no other line may be written.
            this.#write('\r', now);
          }
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
          this.#turn = { phase: 'free' };
        }
        return;
      default:
    }
  }

  #giveUp(command: Command, lines: readonly string[], now: Ms): void {
    const partial = this.#parser.partialLine;
    this.#parser.abandon();
    this.#tell({ type: 'timeout', command: command.line, partialLines: [...lines], rawTail: partial });
    this.#pause(now);
    this.#end({ outcome: 'timeout', lines, partial });
    this.#awaitLateAnswer(command, now);
  }

  #awaitLateAnswer(command: Command, now: Ms): void {
    if (command.isProbe !== true) {
      this.#turn = { phase: 'late', until: ms(now + Math.min(command.timeoutMs, LATE_LIMIT)) };
    }
  }

  /** Writes the next line, if there is one and its time has come. */
  #advance(now: Ms): void {
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
      this.#parser.expect(next.line, next.shape);
      this.#write(`${next.line}\r`, now);
    }
  }

  #probe(left: number, now: Ms): void {
    this.#parser.abandon();
    if (left === 0) {
      // Nobody answers. The next command finds that out for its caller.
      this.#turn = { phase: 'free' };
      return;
    }
    this.#turn = { phase: 'probing', until: ms(now + PROBE_TIME), left: left - 1 };
    this.#parser.expect('AT');
    this.#write('AT\r', now);
  }

  #turnDeadline(): Ms | undefined {
    const turn = this.#turn;
    const isWaiting = this.#queue.length > 0 && this.#parser.mode === 'command';
    switch (turn.phase) {
      case 'free':
        return isWaiting ? this.#nextWriteAt : undefined;
      case 'outstanding':
        return this.commandDeadline;
      case 'probing':
        return isWaiting ? ms(Math.max(turn.until, this.#nextWriteAt)) : undefined;
      default:
        return isWaiting ? turn.until : undefined;
    }
  }

  #end(answer: Answer): void {
    if (this.#turn.phase === 'outstanding') {
      const { command } = this.#turn;
      this.#turn = { phase: 'free' };
      this.#answer(command, answer);
    } else if (this.#turn.phase !== 'free') {
      this.#turn = { phase: 'free' };
    }
  }

  /** V.250 5.5: after the end of an answer the module needs a moment before it reads again. */
  #pause(now: Ms): void {
    this.#nextWriteAt = ms(now + this.#options.gapMs);
  }

  #write(text: string, now: Ms): void {
    // A command that went unheard into a call is data as well: the guard time counts from it.
    this.#quietSince = ms(Math.max(this.#quietSince, now));
    this.#actions.push({ do: 'write', bytes: Buffer.from(text, 'latin1'), text });
  }

  #tell(event: DialogueEvent): void {
    this.#actions.push({ do: 'tell', event });
  }

  #answer(command: Command, answer: Answer): void {
    this.#actions.push({ do: 'answer', command, answer });
  }

  #take(): DialogueAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}
