/**
 * The machine between callers and the octets of one module: command lines and their answers, the call, data
 * state and the escape from it. No I/O and no timers: `(event, now)` in, actions out; `deadline` says when
 * to call `tick`.
 */
import { earliest, type Ms, ms } from '../base/units.ts';
import type { AtResponseEvent, FinalEvent } from '../wire/at/event.ts';
import { AtResponseParser, type AtResponseParserOptions } from '../wire/at/response.ts';
import type { Command } from './command.ts';
import { CommandTurns } from './command-turns.ts';
import { type DialogueAction, DialogueOutput } from './dialogue-action.ts';
import { EscapeAttempt } from './escape.ts';

export interface DialogueOptions extends AtResponseParserOptions {
  /** V.250 5.5: between the end of an answer and the next line. */
  readonly gapMs: Ms;
  /** S12: silence before and after `+++`. */
  readonly guardMs: Ms;
}

export class Dialogue {
  readonly #parser: AtResponseParser;
  readonly #output = new DialogueOutput();
  readonly #turns: CommandTurns;
  readonly #guardMs: Ms;
  #escape: EscapeAttempt | undefined;
  /** Between CONNECT and the end of the call, in data state or not. */
  #holdsCall = false;
  /** When the last octet that was written has left, as far as the bit rate tells. */
  #quietSince = ms(0);
  #isLost = false;

  constructor(options: DialogueOptions) {
    this.#guardMs = options.guardMs;
    this.#parser = new AtResponseParser(options);
    this.#turns = new CommandTurns(this.#parser, this.#output, options.gapMs);
  }

  get mode(): 'command' | 'data' {
    return this.#parser.mode;
  }

  get isLost(): boolean {
    return this.#isLost;
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
    return this.#turns.outstanding !== undefined && this.#parser.pending?.placesCall === true;
  }

  /** When the outstanding command is given up; undefined when none is outstanding. */
  get commandDeadline(): Ms | undefined {
    return this.#turns.commandDeadline;
  }

