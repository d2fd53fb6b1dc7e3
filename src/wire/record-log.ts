/**
 * Records in a NOR flash that only appends: the format of the outbox region. A sector begins with its header and
 * goes on with fragments, one behind the other, each on a boundary of the write size. A record is one or several
 * fragments, which may lie in different sectors. All numbers are little-endian.
 *
 *     sector header, 32 bytes               fragment
 *      0  4  magic "K21O"                    0  1  kind of the record: M, S, E, D, K
 *      4  1  version of the format, 1        1  1  1 on the last fragment of a record, else 0
 *      5  3  0                               2  2  index of the fragment in its record
 *      8  4  sequence number of the sector   4  4  number of the record
 *     12  4  mails dropped before            8  4  number of the mail that it is about
 *     16 12  0xff                           12  4  bytes of data
 *     28  4  CRC-32 of the above            16  4  CRC-32 of the data
 *                                           20  4  CRC-32 of the above
 *                                           24     data; filled up with 0xff
 */
import { crc32 } from 'node:zlib';

export const SECTOR_HEADER_BYTES = 32;
export const FRAGMENT_HEADER_BYTES = 24;
export const LOG_VERSION = 1;

const MAGIC = 0x4f31_324b;
const SECTOR_CRC_AT = 28;
const FRAGMENT_CRC_AT = 20;
const LAST = 1;
const ERASED = 0xff;

/**
 * `mail`: queued. `state`: of a mail, after an attempt. `end`: of a mail. `drop`: the end of one that had to make
 * room. `mark`: what the device was set to.
 */
export type RecordKind = 'mail' | 'state' | 'end' | 'drop' | 'mark';

/** M, S, E, D, K */
const LETTERS: Readonly<Record<RecordKind, number>> = {
  mail: 0x4d,
  state: 0x53,
  end: 0x45,
  drop: 0x44,
  mark: 0x4b,
};
const KINDS: ReadonlyMap<number, RecordKind> = new Map([
  [LETTERS.mail, 'mail'],
  [LETTERS.state, 'state'],
  [LETTERS.end, 'end'],
  [LETTERS.drop, 'drop'],
  [LETTERS.mark, 'mark'],
]);

export interface SectorHeader {
  /** The sector with the highest one is written to. */
  readonly sequence: number;
  /** How many mails had been dropped, undelivered, when the sector was begun. */
  readonly dropped: number;
}

export interface FragmentHeader {
  readonly kind: RecordKind;
  readonly isLast: boolean;
  readonly index: number;
  readonly record: number;
  readonly mail: number;
}

/** A fragment that was found, whole, in a sector. */
export interface FoundFragment extends FragmentHeader {
  /** Of its header, in the sector. */
  readonly offset: number;
  /** All that it takes, filling included. */
  readonly size: number;
  /** A view. */
  readonly data: Uint8Array;
}

export type ScannedSector =
  | { readonly state: 'erased' }
  /** No sector of such a log: one whose header was cut off, or anything else. */
  | { readonly state: 'foreign' }
  | {
      readonly state: 'used';
      readonly header: SectorHeader;
      readonly fragments: readonly FoundFragment[];
      /** Fragments that were cut off or damaged; where even the length is lost, one for the rest of the sector. */
      readonly damaged: number;
      /** From here to its end the sector is erased; its size where nothing can be written any more. */
      readonly end: number;
    };

export function encodeSectorHeader({ sequence, dropped }: SectorHeader): Uint8Array {
  const bytes = Buffer.alloc(SECTOR_HEADER_BYTES, ERASED);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(LOG_VERSION, 4);
  bytes.writeUInt32LE(sequence >>> 0, 8);
  bytes.writeUInt32LE(dropped >>> 0, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SECTOR_CRC_AT)), SECTOR_CRC_AT);
  return bytes;
}

/** What a fragment takes in a flash with such a write size. */
export function fragmentSize(dataBytes: number, writeSize: number): number {
  return Math.ceil((FRAGMENT_HEADER_BYTES + dataBytes) / writeSize) * writeSize;
}

