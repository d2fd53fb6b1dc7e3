/** What lives cheaply: device-hours per CPU second of fleets that send every hour, and the heap of a device that sleeps. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hours, type Ms, minutes, ms } from '../../src/base/units.ts';
import { now } from '../../src/base/virtual-time.ts';
import { loadMeasurements } from '../../src/config/measurements.ts';
import { DeviceLife } from '../../src/scenario/device-life.ts';
import { PlainMemory } from '../../src/scenario/device-memory.ts';
import { type Sensor, sensorOf } from '../../src/scenario/sensor.ts';
import { waitUntil } from '../../src/scenario/timeline.ts';
import { inWorld, type World } from '../../src/scenario/world.ts';
import { cpuTime, type Figure } from './figure.ts';
import { moduleAt, release, settings, world } from './unit.ts';

/** As many device-hours in every run, so that each is measured as long. */
const DEVICE_HOURS = 1000;
const FLEETS = [1, 10, 100, 1000];
const IDLE_DEVICES = 200;
const MOST_GROWTH = 1.2;
const MOST_IDLE_KIB = 100;

const module = moduleAt(115_200);
const HOUR = hours(1);
/** In the checkout, not beside the compiled code. */
const SERIES = join(process.cwd(), 'fixtures/data/moshiri-2004-02.csv');

export async function fleet(): Promise<Figure[]> {
  const sensor = sensorOf(await loadMeasurements(SERIES), 'repeat');
  // Warm: the compiler has seen everything.
  await fleetHours(sensor, 10, 30);
  const figures: Figure[] = [];
  const perHour = new Map<number, number>();
  for (const devices of FLEETS) {
    const lived = Math.max(1, Math.round(DEVICE_HOURS / devices));
    const cpuMs = await cpuTime(() => fleetHours(sensor, devices, lived));
    perHour.set(devices, cpuMs / (devices * lived));
    figures.push({
      name: `device-hours-${devices}`,
      value: (devices * lived * 1000) / cpuMs,
      unit: 'device-hours/CPU s',
    });
  }
  const growth = (perHour.get(1000) ?? 0) / (perHour.get(10) ?? 1);
  return [
    ...figures,
    {
      name: 'device-cost-growth',
      value: growth,
      unit: 'ratio',
      limit: { kind: 'at most', value: MOST_GROWTH },
    },
    {
      name: 'idle-device-memory',
      value: (await idleHeap(sensor)) / 1024,
      unit: 'KiB',
      limit: { kind: 'at most', value: MOST_IDLE_KIB },
    },
  ];
}

/** A fleet whose units send one after the other, as their settings would spread them. */
async function fleetHours(sensor: Sensor, devices: number, lived: number): Promise<void> {
  await inWorld(world, async (around) => {
    let sent = 0;
    const fleet = Array.from({ length: devices }, (_, number) =>
      unit(around, sensor, number, devices, () => (sent += 1)),
    );
    // The last mail of who sends at the full hour is under way by then.
    const until = ms(now() + hours(lived) + minutes(1));
    for (const one of fleet) {
      one.powerOn();
    }
    await waitUntil(until);
    await Promise.all(fleet.map(({ idle }) => idle));
    if (sent < devices * lived) {
      throw new Error(`${sent} of ${devices * lived} mails were sent`);
    }
  });
}

/** The heap that further devices take while they sleep, each with a session behind it. */
async function idleHeap(sensor: Sensor): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  return inWorld(world, async (around) => {
    const live = async (from: number, count: number) => {
      const fleet = Array.from({ length: count }, (_, index) =>
        unit(around, sensor, from + index, count, () => {}),
      );
      for (const one of fleet) {
        one.powerOn();
      }
      await waitUntil(ms(now() + minutes(61)));
      await Promise.all(fleet.map(({ idle }) => idle));
      return fleet;
    };
    const first = await live(0, 10);
    // Mails that arrived are the mailboxes', not the devices'.
    const mails = () => around.auNet.mailboxes.all.reduce((sum, { raw }) => sum + raw.length, 0);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const mailsBefore = mails();
    const fleet = await live(10, IDLE_DEVICES);
    collectGarbage();
    const { heapUsed } = process.memoryUsage();
    for (const one of [...first, ...fleet]) {
      one.powerOff();
    }
    return (heapUsed - before - (mails() - mailsBefore)) / fleet.length;
  });
}

function unit(
  around: World,
  sensor: Sensor,
  number: number,
  devices: number,
  onSession: () => void,
): DeviceLife {
  const name = `unit-${number}`;
  const sendOffset: Ms = ms(Math.floor((HOUR * (number % devices)) / devices));
  const own = {
    ...settings,
    device: { ...settings.device, name },
    schedule: { ...settings.schedule, sendEvery: HOUR, sendOffset },
  };
  return new DeviceLife({
    name,
    memory: new PlainMemory(own, release),
    sensor,
    module,
    plugIn: (profile) => ({ line: around.plugIn(name, profile).line, leftCallUp: false }),
    random: around.random.fork(name),
    onSession: ({ report: { outcome } }) => {
      if (outcome === 'delivered') {
        onSession();
      }
    },
  });
}
