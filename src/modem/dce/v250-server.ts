/**
 * The emulated module as a machine: events in, actions and the next deadline out; no timers, no I/O.
 * Here are the states of ITU-T V.250 §5 (command, online command, online data) and the passage between them;
 * reading lines, executing them, calls, circuits and the escape sequence have files of their own.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';
import { CommandLineReader } from '../../wire/at/command-line-reader.ts';
import type { ResultCode } from '../../wire/at/result-code.ts';
import type { ModuleProfile } from '../module-profile.ts';
import { type Answer, done, ended, errorText, PENDING, REFUSED } from './answer.ts';
import { type AttemptEnd, CallControl } from './call-control.ts';
import { Circuits } from './circuits.ts';
import type { CommandSet } from './command-set.ts';
import { commandSetOf } from './commands/families.ts';
import { registrationChanged } from './commands/registration-reports.ts';
import type { DceAction, DceEvent } from './dialogue.ts';
import { EscapeDetector } from './escape.ts';
import { executeLine } from './line-execution.ts';
import type { CallEndCause, CallState, ModuleContext, PacketContext, Sim } from './module-context.ts';
import { Output } from './output.ts';
import { isService, type RadioView, Registration } from './registration.ts';
import { Settings, type StoredProfiles } from './settings.ts';
import { TextEntry } from './text-entry.ts';
import { Unsolicited } from './unsolicited.ts';

/** V.250 §5.6.1: until then after the terminator, characters do not abort a command. */
const ABORT_IMMUNITY = ms(125);
/** V.250 §5.5: after so long a silence a line that was begun counts as not properly terminated. */
const UNFINISHED_LINE_LAPSE = seconds(30);
/** What a DTE sends while a line is being executed; a DTE that does not wait is not promised more. */
const MAX_TYPE_AHEAD = 4096;
/** Octets of the call that wait while the module is in online command state; beyond that they are lost. */
const MAX_DOWNLINK_WAITING = 64 * 1024;

const LINE_FEED = 0x0a;

export interface V250ServerOptions {
  readonly profile: ModuleProfile;
  readonly radio: RadioView;
  readonly now: Ms;
  /** Default: ready, PIN 0000. */
  readonly sim?: Sim;
  /** Whether the exchange gives dial tone; a packet network always does. */
  readonly hasDialTone?: boolean;
  /** The non-volatile memory of `AT&W`; default: factory settings. */
  readonly stored?: StoredProfiles;
}

interface Execution {
  readonly at: Ms;
  /** Undefined: the line was too long. */
  readonly body: string | undefined;
}

export class V250Server implements ModuleContext {
  readonly profile: ModuleProfile;
  readonly settings: Settings;
  readonly stored: StoredProfiles;
  readonly sim: Sim;
  readonly contexts = new Map<number, PacketContext>();
  readonly authentications = new Map<number, { readonly type: number; readonly user: string }>();
  readonly registration: Registration;
  now: Ms;
  functionality = 1;
  lineSpeed: number | 'auto';
  messagesSent = 0;
  clockOffsetMs: number | undefined;

  readonly #radio: RadioView;
  readonly #commands: CommandSet;
  readonly #hasDialTone: boolean;
  readonly #output: Output;
  readonly #unsolicited = new Unsolicited();
  readonly #circuits: Circuits;
  readonly #call: CallControl;
  readonly #reader = new CommandLineReader();
  readonly #escape: EscapeDetector;
  #mode: 'command' | 'data' = 'command';
  #textEntry: TextEntry | undefined;
  #execution: Execution | undefined;
  #typeAhead: Uint8Array[] = [];
  #typeAheadLength = 0;
  #afterResult: DceAction[] = [];
  #downlink: Uint8Array[] = [];
  #downlinkLength = 0;
  #lastCharacterAt: Ms;
  #lineEndedAt: Ms;
  #isTerminalReady = true;
  #isDeregistered = false;
  #registrationStatus: number;

