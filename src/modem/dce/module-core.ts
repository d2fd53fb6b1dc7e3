/**
 * The module itself: its settings, SIM, registration and call, what commands do with them, and how results
 * are reported. What the DTE types is read in `command-state.ts`; events are sorted in `v250-server.ts`.
 */
import { earliest, type Ms } from '../../base/units.ts';
import type { ModuleProfile } from '../module-profile.ts';
import { type Answer, done, ended, PENDING, REFUSED } from './answer.ts';
import { type AttemptEnd, CallControl } from './call-control.ts';
import { Circuits } from './circuits.ts';
import { registrationChanged } from './commands/registration-reports.ts';
import type { DceAction } from './dialogue.ts';
import { Inactivity } from './inactivity.ts';
import type { CallEndCause, CallState, ModuleContext, Sim } from './module-context.ts';
import { OnlineData } from './online-data.ts';
import { Output } from './output.ts';
import type { Authentication, PacketContext } from './packet-context.ts';
import { isService, type RadioView, Registration } from './registration.ts';
import { asAllowed, connectText, listensForDialTone, report } from './reporting.ts';
import { Settings, type StoredProfiles } from './settings.ts';
import { SocketService } from './sockets/socket-service.ts';
import type { StackView } from './sockets/stack-event.ts';
import { Unsolicited } from './unsolicited.ts';

export interface ModuleOptions {
  readonly profile: ModuleProfile;
  readonly radio: RadioView;
  readonly now: Ms;
  /** Default: ready, PIN 1234. */
  readonly sim?: Sim;
  /** Whether the exchange gives dial tone; a packet network always does. */
  readonly hasDialTone?: boolean;
  /** The non-volatile memory of `AT&W`; default: factory settings. */
  readonly stored?: StoredProfiles;
  /** The TCP/IP stack of a module that has one. */
  readonly stack?: StackView;
}

const NO_STACK: StackView = { acknowledgedBytes: () => 0 };

export class ModuleCore implements ModuleContext {
  readonly profile: ModuleProfile;
  readonly settings: Settings;
  readonly stored: StoredProfiles;
  readonly sim: Sim;
  readonly contexts = new Map<number, PacketContext>();
  readonly authentications = new Map<number, Authentication>();
  readonly sockets: SocketService | undefined;
  readonly registration: Registration;
  now: Ms;
  functionality = 1;
  lineSpeed: number | 'auto';
  messagesSent = 0;
  clockOffsetMs: number | undefined;

  readonly output: Output;
  readonly call: CallControl;
  readonly data: OnlineData;
  /** A `>` prompt is open: 27.005 §3.5.1 wants circuit 109 on then. */
  isAskingForText = false;

  readonly #radio: RadioView;
  readonly #hasDialTone: boolean;
  readonly #unsolicited = new Unsolicited();
  readonly #circuits: Circuits;
  readonly #inactivity: Inactivity;
  #afterResult: DceAction[] = [];
  #isDeregistered = false;
  #registrationStatus: number;

  constructor(options: ModuleOptions) {
    const { profile, radio, now } = options;
    this.profile = profile;
    this.now = now;
    this.stored = options.stored ?? [Settings.factory(profile), Settings.factory(profile)];
    this.settings = new Settings(this.stored[0]);
    this.sim = options.sim ?? { state: 'ready', pin: '1234', puk: '12345678', pinTries: 3 };
    this.lineSpeed = profile.line.autobaud.length > 0 ? 'auto' : profile.line.baudRate;
    this.output = new Output(this.settings);
    this.data = new OnlineData(this.settings, this.output);
    this.call = new CallControl({
      settings: this.settings,
      connectMs: profile.pace.connectMs,
      act: (action) => this.act(action),
    });
    this.registration = new Registration(radio, profile.pace.registrationMs);
    this.sockets = profile.sockets === undefined ? undefined : this.#socketService(options.stack ?? NO_STACK);
    this.#radio = radio;
    this.#hasDialTone = options.hasDialTone ?? true;
    this.#inactivity = new Inactivity(now);
    this.#circuits = new Circuits(this.settings, profile.family === 'is-707');
    this.updateRegistration();
    this.#registrationStatus = this.registration.status(now);
  }

  get deadline(): Ms | undefined {
    return earliest(
      this.call.deadline,
      this.data.deadline,
      this.#circuits.deadline(this.now),
      this.registration.deadline(this.now),
      this.#inactiveAt,
      this.sockets?.deadline,
    );
  }

