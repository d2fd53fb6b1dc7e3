/**
 * The settings partition: two copies, one in each half. A write goes to the older one with the next generation;
 * until it is whole, which its CRC tells, the other one counts.
 */
import { ImageError } from '../image/image-error.ts';
import { decodeSettingsRecord, encodeSettingsRecord, type SettingsRecord } from '../image/settings-record.ts';
import { FlashError } from './flash-error.ts';
import type { FlashReader, FlashSteps } from './operation.ts';

/** What is written at once: like a page of a serial NOR flash. */
const PAGE_BYTES = 256;

interface Copy {
  readonly offset: number;
  readonly record?: SettingsRecord;
}

/** The newest settings that are whole; undefined when there are none. */
export function storedSettings(flash: FlashReader): SettingsRecord | undefined {
  const [first, second] = copiesOf(flash);
  return newer(first, second).record;
}

/**
 * @param record its generation is replaced by the next one
 * @throws FlashError FLASH_TOO_LARGE
 * @throws ImageError SETTINGS_TOO_LARGE
 */
export function* storeSettings(flash: FlashReader, record: SettingsRecord): FlashSteps<SettingsRecord> {
  const { sectorSize, writeSize, erasedValue } = flash.layout;
  const [first, second] = copiesOf(flash);
  const newest = newer(first, second);
  const target = newest.record === undefined ? first : newest === first ? second : first;
  const stored = {
    ...record,
    generation: newest.record === undefined ? record.generation : nextGeneration(newest.record),
  };
  const bytes = encodeSettingsRecord(stored);
  const room = copyBytes(flash);
  if (bytes.length > room) {
    throw new FlashError(
      'FLASH_TOO_LARGE',
      `The settings take ${bytes.length} bytes, a copy has room for ${room}.`,
    );
  }
  const padded = new Uint8Array(Math.ceil(bytes.length / writeSize) * writeSize).fill(erasedValue);
  padded.set(bytes);
  for (let at = 0; at < room; at += sectorSize) yield { kind: 'erase', offset: target.offset + at };
  for (let at = 0; at < padded.length; at += PAGE_BYTES) {
    yield { kind: 'write', offset: target.offset + at, data: padded.subarray(at, at + PAGE_BYTES) };
  }
  return stored;
}

/** Serial numbers (RFC 1982): 0 follows 2^32 - 1. */
const nextGeneration = ({ generation }: SettingsRecord): number => (generation + 1) >>> 0;

function newer(first: Copy, second: Copy): Copy {
  if (first.record === undefined) return second.record === undefined ? first : second;
  if (second.record === undefined) return first;
  const ahead = (second.record.generation - first.record.generation) >>> 0;
  return ahead > 0 && ahead < 2 ** 31 ? second : first;
}

const copyBytes = ({ layout }: FlashReader): number => layout.regions.settings.size / 2;

function copiesOf(flash: FlashReader): readonly [Copy, Copy] {
  const { offset } = flash.layout.regions.settings;
  const size = copyBytes(flash);
  return [readCopy(flash, offset, size), readCopy(flash, offset + size, size)];
}

function readCopy(flash: FlashReader, offset: number, size: number): Copy {
  try {
    // The record's parts are views of the bytes: those of the flash change.
    return { offset, record: decodeSettingsRecord(flash.read(offset, size).slice()) };
  } catch (failure) {
    if (failure instanceof ImageError) return { offset };
    throw failure;
  }
}
