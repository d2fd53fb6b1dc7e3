/** `image build`: from an application and a settings file to the bytes for the flash. */
import { createHash } from 'node:crypto';
import type { Settings } from '../../config/settings-schema.ts';
import { geometryProblem, type SlotGeometry } from '../../wire/mcuboot/slot-limits.ts';
import type { Tlv } from '../../wire/mcuboot/tlv.ts';
import { formatImageVersion, type ImageVersion, parseImageVersion } from '../../wire/mcuboot/version.ts';
import { FirmwareError } from '../firmware-error.ts';
import type { FlashLayout } from '../flash/layout.ts';
import type { Release } from '../release.ts';
import { checkRelease } from '../releases.ts';
import { buildImage, type ImageSpec } from './build-image.ts';
import type { DeviceKey } from './device-key.ts';
import type { OutputFormat } from './file-format.ts';
import { type FlashTarget, targetSegments } from './flash-view.ts';
import { usageError } from './image-error.ts';
import { keyHash, type SigningKey } from './keys.ts';
import { encodeView, writeWholeFile } from './output-file.ts';
import { type Payload, readPayload } from './payload.ts';
import { SETTINGS_TLV } from './settings-record.ts';
import { refuseTooLarge, type Trailer } from './slot-image.ts';

export interface BuildWishes {
  /** Path of the application, or `release:VERSION`. */
  readonly app: string;
  readonly settings?: string;
  /** Of the image; a release's own when it is a description and nothing is given. */
  readonly version?: ImageVersion;
  readonly key?: SigningKey;
  readonly deviceKey: DeviceKey;
  readonly slot: SlotGeometry;
  readonly layout: FlashLayout;
  readonly target: FlashTarget;
  readonly trailer: Trailer;
  readonly output: string;
  readonly format: OutputFormat;
  readonly base?: number;
  readonly familyId?: number;
  readonly securityCounter?: number | 'auto';
  readonly image: Pick<
    ImageSpec,
    | 'headerSize'
    | 'hash'
    | 'pure'
    | 'publicKeyFormat'
    | 'bootRecord'
    | 'dependencies'
    | 'vendorId'
    | 'classId'
    | 'nonBootable'
    | 'ramLoadAddress'
    | 'romFixedAddress'
  > & { readonly customTlvs?: readonly Tlv[] };
}

export interface BuildReport {
  readonly output: string;
  readonly format: OutputFormat;
  readonly target: FlashTarget;
  readonly version: string;
  readonly imageSize: number;
  /** Of the signed byte string: the same whatever format it is written in. */
  readonly imageSha256: string;
  readonly signedBy?: { readonly kind: string; readonly keyHash: string };
  readonly securityCounter?: number;
  readonly release?: string;
  /** What somebody should know who is about to flash this. */
  readonly warnings: readonly string[];
}

/**
 * @throws Kadec21Error; then no output file has been written
 */
export async function buildImageFile(wishes: BuildWishes): Promise<BuildReport> {
  const { slot, layout, key } = wishes;
  const badGeometry = geometryProblem(slot);
  if (badGeometry !== undefined) throw usageError(`No bootloader works with ${badGeometry}.`);

  const payload = await readPayload(wishes.app, layout.erasedValue);
  const version = imageVersion(wishes.version, payload.release);
  const counter = wishes.securityCounter === 'auto' ? counterOf(version) : wishes.securityCounter;
  const { settings, record } = await storedSettings(wishes);

  const { customTlvs = [], ...spec } = wishes.image;
  const settingsTlvs = record === undefined ? [] : [{ type: SETTINGS_TLV, value: record }];
  const image = buildImage({
    ...spec,
    body: payload.body,
    version,
    erasedValue: layout.erasedValue,
    protectedTlvs: [...customTlvs, ...settingsTlvs],
    ...(key === undefined ? {} : { key }),
    ...(counter === undefined ? {} : { securityCounter: counter }),
  });
  refuseTooLarge(image, slot);

  const warnings = warningsOf(wishes, payload, settings);

  const { format, output, target, trailer, base, familyId } = wishes;
  const segments = targetSegments({
    target,
    image,
    slot,
    trailer,
    layout,
    ...(base === undefined ? {} : { base }),
    ...(record === undefined ? {} : { settings: record }),
  });
  const view = {
    format,
    segments,
    erasedValue: layout.erasedValue,
    ...(familyId === undefined ? {} : { familyId }),
  };
  writeWholeFile(output, encodeView(view, output));
  return {
    output,
    format,
    target,
    version: formatImageVersion(version),
    imageSize: image.length,
    imageSha256: createHash('sha256').update(image).digest('hex'),
    warnings,
    ...(key === undefined
      ? {}
      : { signedBy: { kind: key.kind, keyHash: Buffer.from(keyHash(key)).toString('hex') } }),
    ...(counter === undefined ? {} : { securityCounter: counter }),
    ...(payload.release === undefined ? {} : { release: payload.release.version }),
  };
}

