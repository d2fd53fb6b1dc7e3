/** A real device of a scenario: its line is offered, a module stands at the end of it, and its program is started. */
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Trace } from '../../base/trace.ts';
import type { ScenarioDevice } from '../../config/scenario-schema.ts';
import type { ModuleProfile } from '../../modem/module-profile.ts';
import { type LineSpec, type OfferedLine, offerLine } from '../../serial/offer-line.ts';
import type { LineTap } from '../../serial/tapped-line.ts';
import type { DeviceResult } from '../case-result.ts';
import { ObservedLine } from '../observed-line.ts';
import type { RecordedModule } from '../recorded/recorded-module.ts';
import { moduleCalled } from '../timeline.ts';
import type { World } from '../world.ts';
import { DeviceProgram } from './device-program.ts';
import { emulatedOn, type FittedModule, playedOn } from './fitted-module.ts';
import type { KeepInMind } from './leftovers.ts';

export interface RealDeviceOptions {
  readonly name: string;
  readonly device: ScenarioDevice;
  readonly world: Pick<World, 'faults' | 'fitTo'>;
  readonly trace: Trace;
  readonly taps: readonly LineTap[];
  /** Where its program is started. */
  readonly folder: string;
  readonly keepInMind: KeepInMind;
  /** What it makes known of the device's words: without passwords. */
  readonly masked: (text: string) => string;
  /** Played at the other end of its line; absent: an emulated module is. */
  readonly recordedModule: RecordedModule | undefined;
  /** The line is no more, or there was a defect. */
  readonly onCrash: (error: unknown) => void;
}

/** What is fitted where the scenario does not say: as `kadec21 serve` does. */
const DEFAULT_MODULE = 'dual-band';

type Closing = () => void | Promise<void>;

export class RealDevice {
  readonly name: string;
  readonly #options: RealDeviceOptions;
  readonly #profile: ModuleProfile;
  /** In the order in which it came into being. */
  readonly #closings: Closing[] = [];
  #parts:
    | { readonly offered: OfferedLine; readonly line: ObservedLine; readonly module: FittedModule }
    | undefined;
  #program: DeviceProgram | undefined;
  #isReleased = false;

