/**
 * A device comes up: its bootloader runs, and the firmware that it starts says what it can do and how it is set.
 * All of that comes from the flash.
 */
import { crc32 } from 'node:zlib';
import type { Settings } from '../../config/settings-schema.ts';
import { readImageLayout } from '../../wire/mcuboot/image-layout.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import { performAll } from '../flash/perform.ts';
import { storedSettings } from '../flash/settings-partition.ts';
import type { DeviceKey } from '../image/device-key.ts';
import { releaseOfBody } from '../image/release-body.ts';
import {
  decodeSettingsRecord,
  encodeSettingsRecord,
  SETTINGS_TLV,
  type SettingsRecord,
} from '../image/settings-record.ts';
import { openSettings } from '../image/stored-settings.ts';
import { FlashOutbox } from '../outbox/flash-outbox.ts';
import { type Release, releaseSchema } from '../release.ts';
import type { BootConfig } from './boot-config.ts';
import { BootError } from './boot-error.ts';
import { type BootReport, bootLines } from './boot-report.ts';
import { boot } from './bootloader.ts';

export interface BootedDevice {
  readonly release: Release;
  readonly settings: Settings;
  /** Whether the settings are those of the partition, or those that came with the image. */
  readonly settingsFrom: 'partition' | 'image';
  /** The mails that wait in the flash; for `CommsTask`, which goes on with them. */
  readonly outbox: FlashOutbox;
  readonly report: BootReport;
}

/**
 * Boots and reads what runs. Settings of an older schema are migrated in memory; in the flash they stay as they
 * are, as an older firmware may come back.
 * @throws BootError BOOT_NOTHING_BOOTABLE, BOOT_NO_RELEASE, BOOT_NO_SETTINGS
 * @throws ImageError SETTINGS_WRONG_DEVICE_KEY, SETTINGS_UNKNOWN_VERSION
 */
export function bootDevice(flash: NorFlash, config: BootConfig, deviceKey: DeviceKey): BootedDevice {
  const report = performAll(flash, boot(flash, config));
  if (!report.isBootable) throw nothingBootable(report);
  const { offset, size } = config.layout.regions.slot0;
  const read = readImageLayout(flash.read(offset, size));
  if (!read.ok) throw nothingBootable(report);
  const { header, protectedTlvs } = read.layout;
  const body = flash.read(offset + header.headerSize, header.bodySize);
  const release = runnableRelease(body, report);

  const partition = storedSettings(flash);
  if (partition !== undefined) {
    return {
      release,
      settings: openSettings(partition, deviceKey),
      settingsFrom: 'partition',
      outbox: outboxOf(flash, release, partition),
      report,
    };
  }
  const entry = protectedTlvs.find(({ type }) => type === SETTINGS_TLV);
  if (entry === undefined) {
    throw new BootError('BOOT_NO_SETTINGS', 'Neither the settings partition nor the image holds settings.', {
      advice: 'Write them: kadec21 flash write FILE SETTINGS --to settings',
    });
  }
  const record: SettingsRecord = decodeSettingsRecord(entry.value);
  return {
    release,
    settings: openSettings(record, deviceKey, 'the image in slot 0'),
    settingsFrom: 'image',
    outbox: outboxOf(flash, release, record),
    report,
  };
}

/** What was held may pass with other settings, or with another firmware. Secrets are sealed in the record. */
function outboxOf(flash: NorFlash, { version }: Release, record: SettingsRecord): FlashOutbox {
  return new FlashOutbox(flash, crc32(version, crc32(encodeSettingsRecord(record))));
}

function runnableRelease(body: Uint8Array, report: BootReport): Release {
  const document = releaseOfBody(body);
  const parsed = releaseSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const version = report.image.version ?? 'in slot 0';
  throw new BootError(
    'BOOT_NO_RELEASE',
    `The image ${version} holds no release description that could run.`,
    {
      advice: 'Build one with: kadec21 image build --app release:2.1 ...',
      evidence:
        document === undefined
          ? []
          : parsed.error.issues.map(({ message, path }) => `${path.join('.')}: ${message}`),
    },
  );
}

function nothingBootable(report: BootReport): BootError {
  return new BootError('BOOT_NOTHING_BOOTABLE', 'The flash holds nothing that the bootloader would start.', {
    evidence: bootLines(report),
    advice: 'Write an image to slot 0: kadec21 flash write FILE IMAGE --to slot0',
  });
}
