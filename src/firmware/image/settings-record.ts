/**
 * The settings as a device stores them: in its settings partition, and in an image as a vendor TLV.
 *
 *     0   4  magic "K21S"
 *     4   1  version of the record format, 1
 *     5   1  0
 *     6   2  version of the settings schema
 *     8   4  generation: of two copies the one with the higher number counts
 *    12   4  length of the settings
 *    16   8  id of the device key; all zero when nothing is secret
 *    24      settings in CBOR, secrets as byte strings (nonce, ciphertext, tag)
 *        4  CRC-32 of everything before
 *
 * All numbers little-endian. What is written here is decided by the settings alone: same settings, same bytes.
 */
import { crc32 } from 'node:zlib';
import { type CborValue, decodeCbor, encodeCbor } from '../../wire/cbor.ts';
import { KEY_ID_BYTES } from './device-key.ts';
import { ImageError } from './image-error.ts';

/** Vendor TLV for the protected area; 0x21 for KADEC21. */
export const SETTINGS_TLV = 0x21a0;

export const SETTINGS_RECORD_VERSION = 1;
const HEAD_BYTES = 24;
const CRC_BYTES = 4;
/** One sector of the partition, and what a TLV area (64 KiB) takes beside it. */
export const MAX_SETTINGS_RECORD_BYTES = 60 * 1024;

const MAGIC = 0x5331_324b;

/** A document as in a settings file; a secret is the byte string that it was sealed into. */
export type SealedDocument = { readonly [key: string]: CborValue };

export interface SettingsRecord {
  readonly schemaVersion: number;
  readonly generation: number;
  readonly deviceKeyId: Uint8Array;
  readonly document: SealedDocument;
}

/** @throws ImageError SETTINGS_TOO_LARGE */
export function encodeSettingsRecord(record: SettingsRecord): Uint8Array {
  const body = encodeCbor(record.document);
  const bytes = Buffer.alloc(HEAD_BYTES + body.length + CRC_BYTES);
  if (bytes.length > MAX_SETTINGS_RECORD_BYTES) {
    const sizes = `${bytes.length} bytes, at most ${MAX_SETTINGS_RECORD_BYTES} fit`;
    throw new ImageError('SETTINGS_TOO_LARGE', `The settings take ${sizes}.`, {
      advice: 'A large certificate in mail.server.ca is the usual cause: give the authority alone.',
    });
  }
  bytes.writeUInt32LE(MAGIC, 0);
  bytes[4] = SETTINGS_RECORD_VERSION;
  bytes.writeUInt16LE(record.schemaVersion, 6);
  bytes.writeUInt32LE(record.generation, 8);
  bytes.writeUInt32LE(body.length, 12);
  bytes.set(record.deviceKeyId.subarray(0, KEY_ID_BYTES), 16);
  bytes.set(body, HEAD_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES);
  return bytes;
}

/**
 * Reads a record; bytes may follow it, as in a partition.
 * @throws ImageError SETTINGS_RECORD_DAMAGED, SETTINGS_UNKNOWN_VERSION
 */
export function decodeSettingsRecord(given: Uint8Array): SettingsRecord {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < HEAD_BYTES + CRC_BYTES || bytes.readUInt32LE(0) !== MAGIC) {
    throw damaged('there is no settings record (K21S)');
  }
  const length = bytes.readUInt32LE(12);
  const crcAt = HEAD_BYTES + length;
  if (crcAt + CRC_BYTES > Math.min(bytes.length, MAX_SETTINGS_RECORD_BYTES)) {
    throw damaged(`it says ${length} bytes of settings, ${bytes.length} bytes are there`);
  }
  if (bytes.readUInt32LE(crcAt) !== crc32(bytes.subarray(0, crcAt))) {
    throw damaged('its CRC-32 does not fit');
  }
  if (bytes[4] !== SETTINGS_RECORD_VERSION) {
    throw new ImageError(
      'SETTINGS_UNKNOWN_VERSION',
      `A settings record of version ${bytes[4]} is not known.`,
      {
        advice: 'It was written by a newer kadec21: use that one.',
      },
    );
  }
  const body = decodeCbor(bytes.subarray(HEAD_BYTES, crcAt));
  if (!body.ok) throw damaged(`from offset ${HEAD_BYTES}: ${body.message}`);
  if (!isDocument(body.value)) throw damaged('the settings are no document');
  return {
    schemaVersion: bytes.readUInt16LE(6),
    generation: bytes.readUInt32LE(8),
    deviceKeyId: bytes.subarray(16, 16 + KEY_ID_BYTES),
    document: body.value,
  };
}

export function isDocument(value: CborValue): value is SealedDocument {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Map)
  );
}

const damaged = (why: string): ImageError =>
  new ImageError('SETTINGS_RECORD_DAMAGED', `The settings record is damaged: ${why}.`);
