/** What a device keeps without power: in a whole emulated flash, or, for large fleets, as mere values. */

import { merge } from '../config/scenario-layers.ts';
import { settingsDocument } from '../config/settings.ts';
import { type Settings, type SettingsDocument, settingsSchema } from '../config/settings-schema.ts';
import type { BootConfig } from '../firmware/boot/boot-config.ts';
import { bootDevice } from '../firmware/boot/boot-device.ts';
import { factoryFlash } from '../firmware/boot/factory-flash.ts';
import { requestUpdate } from '../firmware/boot/update-request.ts';
import type { CommsTaskOptions } from '../firmware/comms-task.ts';
import { inspectFlash } from '../firmware/flash/inspect-flash.ts';
import type { NorFlash } from '../firmware/flash/nor-flash.ts';
import { performAll } from '../firmware/flash/perform.ts';
import { storedSettings, storeSettings } from '../firmware/flash/settings-partition.ts';
import { writeSlot } from '../firmware/flash/write-region.ts';
import { buildImage } from '../firmware/image/build-image.ts';
import { type DeviceKey, emulatedDeviceKey } from '../firmware/image/device-key.ts';
import type { SigningKey } from '../firmware/image/keys.ts';
import { releaseBody } from '../firmware/image/release-body.ts';
import { openSettings, settingsRecord } from '../firmware/image/stored-settings.ts';
import type { Release } from '../firmware/release.ts';
import { releaseOf } from '../firmware/releases.ts';
import { parseImageVersion } from '../wire/mcuboot/version.ts';
import { PoweredFlash } from './powered-flash.ts';

/** What comes up: settings and release, and what else the comms task takes of the device. */
export type Booted = Pick<CommsTaskOptions, 'settings' | 'outbox'> & { readonly release: Release };

/** An image that is to be installed: its bytes, or a release that is signed for this unit. */
export type NewImage = { readonly bytes: Uint8Array } | { readonly release: Release };

export interface DeviceMemory {
  /**
   * The power comes.
   * @throws Kadec21Error where nothing starts
   */
  boot(): Booted;
  /** The power goes. */
  losePower(): void;
  /** The power goes at a flash operation to come; without effect where there is no flash. */
  cutAfter(operations: number, isTorn: boolean, onCut: () => void): void;
  /** @returns the settings as they are now @throws UserFileError, ZodError */
  changeSettings(change: Readonly<Record<string, unknown>>): Settings;
  /** Puts an image where the next boot finds it. */
  install(image: NewImage, isConfirmed: boolean): void;
  /** What is in it, for people. */
  readonly contents: {
    readonly slot0: string;
    readonly slot1: string;
    readonly settings: Settings | undefined;
  };
  /** The whole flash; absent where there is none. */
  readonly image: Uint8Array | undefined;
}

const HEADER_BYTES = 32;

export class FlashMemory implements DeviceMemory {
  readonly #config: BootConfig;
  readonly #deviceKey: DeviceKey;
  #flash: PoweredFlash;

  constructor(flash: NorFlash, config: BootConfig, deviceKey: DeviceKey) {
    this.#flash = PoweredFlash.of(flash);
    this.#config = config;
    this.#deviceKey = deviceKey;
  }

  /** As the factory delivers it: the release of the settings, or the newest for the model. */
  static ofSettings(settings: Settings): FlashMemory {
    const { flash, config } = factoryFlash(releaseOf(settings), settings);
    return new FlashMemory(flash, config, emulatedDeviceKey());
  }

  boot(): Booted {
    this.#flash = PoweredFlash.of(this.#flash);
    return bootDevice(this.#flash, this.#config, this.#deviceKey);
  }

  losePower(): void {
    this.#flash.losePower();
  }

  cutAfter(operations: number, isTorn: boolean, onCut: () => void): void {
    this.#flash.cutAfter(operations, isTorn, onCut);
  }

  changeSettings(change: Readonly<Record<string, unknown>>): Settings {
    const present = this.#settings();
    const settings = changed(present, change);
    performAll(this.#flash, storeSettings(this.#flash, settingsRecord(settings, this.#deviceKey)));
    return settings;
  }

  install(image: NewImage, isConfirmed: boolean): void {
    const bytes = 'bytes' in image ? image.bytes : this.#signed(image.release);
    performAll(this.#flash, writeSlot(this.#flash, this.#config, 'slot1', bytes));
    performAll(this.#flash, requestUpdate(this.#flash, this.#config, isConfirmed ? 'permanent' : 'test'));
  }

  get contents() {
    const { slot0, slot1 } = inspectFlash(this.#flash, this.#config);
    const shown = ({ isEmpty, version }: typeof slot0) => (isEmpty ? 'empty' : (version ?? 'no image'));
    return { slot0: shown(slot0), slot1: shown(slot1), settings: this.#settings() };
  }

  get image(): Uint8Array {
    return this.#flash.read(0, this.#flash.layout.size);
  }

  #settings(): Settings | undefined {
    const record = storedSettings(this.#flash);
    return record === undefined ? undefined : openSettings(record, this.#deviceKey);
  }

  /** The factory's key of this unit, where it is at hand. */
  #signed(release: Release): Uint8Array {
    const version = parseImageVersion(`${release.version}.0`);
    const key = this.#config.keys.find(isSigningKey);
    if (version === undefined) {
      throw new RangeError(`No image version: ${release.version}`);
    }
    return buildImage({
      body: releaseBody(release),
      version,
      headerSize: HEADER_BYTES,
      ...(key === undefined ? {} : { key }),
    });
  }
}

const isSigningKey = (key: BootConfig['keys'][number]): key is SigningKey => 'privateKey' in key;

/** The same without a flash: what a fleet of a thousand has memory for. Images are releases here. */
export class PlainMemory implements DeviceMemory {
  #settings: Settings;
  #release: Release;

  constructor(settings: Settings, release: Release = releaseOf(settings)) {
    this.#settings = settings;
    this.#release = release;
  }

  boot(): Booted {
    return { settings: this.#settings, release: this.#release };
  }

  losePower(): void {}

  cutAfter(): void {}

  changeSettings(change: Readonly<Record<string, unknown>>): Settings {
    this.#settings = changed(this.#settings, change);
    return this.#settings;
  }

  install(image: NewImage): void {
    if ('release' in image) {
      this.#release = image.release;
    }
  }

  get contents() {
    return { slot0: `${this.#release.version}.0`, slot1: 'empty', settings: this.#settings };
  }

  get image(): undefined {
    return undefined;
  }
}

function changed(present: Settings | undefined, change: Readonly<Record<string, unknown>>): Settings {
  const document: SettingsDocument | undefined =
    present === undefined ? undefined : settingsDocument(present);
  return settingsSchema.parse(merge(document, change));
}
