/**
 * A module between a serial line and the air: drives the machine of `v250-server.ts` with real bytes, timers
 * and calls. It decides nothing that the machine can decide.
 */
import { DeadlineTimer } from '../../base/deadline-timer.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { noTrace, type Trace } from '../../base/trace.ts';
import { now as present } from '../../base/virtual-time.ts';
import type { DceLine, DteSignals } from '../../serial/serial-line.ts';
import type { LineTap } from '../../serial/tapped-line.ts';
import type { ModuleProfile } from '../module-profile.ts';
import { Autobaud } from './autobaud.ts';
import { CallBridge } from './call-bridge.ts';
import type { DceAction, DceEvent } from './dialogue.ts';
import { LineWriter } from './line-writer.ts';
import type { Sim } from './module-context.ts';
import type { RadioNetwork } from './radio.ts';
import { RadioUnit } from './radio-unit.ts';
import { Settings, type StoredProfiles } from './settings.ts';
import { ModuleStack } from './sockets/module-stack.ts';
import { SoftwareFlow } from './software-flow.ts';
import { V250Server } from './v250-server.ts';

export interface EmulatedModuleOptions {
  readonly profile: ModuleProfile;
  readonly radio: RadioNetwork;
  readonly trace?: Trace;
  /** Whether the module has power from the start, and is past its boot time. Default: yes. */
  readonly powered?: boolean;
  /** Default: ready. */
  readonly sim?: Sim;
  /** What the module's own TCP/IP stack draws from, where it has one. */
  readonly random?: Random;
  /** Hears the PPP octets of the calls that the module's own TCP/IP stack makes. */
  readonly airTap?: LineTap | undefined;
}

export type ModulePower = 'off' | 'booting' | 'on';

export class EmulatedModule {
  readonly #line: DceLine;
  readonly #profile: ModuleProfile;
  readonly #trace: Trace;
  readonly #sim: Sim | undefined;
  readonly #radio: RadioUnit;
  readonly #writer: LineWriter;
  readonly #bridge: CallBridge;
  readonly #stack: ModuleStack | undefined;
  readonly #autobaud: Autobaud;
  /** With power. */
  #flow: SoftwareFlow | undefined;
  /** The call takes no more octets. */
  #isFull = false;
  #isTerminalReady = true;
  /** Survives power-off. */
  readonly #stored: StoredProfiles;
  /** The first is being handled. */
  readonly #events: DceEvent[] = [];
  #server: V250Server | undefined;
  readonly #timer = new DeadlineTimer(() => this.#feed({ type: 'time' }));
  #bootTimer: NodeJS.Timeout | undefined;
  #power: ModulePower = 'off';
  readonly #resultDelays = new Set<() => number>();

