/**
 * One line of the station and the module at its end. What goes wrong in it stays in it: the module starts anew, the
 * other lines notice nothing.
 */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import { EmulatedModule, type ModulePower } from '../modem/dce/emulated-module.ts';
import type { RadioAttachment, RadioNetwork } from '../modem/dce/radio.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { pacedDce } from '../serial/paced-line.ts';
import type { DceLine, DceSignals, DteSignals } from '../serial/serial-line.ts';
import type { LineTap } from '../serial/tapped-line.ts';
import { WrappedLine } from '../serial/wrapped-line.ts';
import type { LineState } from './happening.ts';
import type { ModuleState } from './line-capture.ts';

/** `on-open`: whoever opens the line finds a module that has just got its power. */
export type PowerCycle = 'on-open' | 'never';

export interface ServedLineOptions {
  readonly name: string;
  readonly profile: ModuleProfile;
  readonly radio: RadioNetwork;
  readonly trace: Trace;
  readonly powerCycle: PowerCycle;
  /** Gives the line the pace of its bit rate. */
  readonly isPaced: boolean;
  /** Puts between line and module what shall happen to the line. */
  watch(line: DceLine): DceLine;
  tap?(state: () => ModuleState): LineTap;
  /** Hears the calls of the module's own TCP/IP stack. */
  readonly airTap?: LineTap | undefined;
  /** For what the module draws by itself. */
  readonly random: Random;
  onState(state: LineState, cause?: Error): void;
  onFailure(failure: unknown): void;
}

export class ServedLine {
  readonly name: string;
  readonly module: EmulatedModule;
  readonly profile: ModuleProfile;
  readonly #line: DceLine;
  readonly #guarded: GuardedLine;
  readonly #options: ServedLineOptions;
  #attachment: RadioAttachment | undefined;
  #isConnected: boolean;
  #isOpen = true;

  constructor(line: DceLine, options: ServedLineOptions) {
    const { name, profile, radio, trace } = options;
    this.name = name;
    this.profile = profile;
    this.#line = line;
    this.#options = options;
    this.#isConnected = isThere(line);
    this.#guarded = new GuardedLine(line, {
      tap: options.tap?.(() => ({
        isOnline: this.module.mode === 'data',
        controlCharacters: this.module.controlCharacters,
      })),
      onFailure: (failure) => this.#failed(failure),
    });
    // Watching comes before the module listens: who comes finds it as `powerCycle` says.
    line.on('signals', (seen) => this.#see(seen));
    line.on('close', (cause) => this.#closed(cause));
    const watched = options.watch(options.isPaced ? pacedDce(this.#guarded) : this.#guarded);
    this.module = new EmulatedModule(watched, {
      profile,
      trace,
      random: options.random,
      airTap: options.airTap,
      radio: { attach: (bands) => this.#attach(radio, bands) },
    });
    options.onState('ready');
    if (this.#isConnected) {
      options.onState('connected');
    }
  }

  /** Whether a device is there, as far as the line can tell. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get power(): ModulePower {
    return this.module.power;
  }

  get baudRate(): number {
    return this.#line.baudRate;
  }

  /** Octets since the start. */
  get counters(): { readonly fromDevice: number; readonly toDevice: number } {
    return this.#guarded.counters;
  }

  get attachment(): RadioAttachment | undefined {
    return this.#attachment;
  }

  /** Takes the module's power away and gives it back: a call is lost, what was not stored is forgotten. */
  powerCycle(): void {
    this.module.powerOff();
    this.module.powerOn();
  }

  /** A call comes in: RING. @returns false where the module is not registered: no page reaches it */
  ring(): boolean {
    const service = this.#attachment?.coverage.service;
    return (service === 'home' || service === 'roaming') && (this.#attachment?.emit('ring') ?? false);
  }

  close(): Promise<void> {
    this.module.powerOff();
    return this.#line.close();
  }

  #attach(radio: RadioNetwork, bands: Parameters<RadioNetwork['attach']>[0]): RadioAttachment {
    const attachment = radio.attach(bands);
    this.#attachment = attachment;
    return attachment;
  }

  #see({ dtr }: DteSignals): void {
    if (dtr === this.#isConnected) {
      return;
    }
    this.#isConnected = dtr;
    if (dtr && this.#options.powerCycle === 'on-open') {
      this.powerCycle();
    }
    this.#options.onState(dtr ? 'connected' : 'gone');
  }

  #closed(cause: Error | undefined): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#options.onState('closed', cause);
    }
  }

  #failed(failure: unknown): void {
    this.#options.onFailure(failure);
    this.powerCycle();
  }
}

const isThere = ({ signals }: DceLine): boolean => signals === 'unknown' || signals.dtr;

interface Guard {
  readonly tap: LineTap | undefined;
  onFailure(failure: unknown): void;
}

/** Counts and taps what passes, and keeps in what is thrown on the way in. */
class GuardedLine extends WrappedLine<DceSignals, DteSignals> {
  readonly counters = { fromDevice: 0, toDevice: 0 };
  readonly #guard: Guard;

  constructor(line: DceLine, guard: Guard) {
    super(line);
    this.#guard = guard;
  }

  override write(bytes: Uint8Array): boolean {
    this.counters.toDevice += bytes.length;
    this.#guard.tap?.received(bytes);
    return super.write(bytes);
  }

  protected override onData(bytes: Uint8Array): void {
    this.counters.fromDevice += bytes.length;
    this.#try(() => {
      this.#guard.tap?.sent(bytes);
      super.onData(bytes);
    });
  }

  protected override onSignals(seen: DteSignals): void {
    this.#try(() => super.onSignals(seen));
  }

  protected override onDrain(): void {
    this.#try(() => super.onDrain());
  }

  #try(act: () => void): void {
    try {
      act();
    } catch (failure) {
      this.#guard.onFailure(failure);
    }
  }
}
