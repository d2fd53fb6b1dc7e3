/**
 * Whether a bootloader would boot an image, and why not: every reason, not only the first. Stricter than
 * imgtool, which ignores the key hash, the order of the entries, the bounds of the areas and the protected
 * size; stricter than some bootloaders, which believe a security counter that nobody signed.
 */
import { ImageFlag, type ImageHeader } from '../../wire/mcuboot/header.ts';
import { type ImageLayout, readImageLayout } from '../../wire/mcuboot/image-layout.ts';
import { maxImageSize, type SlotGeometry } from '../../wire/mcuboot/slot-limits.ts';
import type { PlacedTlv } from '../../wire/mcuboot/tlv.ts';
import { PLAIN_AREA_TYPES, TlvType, tlvTypeName } from '../../wire/mcuboot/tlv-type.ts';
import { readTrailer } from '../../wire/mcuboot/trailer.ts';
import { formatImageVersion, VERSION_BYTES } from '../../wire/mcuboot/version.ts';
import { ImageError } from './image-error.ts';
import { type HashName, keyHash, type PublicImageKey } from './keys.ts';
import { releaseOfBody } from './release-body.ts';
import { decodeSettingsRecord, SETTINGS_TLV } from './settings-record.ts';
import { LAYOUT_CODES, type VerifyReason } from './verify-reason.ts';
import { verifySignature } from './verify-signature.ts';

export interface VerifyOptions {
  /** The bootloader's keys. Without any, everything but the value of the signature is checked. */
  readonly keys?: readonly PublicImageKey[];
  /** The slot that the image has to fit into. */
  readonly slot?: SlotGeometry;
  /** What the device has counted up to: an image with less is a downgrade. */
  readonly securityCounter?: number;
  readonly erasedValue?: number;
}

export interface VerifyReport {
  readonly reasons: readonly VerifyReason[];
  /** When the header was good. */
  readonly version?: string;
  readonly securityCounter?: number;
  readonly hash?: HashName;
  readonly digest?: string;
  /** Kind and hash of the key whose signature is good. */
  readonly signedBy?: { readonly kind: string; readonly keyHash: string };
}

/** @param bytes the image; padding and a trailer may follow it */
export function verifyImage(bytes: Uint8Array, options: VerifyOptions = {}): VerifyReport {
  const read = readImageLayout(bytes);
  if (!read.ok) {
    const { problem, at, message, header } = read.failure;
    const version = header === undefined ? {} : { version: formatImageVersion(header.version) };
    return { reasons: [{ code: LAYOUT_CODES[problem], message, offset: at }], ...version };
  }
  const { layout } = read;
  const entries = [...layout.protectedTlvs, ...layout.plainTlvs];
  const signed = verifySignature(bytes.subarray(0, layout.signedEnd), entries, options.keys);
  const counter = securityCounter(layout.protectedTlvs);
  const reasons = [
    ...flagReasons(layout.header),
    ...protectedReasons(layout.protectedTlvs),
    ...plainReasons(layout.plainTlvs),
    ...signed.reasons,
    ...counterReasons(counter, options.securityCounter),
    ...settingsReasons(bytes, layout),
    ...slotReasons(bytes, layout, options),
  ];
  const { hash, digest, signedBy } = signed;
  return {
    reasons,
    version: formatImageVersion(layout.header.version),
    ...(counter === undefined ? {} : { securityCounter: counter }),
    ...(hash === undefined || digest === undefined ? {} : { hash, digest: hex(digest) }),
    ...(signedBy === undefined
      ? {}
      : { signedBy: { kind: signedBy.kind, keyHash: hex(keyHash(signedBy, hash)) } }),
  };
}

/** Of the protected area; undefined when there is none, or none that can be read. */
export function securityCounter(protectedTlvs: readonly PlacedTlv[]): number | undefined {
  const entry = protectedTlvs.find(({ type }) => type === TlvType.securityCounter);
  return entry?.value.length === 4 ? Buffer.from(entry.value).readUInt32LE() : undefined;
}

function flagReasons({ flags }: ImageHeader): VerifyReason[] {
  const reasons: VerifyReason[] = [];
  const has = (bits: number): boolean => (flags & bits) !== 0;
  const at = { offset: 16 };
  if (has(ImageFlag.nonBootable)) {
    reasons.push({
      code: 'IMAGE_NOT_BOOTABLE',
      message: 'the image says that it is not to be booted',
      ...at,
    });
  }
  if (has(ImageFlag.encryptedAes128 | ImageFlag.encryptedAes256)) {
    reasons.push({
      code: 'IMAGE_ENCRYPTED',
      message: "the image is encrypted; the N2's bootloader cannot",
      ...at,
    });
  }
  if (has(ImageFlag.compressedLzma1 | ImageFlag.compressedLzma2 | ImageFlag.compressedArmThumb)) {
    reasons.push({
      code: 'IMAGE_COMPRESSED',
      message: "the image is compressed; the N2's bootloader cannot",
      ...at,
    });
  }
  return reasons;
}