  /** When the next command line may be written at the earliest. */
  get nextWriteAt(): Ms {
    return ms(Math.max(this.#turns.nextWriteAt, this.#escape?.quietUntil ?? 0));
  }

  get deadline(): Ms | undefined {
    return earliest(this.#parser.deadline, this.#escape?.deadline, this.#turns.deadline);
  }

  /** Asks; the answer comes as an action. */
  submit(command: Command, now: Ms): DialogueAction[] {
    if (this.#isLost) {
      this.#output.answer(command, { outcome: 'port-lost' });
    } else if (this.#parser.mode === 'data' || !this.#turns.submit(command)) {
      this.#output.answer(command, { outcome: 'in-call' });
    }
    this.#turns.expire(now);
    return this.#proceed(now);
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
    return this.#proceed(now);
  }

  tick(now: Ms): DialogueAction[] {
    for (const event of this.#parser.tick(now)) {
      this.#hear(event, now);
    }
    this.#expire(now);
    return this.#proceed(now);
  }

  /** The call is over: DCD fell (V.24 circuit 109), or this side gives it up whatever the module thinks. */
  endCall(now: Ms): DialogueAction[] {
    if (this.#parser.mode === 'data') {
      for (const event of this.#parser.endCall(now)) {
        this.#hear(event, now);
      }
    } else if (this.#holdsCall) {
      this.#parser.carrierEnded(now);
      this.#carrierLost(now);
    }
    return this.#proceed(now);
  }

  /** A call that was there before this dialogue began: in data state, or held in command state. */
  takeOverCall(state: 'command' | 'data'): void {
    this.#holdsCall = true;
    if (state === 'data') {
      this.#parser.enterData();
    }
  }

  /** Data was written; `bitRate` tells how long it is on its way. */
  dataWritten(octets: number, bitRate: number, now: Ms): void {
    // 8N1: ten bits an octet.
    this.#quietSince = ms(Math.max(this.#quietSince, now) + (octets * 10_000) / bitRate);
  }

  /** Goes to online command state; the end is an event: escaped, carrierLost, or a timeout of `+++`. */
  escape(now: Ms): DialogueAction[] {
    if (this.#parser.mode === 'data' && this.#escape === undefined) {
      this.#escape = new EscapeAttempt(this.#quietSince, this.#guardMs, now);
      this.#expire(now);
    }
    return this.#proceed(now);
  }

  /** `+++` was written before this dialogue began: only its answer is awaited. */
  awaitEscape(now: Ms): void {
    this.#escape = EscapeAttempt.alreadyWritten(this.#guardMs, now);
    this.#parser.awaitEscape(true);
  }

  /** Aborts a dial that is outstanding (V.250 5.6.1); anything else runs to its end. */
  abortDial(now: Ms): DialogueAction[] {
    if (this.isDialling) {
      this.#turns.abort(now);
    }
    return this.#proceed(now);
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
  portLost(now: Ms): DialogueAction[] {
    if (!this.#isLost) {
      this.#isLost = true;
      this.#escape = undefined;
      this.#holdsCall = false;
      for (const event of this.#parser.endCall(now)) {
        if (event.type === 'data') {
          this.#output.tell(event);
        }
      }
      this.#output.tell({ type: 'portLost' });
      this.#turns.endAll({ outcome: 'port-lost' });
    }
    return this.#output.take();
  }

  #hear(event: AtResponseEvent, now: Ms): void {
    switch (event.type) {
      case 'info':
        if (this.#turns.heardInformation(event.line)) {
          this.#output.tell(event);
        }
        return;
      case 'final':
        this.#hearFinal(event, now);
        return;
      case 'octets':
        this.#turns.heardOctets(event.bytes);
        this.#output.tell(event);
        return;
      case 'prompt':
        this.#output.tell(event);
        this.#turns.heardPrompt();
        return;
      case 'connect':
        this.#holdsCall = true;
        this.#output.tell(event);
        this.#turns.end({ outcome: 'connect', text: event.text });
        this.#turns.endAll({ outcome: 'in-call' });
        return;
      case 'stale':
        this.#output.tell(event);
        this.#turns.heardStale(now);
        this.#turns.advance(now);
        return;
      case 'escaped':
        this.#escape = undefined;
        this.#turns.pause(now);
        this.#output.tell(event);
        return;
      case 'carrierLost':
        this.#carrierLost(now);
        return;
      case 'modemReset':
        this.#holdsCall = false;
        this.#escape = undefined;
        this.#turns.pause(now);
        this.#output.tell(event);
        this.#turns.end({ outcome: 'reset' });
        return;
      case 'urc':
        if (event.line.trim() === 'NO CARRIER' && this.#holdsCall) {
          this.#carrierLost(now);
        } else {
          this.#output.tell(event);
        }
        return;
      default:
        this.#output.tell(event);
    }
  }

  #hearFinal(event: FinalEvent, now: Ms): void {
    const isHangUp = /^ATH/i.test(this.#turns.outstanding?.line ?? '');
    if (event.result === 'OK' ? isHangUp : event.reason === 'NO CARRIER') {
      this.#holdsCall = false;
    }
    this.#turns.heardFinal(event, now);
    // At once: the rest of the same read may be the answer to the next line.
    this.#turns.advance(now);
  }

  #carrierLost(now: Ms): void {
    this.#holdsCall = false;
    this.#escape = undefined;
    this.#turns.pause(now);
    this.#output.tell({ type: 'carrierLost' });
  }

  /** What time alone changes. */
  #expire(now: Ms): void {
    const due = this.#escape?.due(now);
    if (due === 'write') {
      this.#parser.awaitEscape(true);
      this.#output.write('+++');
    } else if (due === 'failed') {
      this.#escape = undefined;
      this.#parser.awaitEscape(false);
      this.#output.tell({ type: 'timeout', command: '+++', partialLines: [], rawTail: '' });
    }
    this.#turns.expire(now);
  }

  #proceed(now: Ms): DialogueAction[] {
    this.#turns.advance(now);
    const actions = this.#output.take();
    if (actions.some((action) => action.do === 'write')) {
      // A command that went unheard into a call is data as well: the guard time counts from it.
      this.#quietSince = ms(Math.max(this.#quietSince, now));
    }
    return actions;
  }
}
