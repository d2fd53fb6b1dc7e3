/** What a scenario with real or recorded devices cannot ask for. It is said before anything starts, as a sentence. */
import { Kadec21Error } from '../base/errors.ts';
import { type Ms, ms } from '../base/units.ts';
import { formatDuration } from '../config/duration.ts';
import type { FaultKind } from '../config/fault.ts';
import type { ExpectedDevice } from '../config/scenario-expect.ts';
import { isMapping } from '../config/scenario-layers.ts';
import type { Scenario, ScenarioDevice } from '../config/scenario-schema.ts';
import { instantOf } from './timeline.ts';

export class RealDeviceError extends Kadec21Error {
  readonly code: 'SCENARIO_REAL_DEVICE' | 'SCENARIO_PROGRAM' | 'SCENARIO_RECORDING';
  readonly layer = 'usage';

  constructor(code: RealDeviceError['code'], message: string, advice: string) {
    super(message, { advice });
    this.code = code;
  }
}

/** On a line of this machine, or a program. */
export const isReal = ({ line, command }: ScenarioDevice): boolean =>
  line !== undefined || command !== undefined;

/** By a recording. */
const isRecorded = ({ recording }: ScenarioDevice): boolean => recording !== undefined;

export const isEmulated = (device: ScenarioDevice): boolean => !isReal(device) && !isRecorded(device);

export const realDevicesOf = (scenario: Scenario): readonly string[] => namesOf(scenario, isReal);

const namesOf = ({ devices }: Scenario, isMeant: (device: ScenarioDevice) => boolean): string[] =>
  Object.entries(devices).flatMap(([name, device]) => (isMeant(device) ? [name] : []));

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

/** Devices that are not emulated, and what each is called. */
interface Outside {
  readonly kinds: ReadonlyMap<string, 'real' | 'recorded'>;
  /** There is no emulated one. */
  readonly isAlone: boolean;
}

/** @throws RealDeviceError that names the first thing that cannot be */
export function refuseOutside(scenario: Scenario): void {
  const kinds = new Map([
    ...namesOf(scenario, isReal).map((name) => [name, 'real'] as const),
    ...namesOf(scenario, isRecorded).map((name) => [name, 'recorded'] as const),
  ]);
  refuseRecordings(scenario);
  if (kinds.size === 0) {
    return;
  }
  const outside = { kinds, isAlone: kinds.size === Object.keys(scenario.devices).length };
  refuseEvents(scenario, outside);
  refuseExpectations(scenario, outside);
  for (const [name, kind] of kinds) {
    if (scenario.devices[name]?.power === 'off') {
      throw refused(`The power of the ${kind} device ${name} cannot be off: nobody here has its switch.`);
    }
  }
}

function refuseRecordings(scenario: Scenario): void {
  const { devices, timeline } = scenario;
  refuseBeyondRecordedLines(scenario);
  for (const [name, device] of Object.entries(devices)) {
    const { module } = device;
    if (typeof module !== 'object') {
      continue;
    }
    if (isRecorded(device)) {
      throw badRecording(
        `${name} and its module are both recordings: nothing would be checked.`,
        'Give one of them by a recording, and the other by settings, a module, a line or a command.',
      );
    }
    if (isReal(device) && module.recording.length > 1) {
      throw badRecording(
        `The module of ${name} is played from ${module.recording.length} recordings, and ${name} is a real device.`,
        'Where one session of a real device ends cannot be seen: write a scenario for each recording.',
      );
    }
    const fit = timeline.find(
      (event) => event.event === 'fit-module' && (event.device === undefined || event.device === name),
    );
    if (fit !== undefined) {
      throw badRecording(
        `No other module can be fitted to ${name}: its module is played from a recording.`,
        'Write a scenario for each module.',
      );
    }
  }
}

/** What happens to a line, whatever is at its end. */
const OF_THE_LINE: readonly FaultKind[] = ['line-noise', 'module-silent'];

