/** A device that is played from its recording, in front of an emulated module that must say what was said then. */
import type { Trace } from '../../base/trace.ts';
import type { Ms } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import type { EmulatedModule } from '../../modem/dce/emulated-module.ts';
import type { ModuleProfile } from '../../modem/module-profile.ts';
import { runReplay } from '../../replay/run-replay.ts';
import type { ReplayVerdict } from '../../replay/verdict.ts';
import { createMemoryLine } from '../../serial/memory-line.ts';
import { pacedDce, pacedDte } from '../../serial/paced-line.ts';
import type { DteLine } from '../../serial/serial-line.ts';
import type { LineTap } from '../../serial/tapped-line.ts';
import type { DeviceResult, ReplayResult } from '../case-result.ts';
import { ObservedLine } from '../observed-line.ts';
import type { World } from '../world.ts';
import { type Playing, resultOf, type Tape, verdictText } from './tape.ts';

export interface RecordedDeviceOptions extends Playing {
  readonly name: string;
  readonly tape: Tape;
  /** How long the module has had its power when the tape begins. */
  readonly after: Ms;
  /** What stands at the other end. */
  readonly module: ModuleProfile;
  readonly trace: Trace;
  readonly taps: readonly LineTap[];
  /** Of the network's accounts: a challenge is another one each time. */
  readonly passwordOf: (user: string) => string | undefined;
  /** What it makes known of the device's words: without passwords. */
  readonly masked: (text: string) => string;
  /** A defect. */
  readonly onCrash: (error: unknown) => void;
}

export class RecordedDevice {
  readonly name: string;
  readonly #options: RecordedDeviceOptions;
  readonly #over = new AbortController();
  #line: ObservedLine | undefined;
  #verdict: ReplayVerdict | undefined;
  #elapsed = 0;

  constructor(options: RecordedDeviceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Gives the module its power, and begins to play when it has had it for a while. */
  start(world: Pick<World, 'fitTo'>): void {
    const { name, tape, module: profile, trace, taps, masked, onCrash, after } = this.#options;
    const { dte, dce } = createMemoryLine(profile.line.baudRate);
    // As it was set then; a module that finds the rate by itself follows.
    dte.setBaudRate(tape.recording.header.baudRate);
    const observed: ObservedLine = new ObservedLine(pacedDce(dce), {
      trace: (event) => trace({ ...event, text: masked(event.text) }),
      taps,
      isOnline: () => module.mode === 'data',
      onCrash,
    });
    this.#line = observed;
    const module: EmulatedModule = world.fitTo(name, observed, profile, trace);
    setTimeout(() => this.#play(pacedDte(dte)).catch(onCrash), after);
  }

  async #play(line: DteLine): Promise<void> {
    const { tape, trace, speed, patience, passwordOf } = this.#options;
    const { signal } = this.#over;
    if (signal.aborted) {
      return;
    }
    const startedAt = now();
    const tell = (text: string) => trace({ layer: 'line', direction: '-', text });
    tell(`${tape.file} is played as the device`);
    const played = { speed, timeout: patience, passwordOf, signal };
    const verdict = await runReplay(tape.recording, { as: 'device', line }, played);
    if (typeof verdict !== 'string') {
      this.#verdict = verdict;
      this.#elapsed = now() - startedAt;
      tell(verdictText(tape, verdict));
      await line.close();
    }
  }

  /** @param dials calls of its line */
  result(dials: number): DeviceResult {
    const { bytes } = this.#line ?? { bytes: { fromDevice: 0, toDevice: 0 } };
    return {
      name: this.name,
      kind: 'recorded',
      state: this.#verdict === undefined ? 'on' : 'off',
      module: this.#options.module.name,
      sessions: [],
      dials,
      attempts: 0,
      boots: 0,
      bytesOnLine: bytes.fromDevice + bytes.toDevice,
      timeOnLineMs: this.#elapsed,
      waiting: 0,
      alerts: [],
      hasCall: false,
    };
  }

  replay(): ReplayResult {
    return resultOf(this.#options.tape, this.name, 'device', this.#verdict);
  }

  /** Ends what is played. */
  release(): void {
    this.#over.abort();
  }
}
