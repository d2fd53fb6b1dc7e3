/**
 * The emulated module as a machine: events in, actions and the next deadline out; no timers, no I/O. Here
 * events are sorted: by the state the module is in (command, online command, online data: ITU-T V.250 §5)
 * and by the circuits that the DTE drives.
 */
import { earliest, type Ms } from '../../base/units.ts';
import { done, ended } from './answer.ts';
import { CommandState } from './command-state.ts';
import type { DceAction, DceEvent } from './dialogue.ts';
import type { CallState, ModuleContext } from './module-context.ts';
import { ModuleCore, type ModuleOptions } from './module-core.ts';

export class V250Server {
  readonly #core: ModuleCore;
  readonly #commands: CommandState;
  #isTerminalReady = true;

  constructor(options: ModuleOptions) {
    this.#core = new ModuleCore(options);
    this.#commands = new CommandState(this.#core);
  }

  /** Takes one event; what is overdue is done first. Time must not run backwards. */
  step(event: DceEvent, now: Ms): readonly DceAction[] {
    this.#core.now = now;
    this.#expire();
    this.#take(event);
    this.#settle();
    return this.#core.output.take();
  }

  /** When `step({ type: 'time' })` has something to do. */
  get deadline(): Ms | undefined {
    return earliest(this.#core.deadline, this.#commands.deadline);
  }

  /** Online data state, or command state (with a call: online command state). */
  get mode(): 'command' | 'data' {
    return this.#core.data.isActive ? 'data' : 'command';
  }

  get callState(): CallState {
    return this.#core.callState;
  }

  get lineSpeed(): number | 'auto' {
    return this.#core.lineSpeed;
  }

  /** Whether a line is complete and its results are not all out. */
  get isExecuting(): boolean {
    return this.#commands.isExecuting;
  }

  /** What commands see; for those who look at the module from outside. */
  get module(): ModuleContext {
    return this.#core;
  }

  #take(event: DceEvent): void {
    const core = this.#core;
    switch (event.type) {
      case 'dte':
        core.somethingHappened();
        this.#receive(event.bytes);
        break;
      case 'time':
        break;
      case 'terminal-ready':
        this.#terminalReady(event.isOn);
        break;
      case 'coverage':
        core.updateRegistration();
        break;
      case 'ring':
        this.#ring(event.caller);
        break;
      case 'connected':
        core.somethingHappened();
        core.attemptEnded(core.call.connected(event.bitRate, core.now, event.address));
        break;
      case 'not-connected':
        core.attemptEnded(core.call.failed(event.reason));
        break;
      case 'call-data':
        core.somethingHappened();
        core.data.fromCall(event.bytes);
        break;
      case 'call-closed':
        this.#callClosed();
        break;
      case 'stack':
        core.sockets?.hear(event.happening);
        this.#readTypedAhead(this.#commands.typedAhead());
        break;
      case 'unsolicited':
        core.unsolicited(event.line);
        break;
    }
  }

  #expire(): void {
    const core = this.#core;
    core.attemptEnded(core.call.expire(core.now));
    if (core.data.expire(core.now)) {
      this.#escape();
    }
    core.sockets?.expire();
    this.#readTypedAhead(this.#commands.expire());
    if (core.expireInactivity()) {
      core.unsolicitedNoCarrier();
    }
  }

  #readTypedAhead(chunks: readonly Uint8Array[]): void {
    for (const bytes of chunks) {
      this.#receive(bytes);
    }
  }

  #settle(): void {
    const isFree = !this.#core.data.isActive && !this.#commands.isExecuting && !this.#commands.isInsideLine;
    this.#core.settle(isFree);
  }

  #receive(bytes: Uint8Array): void {
    const { data, now } = this.#core;
    let from = 0;
    while (from < bytes.length) {
      if (this.#commands.keepForLater(bytes, from)) {
        return;
      }
      if (data.isActive) {
        const { taken, isEscape } = data.fromDte(bytes.subarray(from), now);
        from += taken;
        if (isEscape) {
          this.#escape();
        }
      } else {
        this.#commands.push(bytes[from] ?? 0);
        from += 1;
      }
    }
  }

  /** From online data state to online command state. */
  #escape(): void {
    this.#core.data.leave();
    this.#core.report(done());
  }

  #callClosed(): void {
    const core = this.#core;
    if (core.call.isPending) {
      core.attemptEnded(core.call.failed('no-carrier'));
    } else if (core.call.state === 'connected' || core.call.state === 'voice') {
      const wasInData = core.data.isActive;
      core.call.closed();
      core.callEnded();
      if (wasInData) {
        core.report(ended('NO CARRIER'));
      } else {
        core.unsolicitedNoCarrier();
      }
    }
  }

  /** V.250 §6.3.8: S0 rings, then the module answers by itself. */
  #ring(caller: string | undefined): void {
    const core = this.#core;
    if (!core.ring(caller)) {
      return;
    }
    const answersAfter = core.settings.register(0);
    const isItsTurn = answersAfter > 0 && core.settings.register(1) >= answersAfter;
    // §6.2.9: with `&D1` and `&D2`, not while circuit 108/2 is off.
    const isAllowed = this.#isTerminalReady || core.settings.get('&D') === 0;
    if (isItsTurn && isAllowed && !this.#commands.isExecuting) {
      this.#settle();
      this.#commands.beginAnswer(core.answerCall());
    }
  }

  /** V.250 §6.2.9: only the passage from on to off means something. */
  #terminalReady(isOn: boolean): void {
    const core = this.#core;
    const goesOff = this.#isTerminalReady && !isOn;
    this.#isTerminalReady = isOn;
    switch (goesOff ? core.settings.get('&D') : 0) {
      case 0:
        break;
      case 1:
        this.#commands.reset();
        if (core.data.isActive) {
          this.#escape();
        }
        break;
      default: {
        this.#commands.reset();
        const hadCall = core.call.isPending || core.call.state === 'connected';
        core.hangUp();
        if (hadCall) {
          core.report(ended('NO CARRIER'));
        }
      }
    }
  }
}
