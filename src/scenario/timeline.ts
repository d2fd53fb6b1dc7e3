/** Lets the events of a scenario happen at their instants, each when the device can take it. */

import type { AuNet } from '../aunet/au-net.ts';
import type { FaultDirector } from '../aunet/faults/fault-director.ts';
import { Kadec21Error } from '../base/errors.ts';
import { pause } from '../base/pause.ts';
import { type Ms, ms } from '../base/units.ts';
import { now, setClockForward } from '../base/virtual-time.ts';
import type { FaultInstant } from '../config/fault-fields.ts';
import type { ScenarioEvent } from '../config/scenario-events.ts';
import { FirmwareError } from '../firmware/firmware-error.ts';
import { profileByName } from '../modem/profiles.ts';
import type { DeviceLife } from './device-life.ts';
import type { NewImage } from './device-memory.ts';

export interface Stage {
  readonly auNet: AuNet;
  readonly faults: FaultDirector;
  readonly devices: ReadonlyMap<string, DeviceLife>;
  readonly images: ReadonlyMap<string, NewImage>;
  /** Lets the time after the last event pass; by default up to `until`. */
  readonly untilTheEnd?: ((until: Ms) => Promise<void>) | undefined;
  /** In real time somebody may have given it up. @throws then */
  readonly refuseIfOver?: (() => void) | undefined;
  /** What an event could not do is told here; the scenario goes on. */
  note(text: string): void;
}

export const instantOf = (at: FaultInstant, start: Ms): Ms =>
  'instant' in at ? at.instant : ms(start + at.sinceStart);

/** One timer holds less than 25 days. */
const LONGEST_TIMER = 2_000_000_000;

export async function waitUntil(instant: Ms): Promise<void> {
  while (now() < instant) {
    await pause(ms(Math.min(instant - now(), LONGEST_TIMER)));
  }
}

/**
 * Lets time pass up to `until`, with everything that happens on the way.
 * @returns how much of it was jumped over
 */
export async function playTimeline(
  events: readonly ScenarioEvent[],
  start: Ms,
  until: Ms,
  stage: Stage,
): Promise<Ms> {
  let jumped = 0;
  const instant = (event: ScenarioEvent) => instantOf(event.at, start);
  for (const event of events.toSorted((one, other) => instant(one) - instant(other))) {
    if (instant(event) > until) {
      break;
    }
    await waitUntil(instant(event));
    stage.refuseIfOver?.();
    if (event.event === 'jump') {
      jumped += await jump(event.to, stage);
    } else {
      await play(event, stage);
    }
  }
  await (stage.untilTheEnd ?? waitUntil)(until);
  return ms(jumped);
}

async function jump(to: FaultInstant, { devices }: Stage): Promise<number> {
  for (const device of devices.values()) {
    await device.idle;
  }
  const target = 'instant' in to ? to.instant : ms(now() + to.sinceStart);
  const distance = target - now();
  if (distance <= 0) {
    throw new RangeError('A jump of the calendar goes back, or nowhere.');
  }
  setClockForward(target);
  for (const device of devices.values()) {
    device.clockChanged();
  }
  return distance;
}

async function play(event: Exclude<ScenarioEvent, { event: 'jump' }>, stage: Stage): Promise<void> {
  switch (event.event) {
    case 'fault':
      stage.faults.add(event.fault);
      return;
    case 'host':
      stage.auNet.setHost(event.name.toLowerCase(), event.state);
      return;
    case 'ring':
      if (stage.auNet.page(event.device) === 0) {
        stage.note(`nobody heard the call to ${event.device ?? 'all'}: not registered, or in a call`);
      }
      return;
    default:
      for (const device of chosen(stage.devices, event.device)) {
        await happen(event, device, stage);
      }
  }
}

type DeviceEvent = Exclude<ScenarioEvent, { event: 'jump' | 'fault' | 'host' | 'ring' }>;

async function happen(event: DeviceEvent, device: DeviceLife, stage: Stage): Promise<void> {
  switch (event.event) {
    case 'power-cut': {
      const comesBack = () => {
        if (event.for !== undefined) {
          setTimeout(() => device.powerOn(), event.for);
        }
      };
      if (event['after-writes'] === undefined) {
        device.powerOff();
        comesBack();
      } else {
        device.powerOffAfterWrites(event['after-writes'], event.torn, comesBack);
      }
      return;
    }
    case 'power-on':
      device.powerOn();
      return;
    case 'reboot':
      await device.idle;
      device.reboot();
      return;
    case 'send':
      device.send();
      return;
    case 'fit-module':
      await device.idle;
      device.fitModule(moduleCalled(event.module));
      return;
    case 'settings':
      await device.idle;
      device.changeSettings(event.change);
      return;
    case 'install':
      await device.idle;
      await attempt(stage, () => {
        const image = stage.images.get(event.image);
        if (image !== undefined) {
          device.install(image, event.confirm);
        }
        device.reboot();
      });
      return;
  }
}

/** What the device refuses, or loses its power over, is for the expectations to judge. */
async function attempt({ note }: Stage, act: () => void): Promise<void> {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Kadec21Error)) {
      throw error;
    }
    note(error.message);
  }
}

function chosen(devices: ReadonlyMap<string, DeviceLife>, name: string | undefined): DeviceLife[] {
  const device = name === undefined ? undefined : devices.get(name);
  return name === undefined ? [...devices.values()] : device === undefined ? [] : [device];
}

export function moduleCalled(name: string) {
  const profile = profileByName(name);
  if (profile === undefined) {
    throw new FirmwareError('FIRMWARE_UNSUPPORTED_MODULE', `There is no module called ${name}.`);
  }
  return profile;
}
