/**
 * What a flash file does not hold, as it is none of the flash's bytes: how often each sector was erased, and the
 * security counter in the processor's fuses. A second file beside the first, `NAME.wear`:
 *
 *     0   4  magic "K21W"
 *     4   4  number of sectors
 *     8   4  security counter
 *    12      erase count of each sector, 4 bytes
 *
 * All numbers little-endian. Without it the flash is one that was never erased, in a device that never counted.
 */
const MAGIC = 0x5731_324b;
const COUNTER_AT = 8;
const COUNTS_AT = 12;

export interface Wear {
  readonly securityCounter: number;
  readonly eraseCounts: Uint32Array;
}

export function encodeWear({ securityCounter, eraseCounts }: Wear): Uint8Array {
  const bytes = Buffer.alloc(COUNTS_AT + 4 * eraseCounts.length);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(eraseCounts.length, 4);
  bytes.writeUInt32LE(securityCounter, COUNTER_AT);
  for (const [sector, count] of eraseCounts.entries()) bytes.writeUInt32LE(count, COUNTS_AT + 4 * sector);
  return bytes;
}

/** Undefined when it is not that of a flash with so many sectors. */
export function decodeWear(given: Uint8Array, sectors: number): Wear | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length !== COUNTS_AT + 4 * sectors) return undefined;
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== sectors) return undefined;
  const eraseCounts = new Uint32Array(sectors);
  for (let sector = 0; sector < sectors; sector += 1) {
    eraseCounts[sector] = bytes.readUInt32LE(COUNTS_AT + 4 * sector);
  }
  return { securityCounter: bytes.readUInt32LE(COUNTER_AT), eraseCounts };
}

/** Where a number stands in the file. */
export const wearPlace = {
  eraseCount: (sector: number): number => COUNTS_AT + 4 * sector,
  securityCounter: COUNTER_AT,
};

export const wearPath = (flashPath: string): string => `${flashPath}.wear`;
