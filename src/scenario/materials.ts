/** The files that a scenario names, read before its time begins. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { loadMeasurements } from '../config/measurements.ts';
import { loadRecording } from '../config/recording-file.ts';
import type { Scenario, ScenarioDevice } from '../config/scenario-schema.ts';
import type { Settings } from '../config/settings-schema.ts';
import { openFlashFile } from '../firmware/flash/flash-file.ts';
import { emulatedDeviceKey, readDeviceKey } from '../firmware/image/device-key.ts';
import { readImageFile } from '../firmware/image/image-source.ts';
import { readTextFile } from '../firmware/image/input-file.ts';
import { releaseByVersion, releaseOf } from '../firmware/releases.ts';
import { type DeviceMemory, FlashMemory, type NewImage, PlainMemory } from './device-memory.ts';
import type { Tape } from './recorded/tape.ts';
import { isEmulated } from './refusals.ts';
import { sampleMeasurements } from './sample.ts';
import { type Sensor, sensorOf } from './sensor.ts';

export interface Materials {
  readonly sensors: ReadonlyMap<string, Sensor>;
  readonly images: ReadonlyMap<string, NewImage>;
  /** Of the devices that are emulated. */
  readonly memories: ReadonlyMap<string, DeviceMemory>;
  /** Recordings of a device, or of its module. */
  readonly tapes: ReadonlyMap<string, readonly Tape[]>;
}

/** @throws Kadec21Error that names the file */
export async function materialsOf(scenario: Scenario): Promise<Materials> {
  const sensors = new Map<string, Sensor>();
  const memories = new Map<string, DeviceMemory>();
  const tapes = new Map<string, readonly Tape[]>();
  for (const [name, device] of Object.entries(scenario.devices)) {
    const files = recordingsOf(device);
    if (files.length > 0) {
      tapes.set(name, await Promise.all(files.map(tapeFrom)));
    }
    if (!isEmulated(device)) {
      continue;
    }
    const key = sensorKey(device);
    if (!sensors.has(key)) {
      sensors.set(key, await sensorFrom(device));
    }
    const memory = memoryOf(device);
    if (memory !== undefined) {
      memories.set(name, memory);
    }
  }
  const images = new Map<string, NewImage>();
  for (const event of scenario.timeline) {
    if (event.event === 'install') {
      images.set(event.image, imageFrom(event.image));
    }
  }
  return { sensors, images, memories, tapes };
}

export const sensorKey = ({ data, replay }: ScenarioDevice): string => `${replay} ${data}`;

async function sensorFrom({ data, replay }: ScenarioDevice): Promise<Sensor> {
  return sensorOf(data === 'sample' ? await sampleMeasurements() : await loadMeasurements(data), replay);
}

const recordingsOf = ({ recording, module }: ScenarioDevice): readonly string[] =>
  recording !== undefined ? [recording.file] : typeof module === 'object' ? module.recording : [];

/** Shown as seen from here: the same on every machine that has a checkout. */
const tapeFrom = async (file: string): Promise<Tape> => ({
  file: relative('', file),
  recording: await loadRecording(file),
});

const RELEASE = 'release:';

function imageFrom(image: string): NewImage {
  return image.startsWith(RELEASE)
    ? { release: releaseByVersion(image.slice(RELEASE.length)) }
    : { bytes: readImageFile(image).bytes };
}

function memoryOf({ settings, flash, deviceKey, memory }: ScenarioDevice): DeviceMemory | undefined {
  if (flash !== undefined) {
    const key =
      deviceKey === undefined ? emulatedDeviceKey() : readDeviceKey(readTextFile(deviceKey), deviceKey);
    // Read only: a scenario leaves its files as they are.
    const file = openFlashFile(flash, 'read');
    return new FlashMemory(file.flash, file.config, key);
  }
  if (settings === undefined) {
    return undefined;
  }
  const whole = withAuthority(settings);
  return memory === 'plain' ? new PlainMemory(whole, releaseOf(whole)) : FlashMemory.ofSettings(whole);
}

function withAuthority(settings: Settings): Settings {
  const { server } = settings.mail;
  return server.caFile === undefined || server.ca !== undefined
    ? settings
    : {
        ...settings,
        mail: { ...settings.mail, server: { ...server, ca: readFileSync(server.caFile, 'utf8') } },
      };
}
