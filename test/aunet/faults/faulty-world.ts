/** A whole device over an emulated line, in virtual time, with faults added from the start. */
import { AuNet, type AuNetOptions } from '../../../src/aunet/au-net.ts';
import type { CarrierEvent } from '../../../src/aunet/carrier-event.ts';
import { emulatedAuthorityPem } from '../../../src/aunet/certificates/authority.ts';
import { FaultDirector, type FaultState } from '../../../src/aunet/faults/fault-director.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { TraceEvent } from '../../../src/base/trace.ts';
import { type Ms, ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { parseFault } from '../../../src/config/fault-text.ts';
import { dataMails } from '../../../src/firmware/data-mail.ts';
import { EmulatedModule } from '../../../src/modem/dce/emulated-module.ts';
import { profileByName } from '../../../src/modem/profiles.ts';
import { type DeviceRun, runDevice } from '../../../src/scenario/device-run.ts';
import { sampleMeasurements } from '../../../src/scenario/sample.ts';
import { type StoryUnit, storySettings, storyUnits, unitOfToday } from '../../../src/scenario/story.ts';
import { createMemoryLine } from '../../../src/serial/memory-line.ts';
import { pacedDce, pacedDte } from '../../../src/serial/paced-line.ts';
import type { DteLine } from '../../../src/serial/serial-line.ts';
import { at } from '../given.ts';

export interface FaultyWorld {
  readonly auNet: AuNet;
  readonly director: FaultDirector;
  readonly lines: readonly string[];
  readonly events: readonly CarrierEvent[];
  /** A line with a module under power, both under the name that is given. */
  connect(name?: string): DteLine;
  /** One data mail of a unit. */
  send(patience?: Ms): Promise<DeviceRun>;
}

/** Knows STARTTLS and AUTH; 2024. */
export const modernUnit = unitOfToday;
/** Sends in clear with CRAM-MD5; 2008. */
export const oldUnit: StoryUnit =
  storyUnits.find(({ title }) => title === 'new firmware and server') ?? unitOfToday;

const measurements = await sampleMeasurements();

export function inFaultyWorld<Result>(
  faults: readonly string[],
  run: (world: FaultyWorld) => Promise<Result>,
  {
    unit = modernUnit,
    seed = 1,
    ...options
  }: { unit?: StoryUnit; seed?: number } & Partial<AuNetOptions> = {},
): Promise<Result> {
  const random = seededRandom(seed);
  const startAt = at(unit === modernUnit ? '2024-05-01T06:00' : '2008-10-15T06:00');
  return inVirtualTime({ startAt, random: random.fork('libraries') }, async () => {
    const lines: string[] = [];
    const events: CarrierEvent[] = [];
    const trace = ({ text }: TraceEvent) => lines.push(text);
    const auNet = new AuNet({ random: random.fork('carrier'), trace, ...options });
    auNet.on('event', (event) => events.push(event));
    const director = new FaultDirector({ auNet, random: random.fork('faults'), trace });
    const profile = profileByName(unit.module);
    if (profile === undefined) {
      throw new Error(`no module ${unit.module}`);
    }
    const connect = (name = 'one') => {
      const { dte, dce } = createMemoryLine(profile.line.baudRate);
      const line = pacedDce(director.watchLine(name, dce));
      director.watchModule(name, new EmulatedModule(line, { profile, radio: auNet.radioFor(name), trace }));
      return pacedDte(dte);
    };
    const story = storySettings(unit);
    const { server } = story.mail;
    const settings = { ...story, mail: { ...story.mail, server: { ...server, ca: emulatedAuthorityPem } } };
    for (const fault of faults) {
      director.add(parseFault(fault));
    }
    const send = (patience = ms(0)) =>
      runDevice({
        settings,
        mails: dataMails(settings, measurements.quantities, measurements.rows),
        openLine: async () => connect(),
        random: random.fork('device'),
        patience,
        trace,
      });
    try {
      return await run({ auNet, director, lines, events, connect, send });
    } finally {
      director.close();
      await auNet.close();
    }
  });
}

/** The only fault. */
export function only(director: FaultDirector): FaultState {
  const [state] = director.faults;
  if (state === undefined) {
    throw new Error('no fault');
  }
  return state;
}

export const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));
