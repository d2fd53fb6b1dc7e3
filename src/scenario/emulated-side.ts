/** The emulated devices of a run: each with its memory, its sensor and a module that has power in its sessions. */
import { gzipSync } from 'node:zlib';
import type { ServerMapping } from '../aunet/server-mapping.ts';
import type { Trace } from '../base/trace.ts';
import type { Scenario } from '../config/scenario-schema.ts';
import type { CommsParts } from '../firmware/comms-parts.ts';
import type { DevicePartsOptions } from '../firmware/device-parts.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { type LineTap, tappedDte } from '../serial/tapped-line.ts';
import type { DeviceResult } from './case-result.ts';
import { DeviceLife } from './device-life.ts';
import type { PluggedModule } from './device-life-options.ts';
import type { DeviceMemory } from './device-memory.ts';
import { type DeviceBook, deviceResult, sessionResult } from './device-result.ts';
import { type Materials, sensorKey } from './materials.ts';
import type { RecordedModule } from './recorded/recorded-module.ts';
import { trustingEmulation } from './send-data-mail.ts';
import { moduleCalled } from './timeline.ts';
import { WatchedLine } from './watched-line.ts';
import type { World } from './world.ts';

export interface EmulatedSideOptions {
  readonly scenario: Scenario;
  readonly materials: Materials;
  /** Hosts for which real servers answer. */
  readonly mappings: readonly ServerMapping[];
  readonly traceOf: (device: string) => Trace;
  readonly tapsOf: (device: string) => readonly LineTap[];
  /** Played at the other end of the device's line; absent: an emulated module is. */
  readonly recordedModuleOf: (device: string) => RecordedModule | undefined;
  /** What devices are made of, instead of their own parts. */
  readonly parts: ((options: DevicePartsOptions) => CommsParts) | undefined;
  readonly onCrash: (error: unknown) => void;
}

export class EmulatedSide {
  readonly #options: EmulatedSideOptions;
  readonly #books = new Map<string, DeviceBook>();

  constructor(options: EmulatedSideOptions) {
    this.#options = options;
  }

  /** By name. */
  get lives(): ReadonlyMap<string, DeviceLife> {
    return new Map([...this.#books].map(([name, { life }]) => [name, life]));
  }

  bring(world: World): void {
    for (const [name, memory] of this.#options.materials.memories) {
      this.#books.set(name, this.#born(world, name, memory));
    }
  }

  powerOn(): void {
    for (const [name, { power }] of Object.entries(this.#options.scenario.devices)) {
      if (power === 'on') {
        this.#books.get(name)?.life.powerOn();
      }
    }
  }

  powerOff(): void {
    for (const { life } of this.#books.values()) {
      life.powerOff();
    }
  }

  /** Resolves when no session is under way. */
  async idle(): Promise<void> {
    for (const { life } of this.#books.values()) {
      await life.idle;
    }
  }

  results(): DeviceResult[] {
    return [...this.#books].map(([name, book]) => deviceResult(name, book));
  }

  /** By device: its flash, gzip, base64. */
  flashes(): Record<string, string> {
    return Object.fromEntries(
      [...this.#books].flatMap(([name, { life }]) => {
        const { image } = life.memory;
        return image === undefined ? [] : [[name, gzipSync(image, { level: 1 }).toString('base64')] as const];
      }),
    );
  }

  #born(world: World, name: string, memory: DeviceMemory): DeviceBook {
    const { scenario, materials, mappings, traceOf, parts, onCrash } = this.#options;
    const device = scenario.devices[name];
    const sensor = device === undefined ? undefined : materials.sensors.get(sensorKey(device));
    if (device === undefined || sensor === undefined) {
      throw new RangeError(`No device ${name}`);
    }
    const ofSettings = memory.contents.settings?.module ?? device.settings?.module ?? '';
    const trace = traceOf(name);
    const book: Omit<DeviceBook, 'life'> = { sessions: [], alerts: [] };
    const life = new DeviceLife({
      name,
      memory,
      sensor,
      module: moduleCalled(typeof device.module === 'string' ? device.module : ofSettings),
      plugIn: (module) => this.#plugIn(world, name, module, trace),
      random: world.random.fork(name),
      trace,
      recordedFor: device.recordedFor,
      parts,
      adapt: (settings) => trustingEmulation(settings, mappings),
      onSession: (session) => book.sessions.push(sessionResult(session)),
      onAlert: ({ kind, text, advice }) => book.alerts.push({ kind, text, advice }),
      onCrash,
    });
    return { ...book, life };
  }

  #plugIn(world: World, name: string, profile: ModuleProfile, trace: Trace): PluggedModule {
    const watched = this.#watchedLine(world, name, profile, trace);
    // The first listener stands nearest to the device.
    const line = this.#options.tapsOf(name).toReversed().reduce<DteLine>(tappedDte, watched);
    return {
      line,
      get leftCallUp() {
        return watched.leftCallUp;
      },
    };
  }

  #watchedLine(world: World, name: string, profile: ModuleProfile, trace: Trace): WatchedLine {
    const recorded = this.#options.recordedModuleOf(name);
    if (recorded !== undefined) {
      const { line, hasCall } = recorded.plugIn((end) => world.faults.watchLine(name, end));
      return new WatchedLine(line, hasCall);
    }
    const { line, module } = world.plugIn(name, profile, trace);
    return new WatchedLine(line, () => module.hasCall);
  }
}
