/** Runs the story of the notices: every unit on every day, each through the whole path. */
import { type Bytes, bytes, type Ms, ms } from '../base/units.ts';
import { parseInstant } from '../config/japan-time.ts';
import type { Measurements } from '../config/measurements.ts';
import { bootDevice } from '../firmware/boot/boot-device.ts';
import { factoryFlash } from '../firmware/boot/factory-flash.ts';
import type { CommsOutcome, CommsReport, CommsStep } from '../firmware/comms-report.ts';
import { emulatedDeviceKey } from '../firmware/image/device-key.ts';
import { releaseByVersion } from '../firmware/releases.ts';
import { profileByName } from '../modem/profiles.ts';
import { type EmulatedSendResult, sendThroughWorld } from './send-data-mail.ts';
import { STORY_TIME, type StoryUnit, serverOf, storyDates, storySettings, storyUnits } from './story.ts';

/** What one unit met on one day. */
export interface StoryCell {
  readonly unit: string;
  readonly generation: 'N' | 'N2';
  readonly firmware: string;
  readonly module: string;
  readonly server: string;
  readonly date: string;
  readonly outcome: CommsOutcome;
  /** The mail lies in the mailbox. */
  readonly delivered: boolean;
  /** A stable code, `OP25B`; null where nothing stopped it. */
  readonly blockedBy: string | null;
  readonly reason: string | null;
  readonly advice: string | null;
  /** Sessions that the device held. */
  readonly attempts: number;
  /** What the device did in its last session, up to the step that failed. */
  readonly steps: readonly Pick<CommsStep, 'name' | 'result'>[];
  readonly virtualMs: Ms;
  /** Octets on the serial line, both directions. */
  readonly bytesOnLine: Bytes;
}

export interface StoryStep {
  readonly unit: StoryUnit;
  readonly date: string;
}

/**
 * @param measurements what the units have recorded
 * @param onStart called before each cell
 */
export async function* tellStory(
  seed: number,
  measurements: Measurements,
  onStart: (step: StoryStep) => void = () => {},
): AsyncGenerator<StoryCell> {
  for (const unit of storyUnits) {
    for (const date of storyDates) {
      onStart({ unit, date });
      yield cellOf(unit, date, await runUnit(unit, date, seed, measurements));
    }
  }
}

function runUnit(unit: StoryUnit, date: string, seed: number, measurements: Measurements) {
  const at = parseInstant(`${date}${STORY_TIME}`);
  const module = profileByName(unit.module);
  if (at === undefined || module === undefined) {
    throw new RangeError(`The story tells of a day or a module that does not exist: ${date}, ${unit.module}`);
  }
  const { flash, config } = factoryFlash(releaseByVersion(unit.firmware), storySettings(unit));
  const { settings, release } = bootDevice(flash, config, emulatedDeviceKey());
  return sendThroughWorld(
    { settings, release, measurements, module, patience: unit.patience ?? ms(0) },
    { at, seed },
  );
}

function cellOf(unit: StoryUnit, date: string, run: EmulatedSendResult): StoryCell {
  const total = (count: (session: CommsReport) => number) =>
    run.sessions.reduce((sum, session) => sum + count(session), 0);
  return {
    unit: unit.title,
    generation: unit.model.endsWith('-N2') ? 'N2' : 'N',
    firmware: unit.firmware,
    module: unit.module,
    server: serverOf(unit),
    date,
    outcome: run.sessions.at(-1)?.outcome ?? 'blocked',
    delivered: run.isDelivered && run.arrived.length > 0,
    blockedBy: run.blockedBy?.code ?? null,
    reason: run.blockedBy?.sentence ?? null,
    advice: run.blockedBy?.advice ?? null,
    attempts: run.sessions.length,
    steps: (run.sessions.at(-1)?.steps ?? []).map(({ name, result }) => ({ name, result })),
    virtualMs: run.elapsed,
    bytesOnLine: bytes(total(({ bytesSent, bytesReceived }) => bytesSent + bytesReceived)),
  };
}
