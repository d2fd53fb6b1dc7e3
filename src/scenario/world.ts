/**
 * The emulated world around one or more devices: au.NET at a date, faults, and lines with a module at their other
 * end. It lives in virtual time, or, with real devices in it, in real time.
 */

import { AuNet, type AuNetOptions } from '../aunet/au-net.ts';
import { FaultDirector } from '../aunet/faults/fault-director.ts';
import { type Random, seededRandom } from '../base/random.ts';
import { shiftClock } from '../base/shifted-clock.ts';
import type { Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import { inVirtualTime } from '../base/virtual-time.ts';
import { EmulatedModule } from '../modem/dce/emulated-module.ts';
import type { RadioNetwork } from '../modem/dce/radio.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { createMemoryLine } from '../serial/memory-line.ts';
import { pacedDce, pacedDte } from '../serial/paced-line.ts';
import type { DceLine, DteLine } from '../serial/serial-line.ts';
import type { LineTap } from '../serial/tapped-line.ts';

export interface WorldOptions extends Omit<AuNetOptions, 'random' | 'trace'> {
  readonly at: Ms;
  /** Same seed, same run. */
  readonly seed: number;
  readonly trace?: Trace | undefined;
  /** Who hears the calls that a module's own TCP/IP stack makes; modules of nameless lines have the name ''. */
  readonly airTapOf?: ((name: string) => LineTap) | undefined;
}

/** A line and the module under power at its other end. */
export interface Connection {
  readonly line: DteLine;
  readonly module: EmulatedModule;
}

export interface World {
  readonly auNet: AuNet;
  readonly random: Random;
  /** Has none at the start. */
  readonly faults: FaultDirector;
  /** A line at its module's rate, with the module under power at the other end; no fault of a line meets it. */
  connect(profile: ModuleProfile): DteLine;
  /**
   * The same for a device that has a name: faults and the carrier's events call the line so.
   * @param trace of the module
   */
  plugIn(name: string, profile: ModuleProfile, trace?: Trace): Connection;
  /** A module at the end of a line that is there already: a real one. */
  fitTo(name: string, line: DceLine, profile: ModuleProfile, trace?: Trace): EmulatedModule;
}

/** Makes a world at `options.at`, lets `run` live in it, and ends it whatever comes of that. */
export function inWorld<Result>(
  options: WorldOptions,
  run: (world: World) => Promise<Result>,
): Promise<Result> {
  const random = seededRandom(options.seed);
  return inVirtualTime({ startAt: options.at, random: random.fork('libraries') }, () =>
    around(options, random, run),
  );
}

/** The same at the wall clock's pace, for who is not of this process; the date is that of the world. */
export async function inRealWorld<Result>(
  options: WorldOptions,
  run: (world: World) => Promise<Result>,
): Promise<Result> {
  const setClockRight = shiftClock(options.at);
  try {
    return await around(options, seededRandom(options.seed), run);
  } finally {
    setClockRight();
  }
}

async function around<Result>(
  options: WorldOptions,
  random: Random,
  run: (world: World) => Promise<Result>,
): Promise<Result> {
  const { at: _at, seed: _seed, trace, airTapOf, ...carrier } = options;
  const watched = trace === undefined ? {} : { trace };
  const auNet = new AuNet({ ...carrier, ...watched, random: random.fork('carrier') });
  const faults = new FaultDirector({ auNet, random: random.fork('faults'), ...watched });

  const fitted = (line: DceLine, radio: RadioNetwork, profile: ModuleProfile, ownTrace = trace, name = '') =>
    new EmulatedModule(line, {
      ...(ownTrace === undefined ? {} : { trace: ownTrace }),
      profile,
      radio,
      random: random.fork(`module ${name}`),
      airTap: profile.sockets === undefined ? undefined : airTapOf?.(name),
    });
  const fitTo: World['fitTo'] = (name, line, profile, ownTrace) => {
    const module = fitted(faults.watchLine(name, line), auNet.radioFor(name), profile, ownTrace, name);
    faults.watchModule(name, module);
    return module;
  };
  const plugIn: World['plugIn'] = (name, profile, ownTrace) => {
    const { dte, dce } = createMemoryLine(profile.line.baudRate);
    const module = fitTo(name, pacedDce(dce), profile, ownTrace);
    return { line: pacedDte(dte), module };
  };
  const connect = (profile: ModuleProfile) => {
    const { dte, dce } = createMemoryLine(profile.line.baudRate);
    fitted(pacedDce(dce), auNet, profile);
    return pacedDte(dte);
  };
  try {
    return await run({ auNet, random: random.fork('devices'), faults, connect, plugIn, fitTo });
  } finally {
    faults.close();
    await auNet.close();
  }
}