  constructor(options: RealDeviceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#profile = moduleCalled(
      typeof options.device.module === 'string' ? options.device.module : DEFAULT_MODULE,
    );
  }

  /** Offers its line and gives the module its power. @throws LineError */
  async plugIn(): Promise<void> {
    const { name, world, trace, taps, onCrash, recordedModule } = this.#options;
    const offered = await this.#offer();
    this.#closings.push(() => offered.close());
    if (this.#isReleased) {
      await this.release();
      return;
    }
    offered.on('close', (cause) => {
      if (cause !== undefined) {
        onCrash(cause);
      }
    });
    const line: ObservedLine = new ObservedLine(offered, {
      trace: (event) => trace({ ...event, text: this.#options.masked(event.text) }),
      taps,
      isOnline: (looksSo) => this.#parts?.module.isOnline(looksSo) ?? false,
      onCrash,
    });
    const module =
      recordedModule === undefined
        ? emulatedOn(world.fitTo(name, line, this.#profile, trace))
        : playedOn(recordedModule, {
            line: world.faults.watchLine(name, line),
            isOpen: () => line.isOpen,
            isPresent: () => offered.isConnected,
          });
    this.#closings.push(() => module.powerOff());
    this.#parts = { offered, line, module };
    trace({ layer: 'line', direction: '-', text: `waits at ${offered.name}` });
    offered.on('signals', ({ dtr }) =>
      trace({ layer: 'line', direction: '-', text: dtr ? 'the device is there' : 'the device has left' }),
    );
  }

  /** @throws RealDeviceError SCENARIO_PROGRAM */
  async start(): Promise<void> {
    const { name, device, trace, folder, keepInMind, masked } = this.#options;
    if (device.command === undefined || this.#parts === undefined || this.#isReleased) {
      return;
    }
    const program = await DeviceProgram.start({
      name,
      command: device.command,
      line: this.#parts.offered.name,
      folder,
      keepInMind,
      onSaid: (stream, text) =>
        trace({ layer: 'firmware', direction: '-', text: masked(`${stream}: ${text}`) }),
    });
    this.#program = program;
    this.#closings.push(() => program.stop());
    if (this.#isReleased) {
      await this.release();
    }
  }

  get hasCall(): boolean {
    return this.#parts?.module.hasCall ?? false;
  }

  /** Nothing more can come: it was a program that has ended, or its module's recording has been played. */
  get hasEnded(): boolean {
    return this.#program?.ending !== undefined || this.#options.recordedModule?.isOver === true;
  }

  /** @param seen what the network side saw go wrong @param dials calls of its line */
  result(seen: readonly string[], dials: number): DeviceResult {
    const { bytes, openMs, isOpen } = this.#parts?.line ?? NO_LINE;
    return {
      name: this.name,
      kind: 'real',
      state: this.#program?.ending === undefined ? 'on' : 'off',
      isHeard: bytes.fromDevice > 0,
      module: this.#profile.name,
      sessions: [],
      reason: this.#reason(seen, bytes.fromDevice > 0),
      dials,
      attempts: 0,
      boots: 0,
      bytesOnLine: bytes.fromDevice + bytes.toDevice,
      timeOnLineMs: openMs,
      waiting: 0,
      alerts: [],
      // Who closes the line hangs up by that (circuit 108), unless AT&D0 has told the module not to mind.
      hasCall: this.hasCall && !isOpen,
    };
  }

  /** Lets everything go, the last first, whatever comes of it. @throws what was thrown first */
  async release(): Promise<void> {
    this.#isReleased = true;
    const failures: unknown[] = [];
    for (let close = this.#closings.pop(); close !== undefined; close = this.#closings.pop()) {
      try {
        await close();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) {
      throw failures[0];
    }
  }

  #reason(seen: readonly string[], hasSpoken: boolean): string | undefined {
    const ending = this.#program?.ending;
    const silent = hasSpoken ? '' : `, and said nothing on its line (${this.#parts?.offered.name})`;
    const words = this.#program?.lastWords;
    const sentences = [
      ...(ending === undefined ? [] : [`Its program ended ${ending}${silent}.`]),
      ...(ending !== undefined || hasSpoken
        ? []
        : [`It said nothing on its line (${this.#parts?.offered.name}).`]),
      ...(seen.length === 0 ? [] : [`The network saw ${seen.join('; ')}.`]),
      ...(words === undefined ? [] : [`Its last words: ${JSON.stringify(this.#options.masked(words))}.`]),
    ];
    return sentences.length === 0 ? undefined : sentences.join(' ');
  }

  async #offer(): Promise<OfferedLine> {
    const { device, keepInMind } = this.#options;
    if (device.line === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'kadec21-device-'));
      const isGone = keepInMind({ kind: 'folder', path: folder });
      this.#closings.push(() => {
        rmSync(folder, { recursive: true, force: true });
        isGone();
      });
      return offerLine({ kind: 'pty', link: join(folder, 'line') });
    }
    const line = await offerLine(specOf(device.line, this.#profile));
    if ('pty' in device.line) {
      const path = device.line.pty;
      this.#closings.push(keepInMind({ kind: 'link', path, target: readlinkSync(path) }));
    }
    return line;
  }
}

const NO_LINE = { bytes: { fromDevice: 0, toDevice: 0 }, openMs: 0, isOpen: false };

function specOf(line: NonNullable<ScenarioDevice['line']>, { line: { baudRate } }: ModuleProfile): LineSpec {
  if ('pty' in line) {
    return { kind: 'pty', link: line.pty };
  }
  if ('port' in line) {
    return { kind: 'port', path: line.port, baudRate };
  }
  const colon = line.tcp.lastIndexOf(':');
  return { kind: 'tcp', host: line.tcp.slice(0, colon), port: Number(line.tcp.slice(colon + 1)) };
}
