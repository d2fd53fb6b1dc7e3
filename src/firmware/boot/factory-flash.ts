/** What leaves the factory: a flash with bootloader, a signed image of a release, and the unit's settings. */
import type { Settings } from '../../config/settings-schema.ts';
import { parseImageVersion } from '../../wire/mcuboot/version.ts';
import { n2FlashLayout } from '../flash/layout.ts';
import { NorFlash } from '../flash/nor-flash.ts';
import { performAll } from '../flash/perform.ts';
import { storeSettings } from '../flash/settings-partition.ts';
import { writeSlot } from '../flash/write-region.ts';
import { buildImage } from '../image/build-image.ts';
import { type DeviceKey, emulatedDeviceKey } from '../image/device-key.ts';
import { generateKeyPem, readSigningKey } from '../image/keys.ts';
import { releaseBody } from '../image/release-body.ts';
import { settingsRecord } from '../image/stored-settings.ts';
import type { Release } from '../release.ts';
import type { BootConfig } from './boot-config.ts';

/** BOOT_MAX_IMG_SECTORS as MCUboot has it. */
const MAX_SECTORS = 128;
const HEADER_BYTES = 32;

export interface FactoryFlash {
  readonly flash: NorFlash;
  readonly config: BootConfig;
}

/** @param deviceKey seals the secrets of the settings */
export function factoryFlash(
  release: Release,
  settings: Settings,
  deviceKey: DeviceKey = emulatedDeviceKey(),
): FactoryFlash {
  // A key of this unit's own: nobody else has to trust it.
  const key = readSigningKey(generateKeyPem('ed25519').privatePem, 'the factory');
  const config: BootConfig = {
    layout: n2FlashLayout,
    swapMode: 'scratch',
    maxSectors: MAX_SECTORS,
    downgrade: 'none',
    keys: [key],
  };
  const version = parseImageVersion(`${release.version}.0`);
  if (version === undefined) {
    throw new RangeError(`No image version: ${release.version}`);
  }
  const image = buildImage({ body: releaseBody(release), version, headerSize: HEADER_BYTES, key });
  const flash = new NorFlash({ layout: config.layout });
  performAll(flash, writeSlot(flash, config, 'slot0', image));
  performAll(flash, storeSettings(flash, settingsRecord(settings, deviceKey)));
  return { flash, config };
}
