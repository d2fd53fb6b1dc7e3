/**
 * The emulated world around one or more devices: au.NET at a date, and lines with a module at their other end.
 * It lives in virtual time.
 */

import { AuNet, type AuNetOptions } from '../aunet/au-net.ts';
import { type Random, seededRandom } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import { inVirtualTime } from '../base/virtual-time.ts';
import { EmulatedModule } from '../modem/dce/emulated-module.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { createMemoryLine } from '../serial/memory-line.ts';
import { pacedDce, pacedDte } from '../serial/paced-line.ts';
import type { DteLine } from '../serial/serial-line.ts';

export interface WorldOptions extends Omit<AuNetOptions, 'random' | 'trace'> {
  readonly at: Ms;
  /** Same seed, same run. */
  readonly seed: number;
  readonly trace?: Trace | undefined;
}

export interface World {
  readonly auNet: AuNet;
  readonly random: Random;
  /** A line at its module's rate, with the module under power at the other end. */
  connect(profile: ModuleProfile): DteLine;
}

/** Makes a world at `options.at`, lets `run` live in it, and ends it whatever comes of that. */
export function inWorld<Result>(
  options: WorldOptions,
  run: (world: World) => Promise<Result>,
): Promise<Result> {
  const { at, seed, trace, ...carrier } = options;
  const random = seededRandom(seed);
  return inVirtualTime({ startAt: at, random: random.fork('libraries') }, async () => {
    const watched = trace === undefined ? {} : { trace };
    const auNet = new AuNet({ ...carrier, ...watched, random: random.fork('carrier') });
    const connect = (profile: ModuleProfile) => {
      const { dte, dce } = createMemoryLine(profile.line.baudRate);
      new EmulatedModule(pacedDce(dce), { ...watched, profile, radio: auNet });
      return pacedDte(dte);
    };
    try {
      return await run({ auNet, random: random.fork('devices'), connect });
    } finally {
      await auNet.close();
    }
  });
}
