/**
 * The append-only log in the outbox region: a machine whose actions are flash operations. It writes sector after
 * sector, round and round, so that all wear alike; one sector is always free. When no other is, the oldest is
 * reclaimed: what still counts in it is copied to the end of the log, then it is erased.
 *
 * Left off after any operation (a power cut), the object is worthless; the region is not: a new log made from it
 * knows every record that had been written to its end. Format: src/wire/record-log.ts.
 */
import {
  encodeFragment,
  encodeSectorHeader,
  FRAGMENT_HEADER_BYTES,
  firstFragmentAt,
  fragmentSize,
  type RecordKind,
  SECTOR_HEADER_BYTES,
} from '../../wire/record-log.ts';
import { FlashError } from '../flash/flash-error.ts';
import type { FlashReader, FlashSteps } from '../flash/operation.ts';
import { LogIndex, type LogRecord, type LogSector, type PlacedFragment } from './log-index.ts';

/** Fragments are small against a sector, so that copies fill it well; and large against their header. */
const FRAGMENTS_PER_SECTOR = 16;
const SMALLEST_FRAGMENT_LIMIT = 256;
/** Where less than this is left of a sector the next record begins in a new one. */
const LEAST_DATA = 64;
/** What a fragment's index can tell. */
const MOST_FRAGMENTS = 0xffff;

export class RecordLog {
  readonly index: LogIndex;
  readonly #flash: FlashReader;
  /** Most bytes of one fragment, header included. */
  readonly #fragmentLimit: number;
  #isRecovered = false;
  /** The record that is being written: what of it is in a sector that is reclaimed moves on. */
  #writing: LogRecord | undefined;

