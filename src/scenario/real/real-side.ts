/** The real devices of a scenario together: their lines, when their time is over, and what came of them. */

import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import type { CarrierEvent } from '../../aunet/carrier-event.ts';
import { pause } from '../../base/pause.ts';
import type { Trace } from '../../base/trace.ts';
import { type Ms, ms } from '../../base/units.ts';
import { now } from '../../base/virtual-time.ts';
import type { Scenario } from '../../config/scenario-schema.ts';
import type { LineTap } from '../../serial/tapped-line.ts';
import type { DeviceResult } from '../case-result.ts';
import type { RecordedModule } from '../recorded/recorded-module.ts';
import { RealDeviceError, realDevicesOf } from '../refusals.ts';
import type { World, WorldOptions } from '../world.ts';
import type { KeepInMind } from './leftovers.ts';
import { NetworkNotes } from './network-notes.ts';
import { RealDevice } from './real-device.ts';

export interface RealSideOptions {
  readonly scenario: Scenario;
  /** Of the scenario: programs are started in its folder. */
  readonly file: string;
  readonly keepInMind: KeepInMind;
  /** @param device absent: of the network as a whole */
  readonly traceOf: (device: string | undefined) => Trace;
  /** What is made known of devices' words: without passwords. */
  readonly masked: (text: string) => string;
  /** Played at the other end of the device's line; absent: an emulated module is. */
  readonly recordedModuleOf: (device: string) => RecordedModule | undefined;
  readonly tapsOf: (device: string) => readonly LineTap[];
  readonly onCrash: (error: unknown) => void;
}

/** Whether the mails are what was expected, as far as they have come. */
export interface Goal {
  readonly mailsSoFar: number;
  isReached(): Promise<boolean>;
}

/** After the last mail, and the last call, so long nothing more may come: hang-up and copies are seen. */
const GRACE_MS = 2000;
const LOOK_EVERY_MS = 100;

export class RealSide {
  readonly names: readonly string[];
  readonly #options: RealSideOptions;
  readonly #notes = new NetworkNotes();
  #devices: readonly RealDevice[] = [];
  #isOver = false;

  /** @throws RealDeviceError where the scenario asks for what cannot be */
  constructor(options: RealSideOptions) {
    this.names = realDevicesOf(options.scenario);
    this.#options = options;
    if (this.names.length > 0) {
      refuseThread();
    }
  }

  get isEmpty(): boolean {
    return this.names.length === 0;
  }

  /** The network's trace: with PPP where no device tells its own, which is that of a device that is alone. */
  get networkTrace(): Pick<WorldOptions, 'trace' | 'tracesPpp'> {
    const { traceOf } = this.#options;
    const trace = traceOf(undefined);
    const [name, ...others] = this.names;
    const ofDevice = name === undefined || others.length > 0 ? trace : traceOf(name);
    return this.#isAlone
      ? { tracesPpp: true, trace: (event) => (event.layer === 'ppp' ? ofDevice(event) : trace(event)) }
      : { trace };
  }

  /** No device is emulated. */
  get #isAlone(): boolean {
    return this.names.length === Object.keys(this.#options.scenario.devices).length;
  }

  /** Offers every line, then starts every program. @throws LineError, RealDeviceError */
  async bring(world: World): Promise<void> {
    const { scenario, file, keepInMind, traceOf, tapsOf, masked, recordedModuleOf, onCrash } = this.#options;
    this.#devices = Object.entries(scenario.devices)
      .filter(([name]) => this.names.includes(name))
      .map(
        ([name, device]) =>
          new RealDevice({
            name,
            device,
            world,
            trace: traceOf(name),
            taps: tapsOf(name),
            folder: folderOf(file),
            keepInMind,
            masked,
            recordedModule: recordedModuleOf(name),
            onCrash,
          }),
      );
    for (const device of this.#devices) {
      await device.plugIn();
    }
    for (const device of this.#devices) {
      await device.start();
    }
  }

  /** @param device whose line an event without a name belongs to, where that is known */
  note(event: CarrierEvent, device: string | undefined): void {
    if (!this.isEmpty) {
      this.#notes.add(event, device);
    }
  }

  /**
   * Lets time pass up to `until`; where all devices are real, less of it: until the goal is reached, or every device
   * was a program that has ended, and then for two seconds there was no call.
   */
  async whenOver(until: Ms, goal: Goal): Promise<void> {
    let mails = -1;
    let isReached = false;
    let quietSince: number | undefined;
    while (!this.#isOver && now() < until) {
      await pause(ms(Math.min(LOOK_EVERY_MS, until - now())));
      if (!this.#isAlone) {
        continue;
      }
      if (goal.mailsSoFar !== mails) {
        mails = goal.mailsSoFar;
        isReached = await goal.isReached();
        quietSince = undefined;
      }
      const isDone = isReached || this.#devices.every(({ hasEnded }) => hasEnded);
      quietSince =
        isDone && !this.#devices.some(({ hasCall }) => hasCall) ? (quietSince ?? now()) : undefined;
      if (quietSince !== undefined && now() - quietSince >= GRACE_MS) {
        return;
      }
    }
  }

  /** @param dialsOf calls of a line */
  results(dialsOf: (device: string) => number): DeviceResult[] {
    return this.#devices.map((device) => device.result(this.#notes.of(device.name), dialsOf(device.name)));
  }

  /** Lets everything go, whatever comes of it. @throws what was thrown first */
  async release(): Promise<void> {
    this.#isOver = true;
    const released = await Promise.allSettled(this.#devices.map((device) => device.release()));
    for (const result of released) {
      if (result.status === 'rejected') {
        throw result.reason;
      }
    }
  }
}

/** The native code of lines knows the process's own event loop only: in a thread it would take the process down. */
function refuseThread(): void {
  if (!isMainThread) {
    throw new RealDeviceError(
      'SCENARIO_REAL_DEVICE',
      'Real devices cannot be run in a thread of a process.',
      'Run the scenario in the main thread, or by kadec21 test.',
    );
  }
}

/** Where a scenario in code has no file, its programs are started here. */
function folderOf(file: string): string {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? dirname(file) : process.cwd();
}