/** Lengths that the loader insists on; every other entry may have any. */
const PROTECTED_LENGTHS: Readonly<Record<number, number>> = {
  [TlvType.securityCounter]: 4,
  [TlvType.dependency]: 4 + VERSION_BYTES,
  [TlvType.vendorId]: 16,
  [TlvType.classId]: 16,
};

function protectedReasons(entries: readonly PlacedTlv[]): VerifyReason[] {
  const reasons = entries.flatMap(({ type, value, offset }): VerifyReason[] => {
    const wanted = PROTECTED_LENGTHS[type];
    if (wanted === undefined || value.length === wanted) return [];
    const message = `${tlvTypeName(type)} has ${value.length} bytes, expected ${wanted}`;
    return [{ code: 'IMAGE_TLV_BAD_VALUE', message, offset }];
  });
  const counters = entries.filter(({ type }) => type === TlvType.securityCounter);
  const second = counters[1];
  if (second === undefined) return reasons;
  const message = `${counters.length} security counters, expected one`;
  return [...reasons, { code: 'IMAGE_TLV_TWICE', message, offset: second.offset }];
}

function plainReasons(entries: readonly PlacedTlv[]): VerifyReason[] {
  return entries.flatMap(({ type, value, offset }): VerifyReason[] => {
    if (type === TlvType.securityCounter) {
      const message = 'a security counter in the plain area, where nobody has signed it';
      return [{ code: 'IMAGE_UNSIGNED_SECURITY_COUNTER', message, offset }];
    }
    if (!PLAIN_AREA_TYPES.has(type)) {
      const message = `${tlvTypeName(type)} is not allowed in the plain area, where nobody has signed it`;
      return [{ code: 'IMAGE_TLV_NOT_ALLOWED', message, offset }];
    }
    if (type === TlvType.pureSignature && (value.length !== 1 || value[0] !== 1)) {
      return [{ code: 'IMAGE_TLV_BAD_VALUE', message: 'pureSignature is not the one byte 1', offset }];
    }
    return [];
  });
}

function counterReasons(counter: number | undefined, counted: number | undefined): VerifyReason[] {
  if (counted === undefined) return [];
  if (counter === undefined) {
    const message = `no security counter in the protected area, the device has counted up to ${counted}`;
    return [{ code: 'IMAGE_SECURITY_COUNTER_MISSING', message }];
  }
  if (counter >= counted) return [];
  return [
    {
      code: 'IMAGE_DOWNGRADE',
      message: `security counter ${counter}, the device has counted up to ${counted}`,
    },
  ];
}

/** The record has to be whole, and none that the release in the image is too old to read. */
function settingsReasons(bytes: Uint8Array, { header, protectedTlvs }: ImageLayout): VerifyReason[] {
  const release = releaseOfBody(bytes.subarray(header.headerSize, header.headerSize + header.bodySize));
  const newest = Math.max(...(release?.settingsVersions ?? [Number.POSITIVE_INFINITY]));
  return protectedTlvs.flatMap(({ type, value, offset }): VerifyReason[] => {
    if (type !== SETTINGS_TLV) return [];
    try {
      const { schemaVersion } = decodeSettingsRecord(value);
      if (schemaVersion <= newest) return [];
      const message = `settings of version ${schemaVersion}, the release in the image reads up to ${newest}`;
      return [{ code: 'IMAGE_BAD_SETTINGS', message, offset }];
    } catch (failure) {
      if (!(failure instanceof ImageError)) throw failure;
      return [{ code: 'IMAGE_BAD_SETTINGS', message: failure.message, offset }];
    }
  });
}

function slotReasons(bytes: Uint8Array, layout: ImageLayout, options: VerifyOptions): VerifyReason[] {
  const { slot, erasedValue } = options;
  if (slot === undefined) return [];
  const limit = maxImageSize(slot);
  if (layout.end > limit) {
    const sizes = `0x${layout.end.toString(16)} bytes, the slot takes 0x${limit.toString(16)}`;
    return [{ code: 'IMAGE_TOO_LARGE', message: `${sizes} (swap mode ${slot.swapMode})` }];
  }
  if (bytes.length < slot.slotSize) return [];
  // What follows the slot in a file of a whole flash is not this image's.
  const trailer = readTrailer(bytes.subarray(0, slot.slotSize), slot.maxAlign, erasedValue);
  const bad = Object.entries(trailer ?? {}).find(([, state]) => state === 'bad')?.[0];
  if (bad === undefined) return [];
  return [{ code: 'IMAGE_BAD_TRAILER', message: `${bad} at the end of the slot is neither set nor erased` }];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