  constructor(line: DceLine, options: EmulatedModuleOptions) {
    const { profile, radio, trace = noTrace, powered = true } = options;
    this.#line = line;
    this.#profile = profile;
    this.#trace = trace;
    this.#sim = options.sim;
    this.#stored = [Settings.factory(profile), Settings.factory(profile)];
    this.#radio = new RadioUnit(radio, profile.bands, {
      trace,
      onCoverage: () => this.#feed({ type: 'coverage' }),
      onRing: () => this.#feed({ type: 'ring' }),
    });
    this.#writer = new LineWriter(line);
    this.#autobaud = new Autobaud(line, profile.line.autobaud);
    this.#bridge = new CallBridge({
      trace,
      feed: (event) => this.#feed(event),
      onFull: (isFull) => this.#holdTerminal(isFull),
    });
    this.#stack =
      profile.sockets === undefined
        ? undefined
        : new ModuleStack({
            radio: this.#radio,
            random: options.random ?? seededRandom(0),
            airTap: options.airTap,
            trace,
            feed: (happening) => this.#feed({ type: 'stack', happening }),
          });
    line.on('data', (bytes) => this.#receive(bytes));
    line.on('signals', (seen) => this.#see(seen));
    line.on('close', () => this.#lineClosed());
    if (powered) {
      this.#start();
    } else {
      line.drive({ dcd: false, dsr: false, cts: false, ri: false });
    }
  }

  get power(): ModulePower {
    return this.#power;
  }

  /** Online data state or command state; undefined without power. */
  get mode(): 'command' | 'data' | undefined {
    return this.#server?.mode;
  }

  /** The control characters that the line uses itself, as PPP's map: XON and XOFF, where the DTE has asked for them. */
  get controlCharacters(): number {
    return this.#flow?.controlCharacters ?? 0;
  }

  /** A call of the device, or the packet context of the module's own stack. */
  get hasCall(): boolean {
    return this.#server?.callState === 'connected' || this.#server?.module.sockets?.isActive === true;
  }

  /** Takes `pace.bootMs`; until then the module is deaf. Without effect when it has power. */
  powerOn(): void {
    if (this.#power === 'off') {
      this.#power = 'booting';
      this.#bootTimer = setTimeout(() => {
        this.#start();
        for (const line of this.#profile.bootMessages) {
          this.#feed({ type: 'unsolicited', line });
        }
      }, this.#profile.pace.bootMs);
    }
  }

  /** At once, whatever is going on: a call is lost, settings that were not stored are forgotten. */
  powerOff(): void {
    if (this.#power === 'off') {
      return;
    }
    this.#power = 'off';
    clearTimeout(this.#bootTimer);
    this.#timer.stop();
    this.#server = undefined;
    this.#flow = undefined;
    this.#bridge.hangUp();
    this.#stack?.drop();
    this.#radio.detach();
    this.#writer.clear();
    this.#line.drive({ dcd: false, dsr: false, cts: false, ri: false });
  }

  /**
   * Holds result codes back: a module under load, or one with a fault.
   * @param delay asked for each result code, ms @returns ends it
   */
  delayResults(delay: () => number): () => void {
    this.#resultDelays.add(delay);
    return () => this.#resultDelays.delete(delay);
  }

  #start(): void {
    this.#power = 'on';
    this.#radio.attach();
    this.#server = new V250Server({
      profile: this.#profile,
      radio: this.#radio,
      now: present(),
      stored: this.#stored,
      ...(this.#sim === undefined ? {} : { sim: this.#sim }),
      ...(this.#stack === undefined ? {} : { stack: this.#stack }),
    });
    this.#flow = new SoftwareFlow(this.#server.module.settings);
    this.#writer.drive({ cts: true });
    const { signals } = this.#line;
    this.#feed({ type: 'terminal-ready', isOn: signals === 'unknown' || signals.dtr });
  }

  #receive(bytes: Uint8Array): void {
    if (this.#server === undefined || this.#flow === undefined) {
      return;
    }
    const forModule = this.#flow.fromTerminal(bytes, this.#server.mode === 'data');
    this.#regulate();
    if (forModule.length === 0) {
      return;
    }
    if (this.#server.mode === 'command' && this.#server.lineSpeed === 'auto') {
      this.#autobaud.hear(forModule, present());
    }
    this.#feed({ type: 'dte', bytes: forModule });
  }

  /** Circuit 106, and XOFF where the DTE has asked for it; XON again. */
  #holdTerminal(isFull: boolean): void {
    this.#isFull = isFull;
    this.#writer.drive({ cts: !isFull });
    this.#regulate();
  }

  /** As the DTE's XON and XOFF, and its settings, ask now. */
  #regulate(): void {
    const flow = this.#flow;
    if (flow !== undefined) {
      this.#writer.regulate(flow.isStopped, flow.isObeyed);
      const octet = flow.toTerminal(this.#isFull);
      if (octet !== undefined) {
        this.#writer.sendAtOnce(octet);
      }
    }
  }

  #see(seen: DteSignals): void {
    if (seen.dtr !== this.#isTerminalReady) {
      this.#isTerminalReady = seen.dtr;
      this.#flow?.terminalChanged();
      this.#regulate();
    }
    this.#feed({ type: 'terminal-ready', isOn: seen.dtr });
    this.#writer.resume();
  }

  #lineClosed(): void {
    this.#feed({ type: 'terminal-ready', isOn: false });
    this.powerOff();
  }

  /** Hands events to the machine one after the other: what an action brings about at once waits for its turn. */
  #feed(event: DceEvent): void {
    this.#events.push(event);
    if (this.#events.length > 1) {
      return;
    }
    for (let next: DceEvent | undefined = event; next !== undefined; next = this.#events[0]) {
      for (const action of this.#server?.step(next, present()) ?? []) {
        this.#act(action);
      }
      this.#events.shift();
    }
    this.#regulate();
    const deadline = this.#server?.deadline;
    if (deadline !== undefined) {
      this.#timer.notLaterThan(deadline, present());
    }
  }

  #act(action: DceAction): void {
    switch (action.type) {
      case 'to-dte':
        if (action.kind === 'result' && this.#resultDelays.size > 0) {
          this.#holdResult();
        }
        this.#writer.write(action.bytes, action.kind === 'data');
        break;
      case 'to-call':
        this.#bridge.write(action.bytes);
        break;
      case 'signals':
        this.#writer.drive(action.signals);
        break;
      case 'dial':
        if (!action.isVoice) {
          this.#bridge.dial(action.number, this.#radio, this.controlCharacters);
        }
        break;
      case 'answer':
        // The radio has no way to take a call: packet calls come from the module's side only.
        this.#radio.refuse();
        this.#bridge.refuse();
        break;
      case 'give-up-dial':
      case 'hang-up':
        this.#bridge.hangUp();
        break;
      case 'speed':
        if (action.baudRate !== 'auto') {
          this.#writer.setBaudRate(action.baudRate);
        }
        break;
      case 'radio':
        if (action.isOn) {
          this.#radio.attach();
        } else {
          this.#radio.detach();
        }
        break;
      case 'stack':
        this.#stack?.obey(action.order);
        break;
      case 'message':
        this.#trace({ layer: 'radio', direction: '>', text: `message to ${action.destination || '(PDU)'}` });
        break;
      case 'restart':
        this.powerOff();
        this.powerOn();
        break;
    }
  }

  #holdResult(): void {
    for (const delay of this.#resultDelays) {
      const durationMs = delay();
      if (durationMs > 0) {
        this.#writer.pause(durationMs);
      }
    }
  }
}
