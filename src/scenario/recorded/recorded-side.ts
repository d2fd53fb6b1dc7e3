/** All that is played from recordings in a run: devices, and modules of devices. */
import type { Trace } from '../../base/trace.ts';
import type { Scenario } from '../../config/scenario-schema.ts';
import type { LineTap } from '../../serial/tapped-line.ts';
import type { DeviceResult, ReplayResult } from '../case-result.ts';
import { moduleCalled } from '../timeline.ts';
import type { World } from '../world.ts';
import { RecordedDevice } from './recorded-device.ts';
import { RecordedModule } from './recorded-module.ts';
import type { Tape } from './tape.ts';

export interface RecordedSideOptions {
  readonly scenario: Scenario;
  /** By name of the device. */
  readonly tapes: ReadonlyMap<string, readonly Tape[]>;
  readonly traceOf: (device: string) => Trace;
  readonly tapsOf: (device: string) => readonly LineTap[];
  /** Of the network's subscribers and mail accounts. */
  readonly passwordOf: (user: string) => string | undefined;
  readonly masked: (text: string) => string;
  readonly onCrash: (error: unknown) => void;
}

/** What is fitted where the scenario does not say: as `kadec21 serve` does. */
const DEFAULT_MODULE = 'dual-band';

export class RecordedSide {
  readonly #devices: readonly RecordedDevice[];
  /** By the device that they are fitted to. */
  readonly #modules: ReadonlyMap<string, RecordedModule>;

  constructor({ scenario, tapes, traceOf, ...options }: RecordedSideOptions) {
    const { masked, onCrash, passwordOf } = options;
    const devices: RecordedDevice[] = [];
    const modules = new Map<string, RecordedModule>();
    for (const [name, { recording, module }] of Object.entries(scenario.devices)) {
      const [tape, ...others] = tapes.get(name) ?? [];
      if (tape === undefined) {
        continue;
      }
      const common = { trace: traceOf(name), onCrash };
      if (recording !== undefined) {
        devices.push(
          new RecordedDevice({
            ...common,
            ...recording,
            name,
            tape,
            module: moduleCalled(typeof module === 'string' ? module : DEFAULT_MODULE),
            taps: options.tapsOf(name),
            masked,
            passwordOf,
          }),
        );
      } else if (typeof module === 'object') {
        modules.set(
          name,
          new RecordedModule({ ...common, ...module, device: name, tapes: [tape, ...others] }),
        );
      }
    }
    this.#devices = devices;
    this.#modules = modules;
  }

  /** Absent: the device's module is an emulated one. */
  moduleOf(device: string): RecordedModule | undefined {
    return this.#modules.get(device);
  }

  start(world: World): void {
    for (const device of this.#devices) {
      device.start(world);
    }
  }

  /** @param dialsOf calls of a line */
  results(dialsOf: (device: string) => number): DeviceResult[] {
    return this.#devices.map((device) => device.result(dialsOf(device.name)));
  }

  replays(): ReplayResult[] {
    return [
      ...this.#devices.map((device) => device.replay()),
      ...[...this.#modules.values()].flatMap((module) => module.results()),
    ];
  }

  /** Ends what is played. */
  release(): void {
    for (const played of [...this.#devices, ...this.#modules.values()]) {
      played.release();
    }
  }
}
