/**
 * The driver of one module on one line, as callers use it: start, look at the radio, dial, hang up.
 * What happens in which order is in the procedures; this holds them together with the line.
 */

import { EventEmitter } from 'node:events';
import { pause } from '../base/pause.ts';
import { type Random, seededRandom } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { BOOT_MESSAGES } from '../wire/at/unsolicited.ts';
import { type CallLine, ModemCall } from './call.ts';
import { Conversation } from './conversation.ts';
import { dial } from './dial.ts';
import type { DialogueEvent } from './dialogue-action.ts';
import { hangUp } from './hang-up.ts';
import type { PacketAccess } from './initialise.ts';
import { CallLostError, ModemError } from './modem-error.ts';
import type { ModuleProfile } from './module-profile.ts';
import { readNetworkClock } from './network-clock.ts';
import { escapeCall, resumeCall } from './online-command.ts';
import { insist, type Procedure, portLost } from './procedure.ts';
import type { ModuleIdentity } from './profiles.ts';
import { DEFAULT_REDIAL_POLICY, Redial, type RedialPolicy } from './redial.ts';
import { type RadioReport, readRadio, waitForService } from './registration.ts';
import { start } from './start.ts';

/** S12 counts in fiftieths of a second (V.250 and Hayes practice); 50 of them where a profile says nothing. */
const GUARD_UNIT_MS = 20;
const DEFAULT_GUARD = 50;

export interface ModemOptions {
  /** Spreads redials; without it every modem of a process spreads them alike. */
  readonly random?: Random;
  readonly trace?: Trace;
  /** For 3GPP modules: the packet network's name, user and password. */
  readonly access?: PacketAccess;
  /** `start` takes whatever module there is and does not set it up: to find out which it is. */
  readonly acceptsAnyModule?: boolean;
}

export interface ModemEvents {
  /** An unsolicited result code; `payload` is its second line where it has one. */
  unsolicited: [line: string, payload?: string];
  /** The module started anew by itself: its settings are gone, the next dial sets it up again. */
  reset: [];
  /** The line is closed: nothing comes of this module any more. */
  lost: [cause: ModemError];
}

export class Modem extends EventEmitter<ModemEvents> {
  readonly profile: ModuleProfile;
  readonly #line: DteLine;
  readonly #options: ModemOptions;
  readonly #conversation: Conversation;
  #identity: ModuleIdentity | undefined;
  #isReady = false;
  #call: ModemCall | undefined;
  #isHangingUp = false;
  #expectsConnect = false;

