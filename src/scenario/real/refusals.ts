/** What a scenario with real devices cannot ask for. It is said before anything starts, as a sentence. */
import { Kadec21Error } from '../../base/errors.ts';
import { type Ms, ms } from '../../base/units.ts';
import { formatDuration } from '../../config/duration.ts';
import type { ExpectedDevice } from '../../config/scenario-expect.ts';
import { isMapping } from '../../config/scenario-layers.ts';
import type { Scenario, ScenarioDevice } from '../../config/scenario-schema.ts';
import { instantOf } from '../timeline.ts';

export class RealDeviceError extends Kadec21Error {
  readonly code: 'SCENARIO_REAL_DEVICE' | 'SCENARIO_PROGRAM';
  readonly layer = 'usage';

  constructor(code: RealDeviceError['code'], message: string, advice: string) {
    super(message, { advice });
    this.code = code;
  }
}

/** On a line of this machine, or a program. */
export const isReal = ({ line, command }: ScenarioDevice): boolean =>
  line !== undefined || command !== undefined;

export const realDevicesOf = ({ devices }: Scenario): readonly string[] =>
  Object.entries(devices).flatMap(([name, device]) => (isReal(device) ? [name] : []));

/** What can be told of a device from its line. */
const SEEN_FROM_OUTSIDE: readonly (keyof ExpectedDevice)[] = ['dials', 'bytesOnLine', 'timeOnLine'];

/** So much of the real time that a case has is kept for letting everything go. */
const RELEASE_MS = 5000;

/**
 * When a scenario in real time ends at the latest.
 * @param document as it was written: where it says nothing of `until`, the scenario's two hours are not meant
 * @throws RealDeviceError where it is given up before
 */
export function realUntil(scenario: Scenario, document: unknown, start: Ms): Ms {
  const { until, timeout } = scenario;
  if (!isMapping(document) || document.until === undefined) {
    return ms(start + Math.max(timeout - RELEASE_MS, timeout / 2));
  }
  const end = instantOf(until, start);
  if (end - start > timeout) {
    const written = `until (${formatDuration(ms(end - start))}) is longer than timeout (${formatDuration(timeout)})`;
    throw refused(
      `A real device lives in real time: ${written}.`,
      'Write a short until, or a longer timeout (at most 60min).',
    );
  }
  return end;
}

/** @throws RealDeviceError that names the first thing that cannot be */
export function refuseUnreal(scenario: Scenario): void {
  const real = new Set(realDevicesOf(scenario));
  const isAlone = real.size === Object.keys(scenario.devices).length;
  refuseEvents(scenario, real, isAlone);
  refuseExpectations(scenario, real, isAlone);
  for (const name of real) {
    if (scenario.devices[name]?.power === 'off') {
      throw refused(`The power of the real device ${name} cannot be off: nobody here has its switch.`);
    }
  }
}

function refuseEvents({ timeline }: Scenario, real: ReadonlySet<string>, isAlone: boolean): void {
  for (const event of timeline) {
    if (event.event === 'jump') {
      throw refused(
        'The calendar cannot jump in a scenario with real devices: they live in real time.',
        'Begin at the later date (world.at), in a scenario of its own.',
      );
    }
    if (event.event === 'fault' || event.event === 'host') {
      continue;
    }
    if (event.device === undefined ? isAlone : real.has(event.device)) {
      const who =
        event.device === undefined ? 'There is no emulated device' : `${event.device} is a real device`;
      throw refused(
        `${who}: the event ${event.event} can only happen to an emulated one.`,
        'Of the timeline, fault and host are for real devices too.',
      );
    }
  }
}

function refuseExpectations({ expect }: Scenario, real: ReadonlySet<string>, isAlone: boolean): void {
  for (const [name, expected] of Object.entries(expect.devices)) {
    const inside = Object.keys(expected).find(
      (key) =>
        !SEEN_FROM_OUTSIDE.some((seen) => seen === key) &&
        expected[key as keyof ExpectedDevice] !== undefined,
    );
    if (real.has(name) && inside !== undefined) {
      throw refused(
        `expect.devices.${name}.${inside} is about the inside of a device, and ${name} is a real one.`,
        `Of a real device can be expected: ${SEEN_FROM_OUTSIDE.join(', ')}; and mails, calls, dialogue.`,
      );
    }
  }
  for (const [index, { layer, device }] of expect.dialogue.entries()) {
    const isReals = device === undefined ? isAlone : real.has(device);
    // The network does not tell whose PPP it is: with one device there is no question.
    const isSeen =
      layer === 'at' || (layer === 'ppp' && isAlone && (device === undefined || real.size === 1));
    if (isReals && !isSeen) {
      throw refused(
        `expect.dialogue[${index}] is about ${layer}, which is not followed for a real device here.`,
        'Of a real device at is, and ppp where it is the only device.',
      );
    }
  }
}

const refused = (message: string, advice = 'Give it settings or a flash file instead.') =>
  new RealDeviceError('SCENARIO_REAL_DEVICE', message, advice);