  constructor(options: V250ServerOptions) {
    const { profile, radio, now } = options;
    this.profile = profile;
    this.now = now;
    this.stored = options.stored ?? [Settings.factory(profile), Settings.factory(profile)];
    this.settings = new Settings(this.stored[0]);
    this.sim = options.sim ?? { state: 'ready', pin: '0000', puk: '12345678', pinTries: 3 };
    this.lineSpeed = profile.line.autobaud.length > 0 ? 'auto' : profile.line.baudRate;
    this.#radio = radio;
    this.#commands = commandSetOf(profile.family);
    this.#hasDialTone = options.hasDialTone ?? true;
    this.#output = new Output(this.settings);
    this.#escape = new EscapeDetector(this.settings);
    this.#circuits = new Circuits(this.settings, profile.family === 'is-707');
    this.registration = new Registration(radio, profile.pace.registrationMs);
    this.#call = new CallControl({
      settings: this.settings,
      connectMs: profile.pace.connectMs,
      act: (action) => this.act(action),
    });
    this.#lastCharacterAt = now;
    this.#lineEndedAt = now;
    this.#updateRegistration();
    this.#registrationStatus = this.registration.status(now);
  }

  /** Takes one event; what is overdue is done first. Time must not run backwards. */
  step(event: DceEvent, now: Ms): readonly DceAction[] {
    this.now = now;
    this.#expire();
    this.#take(event);
    this.#settle();
    return this.#output.take();
  }

  /** When `step({ type: 'time' })` has something to do. */
  get deadline(): Ms | undefined {
    const deadlines = [
      this.#execution?.at,
      this.#call.deadline,
      this.#mode === 'data' ? this.#escape.deadline : undefined,
      this.#circuits.deadline(this.now),
      this.registration.deadline(this.now),
      this.#reader.isInsideLine ? this.#lineLapsesAt : undefined,
    ].filter((deadline) => deadline !== undefined);
    return deadlines.length === 0 ? undefined : ms(Math.min(...deadlines));
  }

  /** Online data state, or command state (with a call: online command state). */
  get mode(): 'command' | 'data' {
    return this.#mode;
  }

  get callState(): CallState {
    return this.#call.state;
  }

  get lastCause(): CallEndCause {
    return this.#call.lastCause;
  }

  get networkTime(): Date | undefined {
    return this.functionality === 1 ? this.#radio.networkTime : undefined;
  }

  /** Whether a line is complete and its results are not all out. */
  get isExecuting(): boolean {
    return this.#execution !== undefined || this.#call.isPending || this.#textEntry !== undefined;
  }

  // What commands do with the module.

  act(action: DceAction): void {
    this.#output.act(action);
  }

  actAfterResult(action: DceAction): void {
    this.#afterResult.push(action);
  }

  unsolicited(line: string): void {
    this.#unsolicited.post({ line });
  }

  unsolicitedNoCarrier(): void {
    this.#unsolicited.post({ code: 'NO CARRIER' });
  }

  dial(text: string, isVoice: boolean): Answer {
    if (this.#call.state === 'connected') {
      return REFUSED;
    }
    if (!this.#hasDialTone && (this.#reportsDialTone || /w/i.test(text))) {
      return ended(this.#reported('NO DIALTONE'));
    }
    if (!isService(this.registration.coverage(this.now))) {
      this.#call.lastCause = 'no service';
      return ended('NO CARRIER');
    }
    if (isVoice) {
      return this.#call.dialVoice(text) ? done() : REFUSED;
    }
    const result = this.#call.dial(text, this.now);
    return result === 'pending' ? PENDING : ended(result);
  }

  answerCall(): Answer {
    if (!this.#call.answer(this.now)) {
      return ended('NO CARRIER');
    }
    this.#unsolicited.forgetRinging();
    this.#circuits.stopRinging();
    return PENDING;
  }

  resumeCall(): Answer {
    const { bitRate } = this.#call;
    if (bitRate === undefined) {
      return ended('NO CARRIER');
    }
    this.#enterData();
    return ended('CONNECT', this.#connectText(bitRate));
  }

  hangUp(): void {
    if (this.#call.abandon()) {
      this.#callEnded();
    }
    this.#unsolicited.forgetRinging();
    this.#circuits.stopRinging();
  }

  setFunctionality(level: number): void {
    const wasOn = this.functionality === 1;
    this.functionality = level;
    if (wasOn !== (level === 1)) {
      if (wasOn) {
        this.hangUp();
      }
      this.act({ type: 'radio', isOn: level === 1 });
    }
    this.#updateRegistration();
  }

  setDeregistered(isDeregistered: boolean): void {
    this.#isDeregistered = isDeregistered;
    this.#updateRegistration();
  }

  simChanged(): void {
    this.#updateRegistration();
  }

  setLineSpeed(speed: number | 'auto'): void {
    this.lineSpeed = speed;
    this.actAfterResult({ type: 'speed', baudRate: speed });
  }

  // Events.

  #take(event: DceEvent): void {
    switch (event.type) {
      case 'dte':
        this.#receive(event.bytes);
        break;
      case 'time':
        break;
      case 'terminal-ready':
        this.#terminalReady(event.isOn);
        break;
      case 'coverage':
        this.#updateRegistration();
        break;
      case 'ring':
        this.#ring(event.caller);
        break;
      case 'connected':
        this.#attemptEnded(this.#call.connected(event.bitRate, this.now));
        break;
      case 'not-connected':
        this.#attemptEnded(this.#call.failed(event.reason));
        break;
      case 'call-data':
        this.#receiveFromCall(event.bytes);
        break;
      case 'call-closed':
        this.#callClosed();
        break;
      case 'unsolicited':
        this.unsolicited(event.line);
        break;
    }
  }

  #expire(): void {
    this.#attemptEnded(this.#call.expire(this.now));
    const escapesAt = this.#escape.deadline;
    if (this.#mode === 'data' && escapesAt !== undefined && this.now >= escapesAt) {
      const held = this.#escape.expire();
      if (held === 'escape') {
        this.#escaped();
      } else {
        this.act({ type: 'to-call', bytes: held });
      }
    }
    if (this.#reader.isInsideLine && this.now >= this.#lineLapsesAt) {
      this.#reader.reset();
    }
    if (this.#execution !== undefined && this.now >= this.#execution.at) {
      this.#execute(this.#execution);
    }
  }

  /** What follows every step: reports that have become possible, octets that may pass, circuits. */
  #settle(): void {
    this.#registrationStatus = registrationChanged(this, this.#registrationStatus);
    this.#driveCircuits();
    for (const action of this.#afterResult.splice(0)) {
      this.act(action);
    }
    if (this.#mode === 'data') {
      for (const bytes of this.#downlink.splice(0)) {
        this.#output.data(bytes);
      }
      this.#downlinkLength = 0;
    } else if (!this.isExecuting && !this.#reader.isInsideLine) {
      this.#unsolicited.flush(this.#output);
    }
  }

  // What the DTE sends.

  #receive(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      if (this.#execution !== undefined) {
        this.#keepForLater(bytes.subarray(from));
        return;
      }
      if (this.#mode === 'data') {
        from += this.#receiveData(bytes.subarray(from));
      } else {
        this.#receiveCharacter(bytes[from] ?? 0);
        from += 1;
      }
    }
  }

  /** @returns how many octets were data */
  #receiveData(bytes: Uint8Array): number {
    const { data, commandsFrom } = this.#escape.push(bytes, this.now);
    for (const part of data) {
      this.act({ type: 'to-call', bytes: part });
    }
    if (commandsFrom !== undefined) {
      this.#escaped();
    }
    return commandsFrom ?? bytes.length;
  }

  #receiveCharacter(octet: number): void {
    if (this.#call.isPending) {
      this.#abortCall();
      return;
    }
    if (this.#textEntry !== undefined) {
      this.#receiveText(octet, this.#textEntry);
      return;
    }
    this.#lastCharacterAt = this.now;
    const reading = this.#reader.push(octet, {
      terminator: this.settings.register(3),
      editing: this.settings.register(5),
    });
    if (reading !== 'outside' || this.#commands.echoesOutsideLines) {
      this.#output.echo(octet);
    }
    if (typeof reading !== 'string') {
      this.#lineEndedAt = this.now;
      const execution = {
        at: ms(this.now + this.profile.pace.answerMs),
        body: reading.line === 'body' ? reading.body : undefined,
      };
      if (execution.at <= this.now) {
        this.#execute(execution);
      } else {
        this.#execution = execution;
      }
    }
  }

  #keepForLater(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, MAX_TYPE_AHEAD - this.#typeAheadLength);
    if (kept.length > 0) {
      this.#typeAhead.push(kept);
      this.#typeAheadLength += kept.length;
    }
  }

  #execute({ body }: Execution): void {
    this.#execution = undefined;
    this.#answer(body === undefined ? REFUSED : executeLine(body, this, this.#commands, this.#output));
    const typeAhead = this.#typeAhead;
    this.#typeAhead = [];
    this.#typeAheadLength = 0;
    for (const bytes of typeAhead) {
      this.#receive(bytes);
    }
  }

  /** Reports what the last command of a line gave, unless that comes later. */
  #answer(answer: Answer): void {
    // Circuits first: who sees CONNECT or OK may ask for them at once.
    this.#driveCircuits();
    switch (answer.outcome) {
      case 'done':
        this.#output.result('OK', '');
        break;
      case 'ended':
        this.#output.result(answer.code, answer.text);
        break;
      case 'refused': {
        const text = errorText(answer.error, this.settings.number('+CMEE'));
        if (text === undefined) {
          this.#output.result('ERROR', '');
        } else {
          this.#output.extendedResult(text, 'result');
        }
        break;
      }
      case 'prompt':
        this.#textEntry = new TextEntry(answer.finish);
        this.#output.prompt();
        break;
      case 'pending':
        break;
    }
  }

  #receiveText(octet: number, entry: TextEntry): void {
    // A LF right behind the CR of the command belongs to the command, not to the text.
    if (octet === LINE_FEED && entry.isEmpty && this.now - this.#lineEndedAt <= ABORT_IMMUNITY) {
      return;
    }
    this.#output.echo(octet);
    const answer = entry.push(octet, this.settings.register(5));
    if (answer !== undefined) {
      this.#textEntry = undefined;
      for (const line of answer.outcome === 'done' ? answer.information : []) {
        this.#output.information(line);
      }
      this.#answer(answer);
    }
  }

  get #lineLapsesAt(): Ms {
    return ms(this.#lastCharacterAt + UNFINISHED_LINE_LAPSE);
  }

  // Calls.

  /** V.250 §5.6.1: a character aborts, and is not the first of the next line. */
  #abortCall(): void {
    if (this.now - this.#lineEndedAt > ABORT_IMMUNITY) {
      this.#call.abandon();
      this.#answer(ended('NO CARRIER'));
    }
  }

  #attemptEnded(end: AttemptEnd | undefined): void {
    if (end === undefined) {
      return;
    }
    if ('failed' in end) {
      this.#answer(ended(this.#reported(end.failed)));
    } else {
      this.#enterData();
      this.#answer(ended('CONNECT', this.#connectText(end.bitRate)));
    }
  }

  #enterData(): void {
    this.#mode = 'data';
    this.#reader.reset();
    this.#escape.start(this.now);
  }

  #escaped(): void {
    this.#mode = 'command';
    this.#answer(done());
  }

  #receiveFromCall(bytes: Uint8Array): void {
    if (this.#mode === 'data' && this.#downlink.length === 0) {
      this.#output.data(bytes);
    } else if (this.#downlinkLength + bytes.length <= MAX_DOWNLINK_WAITING) {
      this.#downlink.push(bytes);
      this.#downlinkLength += bytes.length;
    }
  }

  #callClosed(): void {
    const { state } = this.#call;
    if (this.#call.isPending) {
      this.#attemptEnded(this.#call.failed('no-carrier'));
    } else if (state === 'connected' || state === 'voice') {
      this.#call.closed();
      const wasInData = this.#mode === 'data';
      this.#callEnded();
      if (wasInData) {
        this.#answer(ended('NO CARRIER'));
      } else {
        this.#unsolicited.post({ code: 'NO CARRIER' });
      }
    }
  }

  /** A connected call is over, whoever ended it: circuit 109 falls before anything is said of it. */
  #callEnded(): void {
    this.#mode = 'command';
    this.#downlink = [];
    this.#downlinkLength = 0;
    this.#circuits.callEnded(this.now);
    this.#driveCircuits();
  }

  #ring(caller: string | undefined): void {
    if (!this.#call.ring(this.now)) {
      return;
    }
    this.#circuits.ring(this.now);
    if (this.settings.number('+CRC') === 1) {
      this.#unsolicited.post({ line: '+CRING: GPRS "PPP"', isAboutRinging: true });
    } else {
      this.#unsolicited.post({ code: 'RING' });
    }
    if (this.settings.number('+CLIP') === 1) {
      const line = caller === undefined ? '+CLIP: "",128,,,,1' : `+CLIP: "${caller}",129`;
      this.#unsolicited.post({ line, isAboutRinging: true });
    }
    const autoAnswerAfter = this.settings.register(0);
    if (autoAnswerAfter > 0 && this.settings.register(1) >= autoAnswerAfter && this.#mayAnswerByItself) {
      this.#settle();
      this.#lineEndedAt = this.now;
      this.#answer(this.answerCall());
    }
  }

  /** V.250 §6.2.9: with `&D1` and `&D2`, not while circuit 108/2 is off. */
  get #mayAnswerByItself(): boolean {
    return !this.isExecuting && (this.#isTerminalReady || this.settings.get('&D') === 0);
  }

  #terminalReady(isOn: boolean): void {
    const wasOn = this.#isTerminalReady;
    this.#isTerminalReady = isOn;
    if (isOn || !wasOn || this.settings.get('&D') === 0) {
      return;
    }
    this.#reader.reset();
    if (this.settings.get('&D') === 1) {
      if (this.#mode === 'data') {
        this.#escaped();
      }
      return;
    }
    this.#textEntry = undefined;
    const hadCall = this.#call.isPending || this.#call.state === 'connected';
    this.hangUp();
    if (hadCall) {
      this.#answer(ended('NO CARRIER'));
    }
  }

  // V.250 §6.2.7: what X lets the module tell.

  get #reportsDialTone(): boolean {
    const level = this.settings.get('X');
    return level === 2 || level === 4;
  }

  #reported(code: ResultCode): ResultCode {
    const isHidden =
      (code === 'BUSY' && this.settings.get('X') < 3) || (code === 'NO DIALTONE' && !this.#reportsDialTone);
    return isHidden ? 'NO CARRIER' : code;
  }

  #connectText(bitRate: number): string {
    return this.settings.get('X') === 0 ? '' : String(bitRate);
  }

  #driveCircuits(): void {
    const hasCarrier = this.#call.state === 'connected' || this.#textEntry !== undefined;
    const signals = this.#circuits.changed(hasCarrier, this.now);
    if (signals !== undefined) {
      this.act({ type: 'signals', signals });
    }
  }

  #updateRegistration(): void {
    const needsSim = this.profile.family === '3gpp';
    this.registration.isAllowed =
      this.functionality === 1 && !this.#isDeregistered && (!needsSim || this.sim.state === 'ready');
    this.registration.update(this.now);
  }
}
