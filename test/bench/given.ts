/** A bench in front of the emulated world, in virtual time. */
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { FaultDirector } from '../../src/aunet/faults/fault-director.ts';
import { type Ms, ms } from '../../src/base/units.ts';
import type { BenchReport, StationReport } from '../../src/bench/bench-report.ts';
import { type BenchRun, runBench } from '../../src/bench/run-bench.ts';
import type { StationName } from '../../src/bench/station.ts';
import { defaultCalendar } from '../../src/config/calendar.ts';
import { parseFault } from '../../src/config/fault-text.ts';
import { parseInstant } from '../../src/config/japan-time.ts';
import type { Settings } from '../../src/config/settings-schema.ts';
import { EmulatedModule } from '../../src/modem/dce/emulated-module.ts';
import type { ModuleProfile } from '../../src/modem/module-profile.ts';
import { moduleProfiles, profileByName } from '../../src/modem/profiles.ts';
import { storySettings, unitOfToday } from '../../src/scenario/story.ts';
import { inWorld, type World, type WorldOptions } from '../../src/scenario/world.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { pacedDce, pacedDte } from '../../src/serial/paced-line.ts';
import type { DteLine } from '../../src/serial/serial-line.ts';

export function profileOf(name: string): ModuleProfile {
  const profile = profileByName(name);
  if (profile === undefined) {
    throw new Error(`there is no module ${name}`);
  }
  return profile;
}

export function at(date: string): Ms {
  return parseInstant(date) ?? ms(0);
}

/** Settings of a unit that fits the module; it trusts the emulation's authority. */
export function settingsFor(module: string, port: 25 | 587 = 587): Settings {
  const names = ['existing', 'dual-band', '3gpp'] as const;
  const name = names.find((one) => one === module) ?? '3gpp';
  const settings = storySettings({ ...unitOfToday, module: name, port });
  const { mail } = settings;
  return { ...settings, mail: { ...mail, server: { ...mail.server, ca: emulatedAuthorityPem } } };
}

export interface Given extends Partial<Omit<BenchRun, 'openLine' | 'at'>> {
  readonly module?: string;
  /** As on the command line of `kadec21 serve`. */
  readonly faults?: readonly string[];
  readonly date?: string;
  readonly world?: Partial<WorldOptions>;
  /** Before the bench begins. */
  readonly prepare?: (world: World) => void;
  readonly openLine?: (world: World) => Promise<DteLine>;
}

export async function bench(given: Given = {}): Promise<BenchReport> {
  const {
    module = '3gpp',
    date = '2023-06-01T09:00',
    world = {},
    faults = [],
    prepare,
    openLine,
    ...more
  } = given;
  const profile = profileOf(module);
  return inWorld({ at: at(date), seed: 1, ...world }, async (around) => {
    prepare?.(around);
    return runBench({
      port: 'memory',
      profile: 'auto',
      candidates: moduleProfiles,
      settings: settingsFor(module),
      at: at(date),
      calendar: defaultCalendar,
      random: around.random,
      allowed: new Set(['money', 'sends mail'] as const),
      openLine: () => openLine?.(around) ?? Promise.resolve(faultyLine(around, profile, faults)),
      ...more,
    });
  });
}

export function station(report: BenchReport, name: StationName): StationReport {
  const found = report.stations.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`there is no station ${name}`);
  }
  return found;
}

/** By verdict, the stations that have it. */
export const verdicts = (report: BenchReport): Record<string, string> =>
  Object.fromEntries(report.stations.map(({ name, verdict }) => [name, verdict]));

/** A line with a module at its other end, and what goes wrong with them and above. */
function faultyLine({ auNet, random }: World, profile: ModuleProfile, faults: readonly string[]): DteLine {
  const { dte, dce } = createMemoryLine(profile.line.baudRate);
  const director = new FaultDirector({ auNet, random: random.fork('faults') });
  const module = new EmulatedModule(director.watchLine('line', pacedDce(dce)), {
    profile,
    radio: auNet.radioFor('line'),
  });
  director.watchModule('line', module);
  for (const fault of faults) {
    director.add(parseFault(fault));
  }
  return pacedDte(dte);
}