/** A release description knows its version; what is asked for has to be a build of it. */
function imageVersion(wanted: ImageVersion | undefined, release: Release | undefined): ImageVersion {
  if (release === undefined) {
    if (wanted === undefined) throw usageError('An application needs a --version X.Y.Z+B.');
    return wanted;
  }
  const version = wanted ?? parseImageVersion(release.version);
  if (version === undefined)
    throw usageError(`The version ${release.version} of the release does not fit an image.`);
  if (`${version.major}.${version.minor}` !== release.version) {
    throw usageError(
      `--version ${formatImageVersion(version)} is no build of release ${release.version}.`,
      `Give ${release.version}.Z+B, or leave --version out.`,
    );
  }
  return version;
}

/** imgtool's "auto": everything of the version but the build number. */
function counterOf({ major, minor, revision }: ImageVersion): number {
  return major * 2 ** 24 + minor * 2 ** 16 + revision;
}

/** @throws FirmwareError FIRMWARE_WRONG_BOARD, FIRMWARE_UNSUPPORTED_SETTINGS */
function warningsOf(wishes: BuildWishes, payload: Payload, settings: Settings | undefined): string[] {
  const warnings = [...payload.warnings];
  if (wishes.key === undefined) warnings.push('The image is not signed (no --key): a bootloader refuses it.');
  if (settings === undefined) return warnings;
  if (wishes.deviceKey.isEmulated) {
    warnings.push(
      'The secrets are sealed with the key of the emulated device, which everybody has: give --device-key for a unit in the field.',
    );
  }
  if (payload.release !== undefined) {
    const meant = settings.device.firmware;
    if (meant !== undefined && meant !== payload.release.version) {
      warnings.push(`The settings are for firmware ${meant}, the image holds ${payload.release.version}.`);
    }
    warnings.push(...refusalsAtStart(payload.release, settings));
  }
  return warnings;
}

/** The user's settings, and the record of them that goes into the image. */
async function storedSettings({ settings: path, deviceKey }: BuildWishes): Promise<StoredSettings> {
  if (path === undefined) return {};
  // Loaded when needed: checking documents takes longer to load than everything else here.
  const [{ loadSettings }, { settingsRecord }, { encodeSettingsRecord }] = await Promise.all([
    import('../../config/settings.ts'),
    import('./stored-settings.ts'),
    import('./settings-record.ts'),
  ]);
  const settings = await loadSettings(path);
  refuseCardModel(settings);
  return { settings, record: encodeSettingsRecord(settingsRecord(settings, deviceKey)) };
}

interface StoredSettings {
  readonly settings?: Settings;
  readonly record?: Uint8Array;
}

/** A -N unit has a communication card and no comms board with a flash of its own. */
function refuseCardModel({ device }: Settings): void {
  if (device.generation === 'N2') return;
  throw new FirmwareError(
    'FIRMWARE_WRONG_BOARD',
    `A ${device.model} has no comms board that takes an image.`,
    {
      advice: 'Change the comms board and the CPU board, and fit a new module (the unit becomes an -N2).',
    },
  );
}

/** What the firmware will say when it starts; a wrong board is refused here already. */
function refusalsAtStart(release: Release, settings: Settings): string[] {
  try {
    checkRelease(release, settings);
    return [];
  } catch (failure) {
    if (!(failure instanceof FirmwareError)) throw failure;
    if (failure.code === 'FIRMWARE_WRONG_BOARD' || failure.code === 'FIRMWARE_UNSUPPORTED_SETTINGS')
      throw failure;
    return [`The firmware will not follow these settings: ${failure.message}`];
  }
}
