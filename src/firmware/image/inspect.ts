/**
 * What an image says about itself, as data: for `--json`, for the table that people read, and for comparing two
 * images. Nothing is judged here (that is verify) and no secret comes out.
 */
import { createHash } from 'node:crypto';
import { MASK } from '../../base/trace.ts';
import type { CborValue } from '../../wire/cbor.ts';
import { imageFlagNames } from '../../wire/mcuboot/header.ts';
import { type ImageLayout, readImageLayout } from '../../wire/mcuboot/image-layout.ts';
import type { PlacedTlv } from '../../wire/mcuboot/tlv.ts';
import { TlvType, tlvTypeName } from '../../wire/mcuboot/tlv-type.ts';
import { readTrailer, type TrailerState } from '../../wire/mcuboot/trailer.ts';
import { formatImageVersion, readVersion, VERSION_BYTES } from '../../wire/mcuboot/version.ts';
import { n2FlashLayout } from '../flash/layout.ts';
import { mapDocument } from './document.ts';
import { formatUuid } from './identifier.ts';
import { ImageError } from './image-error.ts';
import { type ReleaseDocument, releaseOfBody } from './release-body.ts';
import { decodeSettingsRecord, SETTINGS_TLV, type SettingsRecord } from './settings-record.ts';
import { LAYOUT_CODES } from './verify-reason.ts';

export interface InspectedTlv {
  readonly area: 'protected' | 'plain';
  readonly type: number;
  readonly name: string;
  readonly length: number;
  readonly offset: number;
  /** In the form that suits its type; hex digits for the rest. */
  readonly value: string | number;
}

export interface InspectedSettings {
  readonly schemaVersion: number;
  readonly generation: number;
  readonly deviceKeyId: string;
  /** The settings, secrets masked. */
  readonly document: CborValue;
}

export interface InspectedImage {
  readonly version: string;
  readonly header: {
    readonly headerSize: number;
    readonly bodySize: number;
    readonly protectedTlvSize: number;
    readonly loadAddress: number;
    readonly flags: readonly string[];
  };
  /** Header to last entry. */
  readonly imageSize: number;
  readonly bodySha256: string;
  readonly tlvs: readonly InspectedTlv[];
  readonly release?: ReleaseDocument;
  readonly settings?: InspectedSettings;
  /** When the bytes end with a trailer. */
  readonly trailer?: TrailerState & { readonly maxAlign: number };
  /** Bytes behind the image: padding and trailer. */
  readonly bytesBehind: number;
}

/** The parts of an image that a comparison needs beside what is inspected. */
export interface OpenedImage {
  readonly layout: ImageLayout;
  readonly body: Uint8Array;
  readonly settings?: SettingsRecord;
  readonly inspected: InspectedImage;
}

/**
 * @param bytes the image; padding and a trailer may follow it
 * @throws ImageError IMAGE_MALFORMED
 */
export function openImage(bytes: Uint8Array, source: string): OpenedImage {
  const read = readImageLayout(bytes);
  if (!read.ok) {
    const { problem, at, message } = read.failure;
    throw new ImageError('IMAGE_MALFORMED', `${source}: offset 0x${at.toString(16)}: ${message}.`, {
      evidence: [LAYOUT_CODES[problem]],
    });
  }
  const { layout } = read;
  const { header } = layout;
  const body = bytes.subarray(header.headerSize, header.headerSize + header.bodySize);
  const settings = settingsOf(layout);
  const release = releaseOfBody(body);
  const trailer = findTrailer(bytes, layout.end);
  const inspected: InspectedImage = {
    version: formatImageVersion(header.version),
    header: {
      headerSize: header.headerSize,
      bodySize: header.bodySize,
      protectedTlvSize: header.protectedTlvSize,
      loadAddress: header.loadAddress,
      flags: imageFlagNames(header.flags),
    },
    imageSize: layout.end,
    bodySha256: createHash('sha256').update(body).digest('hex'),
    tlvs: [
      ...layout.protectedTlvs.map((entry) => inspectTlv(entry, 'protected')),
      ...layout.plainTlvs.map((entry) => inspectTlv(entry, 'plain')),
    ],
    ...(release === undefined ? {} : { release }),
    ...(settings === undefined ? {} : { settings: inspectSettings(settings) }),
    ...(trailer === undefined ? {} : { trailer }),
    bytesBehind: bytes.length - layout.end,
  };
  return { layout, body, inspected, ...(settings === undefined ? {} : { settings }) };
}

export function inspectSettings(record: SettingsRecord): InspectedSettings {
  return {
    schemaVersion: record.schemaVersion,
    generation: record.generation,
    deviceKeyId: Buffer.from(record.deviceKeyId).toString('hex'),
    document: masked(record.document),
  };
}

function masked(value: CborValue): CborValue {
  return value instanceof Uint8Array ? MASK : mapDocument(value, '', masked);
}

/** A record that cannot be read is left to verify; the entry itself is listed all the same. */
function settingsOf({ protectedTlvs }: ImageLayout): SettingsRecord | undefined {
  const entry = protectedTlvs.find(({ type }) => type === SETTINGS_TLV);
  if (entry === undefined) return undefined;
  try {
    return decodeSettingsRecord(entry.value);
  } catch (failure) {
    if (failure instanceof ImageError) return undefined;
    throw failure;
  }
}

function inspectTlv({ type, value, offset }: PlacedTlv, area: InspectedTlv['area']): InspectedTlv {
  const name = type === SETTINGS_TLV ? 'settings' : tlvTypeName(type);
  return { area, type, name, length: value.length, offset, value: readableValue(type, value) };
}

function readableValue(type: number, value: Uint8Array): string | number {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (type === TlvType.securityCounter && bytes.length === 4) return bytes.readUInt32LE();
  if (type === TlvType.dependency && bytes.length === 4 + VERSION_BYTES) {
    const version = readVersion(new DataView(value.buffer, value.byteOffset, value.byteLength), 4);
    return `image ${bytes[0]} >= ${formatImageVersion(version)}`;
  }
  if ((type === TlvType.vendorId || type === TlvType.classId) && bytes.length === 16)
    return formatUuid(bytes);
  return bytes.toString('hex');
}

/**
 * A slot's trailer is known by its magic, which also tells the size of its cells. It is at the end of the file,
 * or of slot 0 in a file of a whole flash.
 */
function findTrailer(bytes: Uint8Array, imageEnd: number): InspectedImage['trailer'] {
  for (const slotEnd of [bytes.length, n2FlashLayout.regions.slot0.size]) {
    if (slotEnd > bytes.length) continue;
    for (const maxAlign of [8, 16, 32]) {
      const trailer = readTrailer(bytes.subarray(imageEnd, slotEnd), maxAlign);
      if (trailer?.magic === 'good') return { ...trailer, maxAlign };
    }
  }
  return undefined;
}