  constructor(line: DteLine, profile: ModuleProfile, options: ModemOptions = {}) {
    super();
    this.profile = profile;
    this.#line = line;
    this.#options = options;
    const [bootMessage] = profile.bootMessages;
    this.#conversation = new Conversation(line, {
      gapMs: ms(profile.line.gapMs),
      guardMs: ms((profile.factory.registers['12'] ?? DEFAULT_GUARD) * GUARD_UNIT_MS),
      bootMessages: bootMessage === undefined ? BOOT_MESSAGES : [...new Set([bootMessage, ...BOOT_MESSAGES])],
      trace: options.trace,
      onData: (bytes) => this.#call?.received(bytes),
      onEvent: (event) => this.#hear(event),
      onDrain: () => this.#call?.lineDrained(),
    });
  }

  /** Who the module said it is; undefined before `start`. */
  get identity(): ModuleIdentity | undefined {
    return this.#identity;
  }

  /** Whether the module is started and has not started anew since. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The last lines of the dialogue, without secrets. */
  get evidence(): readonly string[] {
    return this.#conversation.evidence;
  }

  /** The call that is up, in data state or held. */
  get call(): ModemCall | undefined {
    return this.#call;
  }

  /** Finds the module, checks that it is the profile's (MODEM_UNKNOWN_MODULE), and sets it up. */
  async start(): Promise<ModuleIdentity> {
    this.#isReady = false;
    const { access, acceptsAnyModule = false } = this.#options;
    const identity = await this.#conversation.run(start(this.profile, { access, acceptsAnyModule }));
    this.#identity = identity;
    this.#isReady = !acceptsAnyModule;
    return identity;
  }

  /** Service and signal at this moment. Rejects with MODEM_SIM_MISSING where a SIM is needed. */
  radio(): Promise<RadioReport> {
    return this.#conversation.run(readRadio(this.profile));
  }

  /** Waits until the module has service; rejects with MODEM_NO_SERVICE after the profile's time. */
  waitForService(): Promise<RadioReport> {
    return this.#conversation.run(waitForService(this.profile));
  }

  /** The network's time as the module has it; undefined where it has none. */
  networkTime(): Promise<Ms | undefined> {
    return this.#conversation.run(readNetworkClock(this.profile));
  }

  /** Places a call. Rejects with a DialError that says why there is none. */
  async dial(number: string = this.profile.dial.number): Promise<ModemCall> {
    if (this.#call !== undefined) {
      await this.hangUp();
    }
    if (!this.#isReady) {
      await this.start();
    }
    await this.#connecting(this.#conversation.run(dial(this.profile, number)));
    const call = this.#call;
    if (call === undefined) {
      throw this.#callLost(`The call to ${number} was over as soon as it was there.`);
    }
    return call;
  }

  /**
   * Places a call and tries again, with rising pauses, while the failure is one that may pass.
   * @returns the call; rejects with the failure of the last try
   */
  async dialPersistently(
    number: string = this.profile.dial.number,
    policy: RedialPolicy = DEFAULT_REDIAL_POLICY,
  ): Promise<ModemCall> {
    const redial = new Redial(policy, this.#options.random ?? seededRandom(0));
    for (;;) {
      try {
        return await this.dial(number);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        const decision = redial.failed(code, now());
        if (decision.decision === 'give-up') {
          throw error;
        }
        this.#isReady &&= !decision.startsAnew;
        await pause(ms(decision.at - now()));
      }
    }
  }

  /** Ends the call, or the dial that is going on; without either nothing happens. */
  async hangUp(): Promise<void> {
    const wasDialling = this.#conversation.abortDial();
    this.#isHangingUp = true;
    try {
      await this.#conversation.run(hangUp(this.profile, { waitsForNetwork: true, wasDialling }));
    } finally {
      this.#isHangingUp = false;
    }
    this.#endCall();
  }

  /** Sends a command line and gives its information texts; rejects with a CommandError. */
  async send(command: string): Promise<string[]> {
    return [...(await this.#conversation.run(insist(command, ms(this.profile.timeoutsMs.command))))];
  }

  /** Runs a procedure of what is built on this driver, after those that were begun before. */
  perform<T>(procedure: Procedure<T>): Promise<T> {
    return this.#conversation.run(procedure);
  }

  /** Ends what there is, drops DTR and releases the line. */
  async close(): Promise<void> {
    try {
      if (this.#conversation.holdsCall || this.#conversation.isDialling) {
        await this.hangUp();
      }
    } finally {
      this.#conversation.detach();
      this.#endCall();
      this.#line.drive({ dtr: false });
      await this.#line.close();
    }
  }

  #hear(event: DialogueEvent): void {
    switch (event.type) {
      case 'connect':
        this.#hearConnect(event.text);
        return;
      case 'final':
        // ATO: the call was gone already. A dial that fails has no call yet.
        if (event.result === 'ERROR' && event.reason !== undefined) {
          this.#endCall(this.#callLost(`The call was lost: ${event.reason}.`));
        }
        return;
      case 'carrierLost':
        this.#endCall(this.#isHangingUp ? undefined : this.#callLost('The call was lost: NO CARRIER.'));
        return;
      case 'modemReset':
        this.#isReady = false;
        this.#endCall(
          new ModemError('MODEM_RESET', 'The module started anew in the middle of the call.', {
            evidence: this.#conversation.evidence,
            advice: 'Check its supply: modules reset when the voltage drops while they transmit.',
          }),
        );
        this.emit('reset');
        return;
      case 'portLost': {
        const cause = portLost(this.#conversation.evidence);
        this.#endCall(cause);
        this.emit('lost', cause);
        return;
      }
      case 'urc':
        this.emit('unsolicited', event.line, event.payload);
        return;
      default:
    }
  }

  /** At once, not when `dial` goes on: octets of the call may be in the same read. */
  #hearConnect(text: string): void {
    this.#call ??= new ModemCall(this.#callLine, text);
    if (!this.#expectsConnect) {
      // The late end of a dial that was given up, or an incoming call: nobody is there to use it.
      void this.hangUp().catch(() => {});
    }
  }

  async #connecting(connection: Promise<unknown>): Promise<void> {
    this.#expectsConnect = true;
    try {
      await connection;
    } finally {
      this.#expectsConnect = false;
    }
  }

  #endCall(cause?: Error): void {
    const call = this.#call;
    this.#call = undefined;
    call?.ended(cause);
  }

  #callLost(message: string): CallLostError {
    return new CallLostError(message, {
      evidence: this.#conversation.evidence,
      advice: 'Check the reception at this place and time; then dial again.',
    });
  }

  /** What a call may do with the line. */
  readonly #callLine: CallLine = {
    takesData: () => this.#conversation.takesData,
    writeData: (bytes) => this.#conversation.writeData(bytes),
    escape: () => this.#conversation.run(escapeCall()),
    resume: () => this.#connecting(this.#conversation.run(resumeCall(this.profile))),
    hangUp: () => this.hangUp(),
    evidence: () => this.#conversation.evidence,
    bitRate: () => this.profile.line.baudRate,
  };
}
