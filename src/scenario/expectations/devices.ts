/** Devices: how their sessions ended, what they cost, and what is in their flash. */

import { formatPath } from '../../config/document-problems.ts';
import type { ExpectedDevice } from '../../config/scenario-expect.ts';
import { matches } from '../../config/scenario-expect.ts';
import { isMapping } from '../../config/scenario-layers.ts';
import type { DeviceResult, Failure } from '../case-result.ts';
import { failureAt, isWithin, type JudgedRun, rangeText, type Told } from './judged-run.ts';

export function judgeDevices(run: JudgedRun): Failure[] {
  return Object.entries(run.scenario.expect.devices).flatMap(([name, expected]) => {
    const device = run.devices.find((one) => one.name === name);
    const path = formatPath(['expect', 'devices', name]);
    if (device === undefined) {
      const known = run.devices.map((one) => one.name).join(', ');
      const message = `There is no device ${name}; there is ${known}.`;
      return [failureAt(run, path, { message, expected: name, found: known })];
    }
    return [...differences(device, expected)].map(([key, told]) => failureAt(run, `${path}.${key}`, told));
  });
}

type Found = readonly [key: string, told: Told];

function* differences(device: DeviceResult, expected: ExpectedDevice): Generator<Found> {
  const { name } = device;
  const because = device.reason === undefined ? '' : ` ${device.reason}`;
  const told = (what: string, wanted: string, is: string): Told => ({
    message: `${name}: ${what} is ${is}, expected ${wanted}.${because}`,
    expected: wanted,
    found: is,
  });
  for (const [key, what] of [
    ['state', 'its state at the end'],
    ['outcome', 'the outcome of its last session'],
  ] as const) {
    const wanted = expected[key];
    const is = device[key] ?? 'none';
    if (wanted !== undefined && wanted !== is) {
      yield [key, told(what, wanted, is)];
    }
  }
  const stoppedBy = device.blockedBy ?? 'none';
  if (expected.blockedBy !== undefined && !matches(expected.blockedBy, stoppedBy, 'equal')) {
    yield ['blockedBy', told('what stopped its last session', expected.blockedBy, stoppedBy)];
  }
  yield* everBlocked(device, expected, told);
  for (const [key, what] of [
    ['dials', 'the number of calls that it placed'],
    ['attempts', 'the number of attempts to hand a mail over'],
    ['waiting', 'the number of mails that wait in its outbox'],
    ['boots', 'how often it came up'],
    ['bytesOnLine', 'the number of octets on its line'],
  ] as const) {
    const wanted = expected[key];
    if (wanted !== undefined && !isWithin(wanted, device[key])) {
      yield [key, told(what, rangeText(wanted), String(device[key]))];
    }
  }
  if (expected.sessions !== undefined && !isWithin(expected.sessions, device.sessions.length)) {
    const is = String(device.sessions.length);
    yield ['sessions', told('the number of sessions that it held', rangeText(expected.sessions), is)];
  }
  const seconds = device.timeOnLineMs / 1000;
  if (expected.timeOnLine !== undefined && !isWithin(expected.timeOnLine, device.timeOnLineMs)) {
    const { min, max } = expected.timeOnLine;
    const wanted = `${min / 1000} to ${max / 1000} s`;
    yield ['timeOnLine', told('the time with its line open', wanted, `${seconds} s`)];
  }
  yield* alerts(device, expected, told);
  yield* memory(device, expected, told);
}

type Tell = (what: string, wanted: string, is: string) => Told;

function* everBlocked(
  { sessions }: DeviceResult,
  { everBlockedBy }: ExpectedDevice,
  told: Tell,
): Generator<Found> {
  if (everBlockedBy === undefined) {
    return;
  }
  const codes = [...new Set(sessions.flatMap(({ blockedBy }) => blockedBy ?? []))];
  const is = codes.join(', ') || 'nothing';
  const missing = everBlockedBy.filter((pattern) => !codes.some((code) => matches(pattern, code, 'equal')));
  if (missing.length > 0 || (everBlockedBy.length === 0 && codes.length > 0)) {
    yield ['everBlockedBy', told('what stopped its sessions', everBlockedBy.join(', ') || 'nothing', is)];
  }
}

function* alerts({ alerts: raised }: DeviceResult, expected: ExpectedDevice, told: Tell): Generator<Found> {
  if (expected.alerts === undefined) {
    return;
  }
  const kinds = [...new Set(raised.map(({ kind }) => kind))];
  const isWhole =
    expected.alerts.every((pattern) => kinds.some((kind) => matches(pattern, kind, 'equal'))) &&
    kinds.every((kind) => (expected.alerts ?? []).some((pattern) => matches(pattern, kind, 'equal')));
  if (!isWhole) {
    yield [
      'alerts',
      told(
        'what it raised alerts for',
        expected.alerts.join(', ') || 'nothing',
        kinds.join(', ') || 'nothing',
      ),
    ];
  }
}

function* memory(device: DeviceResult, expected: ExpectedDevice, told: Tell): Generator<Found> {
  const { firmware = 'none', slots, settings } = device;
  if (expected.firmware !== undefined && !matches(expected.firmware, firmware, 'equal')) {
    yield ['firmware', told('the release that it runs', expected.firmware, firmware)];
  }
  for (const slot of ['slot0', 'slot1'] as const) {
    const wanted = expected.slots?.[slot];
    const is = slots?.[slot] ?? 'none';
    if (wanted !== undefined && !matches(wanted, is, 'equal')) {
      yield [`slots.${slot}`, told(`the image in ${slot}`, wanted, is)];
    }
  }
  for (const { path, wanted, is } of unlike(expected.settings, settings, [])) {
    const where = formatPath(path);
    yield [
      `settings.${where}`,
      told(`the setting ${where} in its flash`, JSON.stringify(wanted), JSON.stringify(is) ?? 'nothing'),
    ];
  }
}

interface Unlike {
  readonly path: readonly string[];
  readonly wanted: unknown;
  readonly is: unknown;
}

function* unlike(wanted: unknown, is: unknown, path: readonly string[]): Generator<Unlike> {
  if (isMapping(wanted)) {
    for (const [key, inner] of Object.entries(wanted)) {
      yield* unlike(inner, isMapping(is) ? is[key] : undefined, [...path, key]);
    }
  } else if (wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(is)) {
    yield { path, wanted, is };
  }
}