  #socketService(stack: StackView): SocketService {
    return new SocketService({
      contexts: this.contexts,
      authentications: this.authentications,
      stack,
      now: () => this.now,
      hasService: () => isService(this.registration.coverage(this.now)),
      // 27.007 §10.2.1.1: the same call as by hand; cdma2000 has one packet number.
      numberOf: (context) =>
        this.profile.family === '3gpp' ? `*99***${context}#` : this.profile.dial.number,
      order: (order) => this.act({ type: 'stack', order }),
      unsolicited: (line) => this.unsolicited(line),
      tellOctets: (text, octets) => this.output.counted(text, octets),
      report: (answer) => this.report(answer),
    });
  }

  get #inactiveAt(): Ms | undefined {
    return this.call.state === 'connected'
      ? this.#inactivity.deadline(
          this.data.isActive ? 'data' : 'command',
          this.settings.register(30),
          this.profile.family === 'is-707' ? this.settings.number('+CQD', 10) : 0,
        )
      : undefined;
  }

  get callState(): CallState {
    return this.call.state;
  }

  get callNumber(): string | undefined {
    return this.call.number;
  }

  get callAddress(): string | undefined {
    return this.call.address;
  }

  get lastCause(): CallEndCause {
    return this.call.lastCause;
  }

  get networkTime(): Date | undefined {
    return this.functionality === 1 ? this.#radio.networkTime : undefined;
  }

  act(action: DceAction): void {
    this.output.act(action);
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

  // Calls.

  dial(text: string, isVoice: boolean): Answer {
    if (this.call.state === 'connected') {
      return REFUSED;
    }
    if (!this.#hasDialTone && (listensForDialTone(this.settings) || /w/i.test(text))) {
      return ended(asAllowed('NO DIALTONE', this.settings));
    }
    if (!isService(this.registration.coverage(this.now))) {
      this.call.lastCause = 'no service';
      return ended('NO CARRIER');
    }
    if (isVoice) {
      return this.call.dialVoice(text) ? done() : REFUSED;
    }
    const result = this.call.dial(text, this.now);
    return result === 'pending' ? PENDING : ended(result);
  }

  answerCall(): Answer {
    if (!this.call.answer(this.now)) {
      return ended('NO CARRIER');
    }
    this.#stopRinging();
    return PENDING;
  }

  resumeCall(): Answer {
    const { bitRate } = this.call;
    if (bitRate === undefined) {
      return ended('NO CARRIER');
    }
    this.data.enter(this.now);
    return ended('CONNECT', connectText(bitRate, this.settings));
  }

  hangUp(): void {
    if (this.call.abandon()) {
      this.callEnded();
    }
    this.#stopRinging();
  }

  /** One ring is told; answering is another matter. @returns false when the module is busy with another call */
  ring(caller: string | undefined): boolean {
    if (!this.call.ring(this.now)) {
      return false;
    }
    this.#circuits.ring(this.now);
    this.#unsolicited.postRing(this.settings, caller);
    return true;
  }

  attemptEnded(end: AttemptEnd | undefined): void {
    if (end === undefined) {
      return;
    }
    if ('failed' in end) {
      this.report(ended(asAllowed(end.failed, this.settings)));
    } else {
      this.data.enter(this.now);
      this.report(ended('CONNECT', connectText(end.bitRate, this.settings)));
    }
  }

  /** A connected call is over, whoever ended it: circuit 109 falls before anything is said of it. */
  callEnded(): void {
    this.data.end();
    this.#circuits.callEnded(this.now);
    this.driveCircuits();
  }

  #stopRinging(): void {
    this.#unsolicited.forgetRinging();
    this.#circuits.stopRinging();
  }

  /** Octets passed between the DTE and the module, or the call. */
  somethingHappened(): void {
    this.#inactivity.happened(this.now);
  }

  /** @returns whether the call has ended because nothing happened on it */
  expireInactivity(): boolean {
    const isOver = this.#inactiveAt !== undefined && this.now >= this.#inactiveAt;
    if (isOver) {
      this.hangUp();
    }
    return isOver;
  }

  // The radio.

  setFunctionality(level: number): void {
    const wasOn = this.functionality === 1;
    this.functionality = level;
    if (wasOn !== (level === 1)) {
      if (wasOn) {
        this.hangUp();
      }
      this.act({ type: 'radio', isOn: level === 1 });
    }
    this.updateRegistration();
  }

  setDeregistered(isDeregistered: boolean): void {
    this.#isDeregistered = isDeregistered;
    this.updateRegistration();
  }

  simChanged(): void {
    this.updateRegistration();
  }

  /** To be called when coverage may have changed. */
  updateRegistration(): void {
    const needsSim = this.profile.family === '3gpp';
    this.registration.isAllowed =
      this.functionality === 1 && !this.#isDeregistered && (!needsSim || this.sim.state === 'ready');
    this.registration.update(this.now);
  }

  // The line.

  setLineSpeed(speed: number | 'auto'): void {
    this.lineSpeed = speed;
    this.actAfterResult({ type: 'speed', baudRate: speed });
  }

  /** Says how a command line, or a call, ended. */
  report(answer: Answer): void {
    // Circuits first: who sees CONNECT or OK may ask for them at once.
    this.driveCircuits();
    report(answer, this.output, this.settings);
  }

  /** What follows every step. @param isFree whether unsolicited lines may be said now */
  settle(isFree: boolean): void {
    this.#registrationStatus = registrationChanged(this, this.#registrationStatus);
    this.driveCircuits();
    for (const action of this.#afterResult.splice(0)) {
      this.act(action);
    }
    this.data.flush();
    if (isFree) {
      this.#unsolicited.flush(this.output);
    }
  }

  driveCircuits(): void {
    const hasCarrier = this.call.state === 'connected' || this.isAskingForText;
    const signals = this.#circuits.changed(hasCarrier, this.now);
    if (signals !== undefined) {
      this.act({ type: 'signals', signals });
    }
  }
}