/** @returns whole write units */
export function encodeFragment(header: FragmentHeader, data: Uint8Array, writeSize: number): Uint8Array {
  const bytes = Buffer.alloc(fragmentSize(data.length, writeSize), ERASED);
  bytes[0] = LETTERS[header.kind];
  bytes[1] = header.isLast ? LAST : 0;
  bytes.writeUInt16LE(header.index, 2);
  bytes.writeUInt32LE(header.record >>> 0, 4);
  bytes.writeUInt32LE(header.mail >>> 0, 8);
  bytes.writeUInt32LE(data.length, 12);
  bytes.writeUInt32LE(crc32(data), 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, FRAGMENT_CRC_AT)), FRAGMENT_CRC_AT);
  bytes.set(data, FRAGMENT_HEADER_BYTES);
  return bytes;
}

/** Reads one sector, whatever is in it. Fragments behind one that was cut off count, if its header tells its length. */
export function scanSector(sector: Uint8Array, writeSize: number): ScannedSector {
  const bytes = Buffer.from(sector.buffer, sector.byteOffset, sector.byteLength);
  const header = decodeSectorHeader(bytes);
  if (header === undefined) {
    return { state: isErased(bytes) ? 'erased' : 'foreign' };
  }
  const fragments: FoundFragment[] = [];
  let damaged = 0;
  let offset = firstFragmentAt(writeSize);
  while (offset < bytes.length && !isErased(bytes.subarray(offset, offset + FRAGMENT_HEADER_BYTES))) {
    const found = decodeFragmentHeader(bytes, offset, writeSize);
    if (found === undefined) {
      damaged += 1;
      offset = bytes.length;
      break;
    }
    const { dataCrc, ...fragment } = found;
    if (crc32(fragment.data) === dataCrc) fragments.push(fragment);
    else damaged += 1;
    offset += fragment.size;
  }
  // Nothing is written over the rest of what a cut left there.
  const end = isErased(bytes.subarray(offset)) ? offset : bytes.length;
  return { state: 'used', header, fragments, damaged, end };
}

/** Behind the sector header. */
export const firstFragmentAt = (writeSize: number): number =>
  Math.ceil(SECTOR_HEADER_BYTES / writeSize) * writeSize;

function decodeSectorHeader(bytes: Buffer): SectorHeader | undefined {
  const isOne =
    bytes.length >= SECTOR_HEADER_BYTES &&
    bytes.readUInt32LE(0) === MAGIC &&
    bytes.readUInt32LE(4) === LOG_VERSION &&
    bytes.readUInt32LE(SECTOR_CRC_AT) === crc32(bytes.subarray(0, SECTOR_CRC_AT));
  return isOne ? { sequence: bytes.readUInt32LE(8), dropped: bytes.readUInt32LE(12) } : undefined;
}

function decodeFragmentHeader(
  bytes: Buffer,
  offset: number,
  writeSize: number,
): (FoundFragment & { readonly dataCrc: number }) | undefined {
  const dataAt = offset + FRAGMENT_HEADER_BYTES;
  if (dataAt > bytes.length) return undefined;
  const kind = KINDS.get(bytes[offset] ?? ERASED);
  const length = bytes.readUInt32LE(offset + 12);
  const size = fragmentSize(length, writeSize);
  const crcAt = offset + FRAGMENT_CRC_AT;
  const isWhole =
    offset + size <= bytes.length && bytes.readUInt32LE(crcAt) === crc32(bytes.subarray(offset, crcAt));
  if (kind === undefined || !isWhole) return undefined;
  return {
    kind,
    isLast: bytes[offset + 1] === LAST,
    index: bytes.readUInt16LE(offset + 2),
    record: bytes.readUInt32LE(offset + 4),
    mail: bytes.readUInt32LE(offset + 8),
    offset,
    size,
    data: bytes.subarray(dataAt, dataAt + length),
    dataCrc: bytes.readUInt32LE(offset + 16),
  };
}

/** Compared with itself one octet on: as fast as memory. */
function isErased(bytes: Buffer): boolean {
  return (
    bytes.length === 0 ||
    (bytes[0] === ERASED && bytes.subarray(1).equals(bytes.subarray(0, bytes.length - 1)))
  );
}