  /** Reads the region and changes nothing. */
  constructor(flash: FlashReader) {
    const { sectorSize, writeSize } = flash.layout;
    this.#flash = flash;
    this.#fragmentLimit = Math.max(
      SMALLEST_FRAGMENT_LIMIT,
      Math.floor(sectorSize / FRAGMENTS_PER_SECTOR / writeSize) * writeSize,
    );
    this.index = new LogIndex(flash);
  }

  /** Bytes that records may take in all, by `cost`: one sector is kept free, and no sector is filled to its end. */
  get capacity(): number {
    const { sectorSize, writeSize } = this.#flash.layout;
    const usable = sectorSize - firstFragmentAt(writeSize) - this.#fragmentLimit;
    return Math.max(0, (this.index.sectors.length - 1) * usable);
  }

  /** What a record of so many bytes takes at most, however it is divided. */
  cost(dataBytes: number): number {
    const { sectorSize, writeSize } = this.#flash.layout;
    const perFragment = this.#fragmentLimit - FRAGMENT_HEADER_BYTES - writeSize;
    const fragments = Math.ceil(dataBytes / perFragment) + Math.ceil((2 * dataBytes) / sectorSize) + 1;
    if (fragments > MOST_FRAGMENTS) return Number.POSITIVE_INFINITY;
    return dataBytes + fragments * fragmentSize(0, writeSize) + fragments * writeSize;
  }

  /**
   * Writes a record; it counts from its last operation on.
   * @param mail the record of the mail that it is about; absent for the mail itself and for a mark
   * @throws FlashError FLASH_TOO_LARGE when what counts already fills the region
   */
  *append(kind: RecordKind, data: Uint8Array, mail?: LogRecord): FlashSteps<LogRecord> {
    yield* this.#recover();
    const { writeSize } = this.#flash.layout;
    const number = this.index.nextNumber;
    const about = kind === 'mail' ? number : (mail?.number ?? 0);
    let record: LogRecord | undefined;
    let index = 0;
    let at = 0;
    try {
      do {
        const left = data.length - at;
        const sector = yield* this.#sectorFor(fragmentSize(Math.min(left, LEAST_DATA), writeSize));
        const room = Math.min(this.#fragmentLimit, this.#roomIn(sector)) - FRAGMENT_HEADER_BYTES;
        const part = data.subarray(at, at + Math.min(left, room));
        at += part.length;
        const header = { kind, isLast: at === data.length, index, record: number, mail: about };
        const bytes = encodeFragment(header, part, writeSize);
        record = yield* this.#write(sector, bytes, header, part.length);
        this.#writing = record;
        index += 1;
      } while (at < data.length);
    } finally {
      this.#writing = undefined;
    }
    this.index.finish(record);
    return record;
  }

  /** Makes good what a power cut left, before anything is written. */
  *#recover(): FlashSteps {
    if (this.#isRecovered) return;
    const { sectors } = this.index;
    for (const sector of sectors) {
      if (sector.state === 'foreign') yield* this.#erase(sector);
    }
    const { active } = this.index;
    // A sector was being reclaimed: the newest one holds nothing yet but copies out of the oldest.
    if (this.#freeSectors().length === 0 && active !== undefined) yield* this.#erase(active);
    this.#isRecovered = true;
  }

  /** A sector with so much room. */
  *#sectorFor(size: number): FlashSteps<LogSector> {
    // In one round every sector is copied close; after that there is room, or there is none.
    for (let round = 0; round <= 2 * this.index.sectors.length; round += 1) {
      const { active } = this.index;
      if (active !== undefined && this.#roomIn(active) >= size) return active;
      if (this.#freeSectors().length > 1) yield* this.#open();
      else yield* this.#reclaim();
    }
    throw new FlashError('FLASH_TOO_LARGE', 'What waits in the outbox fills its region.', {
      advice: 'Make a flash with a larger outbox: kadec21 flash init with a smaller slot or a larger size.',
    });
  }

  *#reclaim(): FlashSteps {
    const { oldest } = this.index;
    if (oldest === undefined) return;
    // The end of the log goes on before it: sequence and count of dropped mails are in its header.
    if (oldest === this.index.active) yield* this.#open();
    for (const place of this.#livingIn(oldest)) {
      if (this.#isElsewhere(place)) continue;
      const { active } = this.index;
      const fits = active !== undefined && this.#roomIn(active) >= place.size;
      const target = fits ? active : yield* this.#open();
      const bytes = this.#flash.read(oldest.offset + place.offset, place.size).slice();
      yield* this.#write(target, bytes, place.header, place.dataBytes);
    }
    yield* this.#erase(oldest);
  }

  /** Begins the next erased sector of the ring. */
  *#open(): FlashSteps<LogSector> {
    const { sectors, active, dropped } = this.index;
    const from = active === undefined ? 0 : sectors.indexOf(active) + 1;
    const inOrder = [...sectors.slice(from), ...sectors.slice(0, from)];
    const sector = inOrder.find(({ state }) => state === 'erased');
    if (sector === undefined) {
      throw new FlashError('FLASH_TOO_LARGE', 'The outbox region has no free sector.');
    }
    const sequence = ((active?.sequence ?? 0) + 1) >>> 0;
    yield { kind: 'write', offset: sector.offset, data: encodeSectorHeader({ sequence, dropped }) };
    const end = firstFragmentAt(this.#flash.layout.writeSize);
    Object.assign(sector, { state: 'used', sequence, dropped, end });
    this.index.active = sector;
    return sector;
  }

  *#write(
    sector: LogSector,
    data: Uint8Array,
    header: PlacedFragment['header'],
    dataBytes: number,
  ): FlashSteps<LogRecord> {
    const offset = sector.end;
    yield { kind: 'write', offset: sector.offset + offset, data };
    sector.end += data.length;
    return this.index.place({ header, sector, offset, size: data.length, dataBytes });
  }

  /** Without its header it is none of the log's any more, even if the power goes while it is half erased. */
  *#erase(sector: LogSector): FlashSteps {
    if (sector.state === 'used') {
      yield { kind: 'write', offset: sector.offset, data: new Uint8Array(SECTOR_HEADER_BYTES) };
    }
    yield { kind: 'erase', offset: sector.offset };
    this.index.forget(sector);
  }

  #livingIn(sector: LogSector): PlacedFragment[] {
    return sector.fragments.filter((place) => {
      const record = this.index.recordOf(place);
      return record !== undefined && (record === this.#writing || this.index.isLive(record));
    });
  }

  #isElsewhere(fragment: PlacedFragment): boolean {
    const places = this.index.recordOf(fragment)?.fragments.get(fragment.header.index) ?? [];
    return places.some(({ sector }) => sector !== fragment.sector);
  }

  #roomIn({ end }: LogSector): number {
    return this.#flash.layout.sectorSize - end;
  }

  #freeSectors(): LogSector[] {
    return this.index.sectors.filter(({ state }) => state === 'erased');
  }
}