/** A recorded module has no air, no network and no receiver behind it: what would strike there strikes nobody. */
function refuseBeyondRecordedLines({ devices, faults, timeline }: Scenario): void {
  const recorded = Object.keys(devices).filter((name) => typeof devices[name]?.module === 'object');
  const isAlone = recorded.length > 0 && recorded.length === Object.keys(devices).length;
  const strikesNobody = (name: string | undefined) =>
    name === undefined ? isAlone : recorded.includes(name);
  const whose = (name: string | undefined) => `the module of ${name ?? recorded.join(' and ')}`;
  const toldFaults = timeline.flatMap((event) => (event.event === 'fault' ? [event.fault] : []));
  for (const { fault, line } of [...faults, ...toldFaults]) {
    if (!OF_THE_LINE.includes(fault) && strikesNobody(line)) {
      throw badRecording(
        `The fault ${fault} cannot strike: ${whose(line)} is played from a recording, which has its own course.`,
        `Only ${OF_THE_LINE.join(' and ')} reach the line of a recorded module; give another module for the rest.`,
      );
    }
  }
  for (const event of timeline) {
    if (event.event === 'ring' && strikesNobody(event.device)) {
      throw badRecording(
        `Nobody can call ${whose(event.device)}: it is played from a recording, and rings where that has RING.`,
        'Leave the event ring out, or give another module.',
      );
    }
  }
}

function refuseEvents({ timeline }: Scenario, { kinds, isAlone }: Outside): void {
  for (const event of timeline) {
    if (event.event === 'jump') {
      const kind = kinds.values().next().value ?? 'real';
      throw refused(
        kind === 'real'
          ? 'The calendar cannot jump in a scenario with real devices: they live in real time.'
          : 'The calendar cannot jump in a scenario with recorded devices: they have their own times.',
        'Begin at the later date (world.at), in a scenario of its own.',
      );
    }
    if (event.event === 'fault' || event.event === 'host' || event.event === 'ring') {
      continue;
    }
    const kind = event.device === undefined ? undefined : kinds.get(event.device);
    if (event.device === undefined ? isAlone : kind !== undefined) {
      const who =
        event.device === undefined ? 'There is no emulated device' : `${event.device} is a ${kind} device`;
      throw refused(
        `${who}: the event ${event.event} can only happen to an emulated one.`,
        `Of the timeline, fault, host and ring are for ${kind ?? 'such'} devices too.`,
      );
    }
  }
}

function refuseExpectations({ expect }: Scenario, { kinds, isAlone }: Outside): void {
  for (const [name, expected] of Object.entries(expect.devices)) {
    const kind = kinds.get(name);
    const inside = Object.keys(expected).find(
      (key) =>
        !SEEN_FROM_OUTSIDE.some((seen) => seen === key) &&
        expected[key as keyof ExpectedDevice] !== undefined,
    );
    if (kind !== undefined && inside !== undefined) {
      throw refused(
        `expect.devices.${name}.${inside} is about the inside of a device, and ${name} is a ${kind} one.`,
        `Of a ${kind} device can be expected: ${SEEN_FROM_OUTSIDE.join(', ')}; and mails, calls, dialogue.`,
      );
    }
  }
  for (const [index, { layer, device }] of expect.dialogue.entries()) {
    const kind = device === undefined ? kinds.values().next().value : kinds.get(device);
    const isOutsides = device === undefined ? isAlone : kind !== undefined;
    // The network does not tell whose PPP it is: with one device there is no question.
    const isSeen =
      layer === 'at' ||
      (layer === 'ppp' && kind === 'real' && isAlone && (device === undefined || kinds.size === 1));
    if (isOutsides && !isSeen) {
      throw refused(
        `expect.dialogue[${index}] is about ${layer}, which is not followed for a ${kind} device here.`,
        kind === 'real'
          ? 'Of a real device at is, and ppp where it is the only device.'
          : 'Of a recorded device at is.',
      );
    }
  }
}

const refused = (message: string, advice = 'Give it settings or a flash file instead.') =>
  new RealDeviceError('SCENARIO_REAL_DEVICE', message, advice);

const badRecording = (message: string, advice: string) =>
  new RealDeviceError('SCENARIO_RECORDING', message, advice);
