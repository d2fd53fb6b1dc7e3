/**
 * What is where in the outbox region: its sectors in their ring, the records that are whole, and which of them
 * still count. Made by reading the region once, kept up to date by the record log.
 */
import {
  FRAGMENT_HEADER_BYTES,
  type FragmentHeader,
  type RecordKind,
  type ScannedSector,
  scanSector,
} from '../../wire/record-log.ts';
import type { FlashReader } from '../flash/operation.ts';

export interface LogSector {
  /** In the flash. */
  readonly offset: number;
  state: ScannedSector['state'];
  /** The oldest sector has the lowest. */
  sequence: number;
  /** Mails dropped before it was begun. */
  dropped: number;
  /** Where the next fragment goes, in the sector. */
  end: number;
  fragments: PlacedFragment[];
}

/** A fragment and where it is. After a cut it may be in two places; it is the same in both. */
export interface PlacedFragment {
  readonly header: FragmentHeader;
  readonly sector: LogSector;
  /** In the sector. */
  readonly offset: number;
  readonly size: number;
  readonly dataBytes: number;
}

export interface LogRecord {
  readonly kind: RecordKind;
  readonly number: number;
  /** The number of the mail's own record. */
  readonly mail: number;
  /** By index. */
  readonly fragments: Map<number, PlacedFragment[]>;
  /** How many it has, once the last one is known. */
  count: number | undefined;
}

export class LogIndex {
  readonly sectors: readonly LogSector[];
  /** The one that is written to. */
  active: LogSector | undefined;
  readonly #records = new Map<number, LogRecord>();
  /** How each mail came to its end, if it did. */
  readonly #ends = new Map<number, LogRecord>();
  /** The newest state of each mail. */
  readonly #states = new Map<number, LogRecord>();
  #mark: LogRecord | undefined;
  #highest = 0;

  constructor(flash: FlashReader) {
    const { sectorSize, writeSize, regions } = flash.layout;
    const { offset, size } = regions.outbox;
    this.sectors = Array.from({ length: Math.floor(size / sectorSize) }, (_, index) =>
      emptySector(offset + index * sectorSize),
    );
    for (const sector of this.sectors) {
      const scanned = scanSector(flash.read(sector.offset, sectorSize), writeSize);
      sector.state = scanned.state;
      if (scanned.state !== 'used') continue;
      Object.assign(sector, { ...scanned.header, end: scanned.end });
      for (const { offset: at, size: taken, data, ...header } of scanned.fragments) {
        this.place({ header, sector, offset: at, size: taken, dataBytes: data.length });
      }
    }
    this.active = this.#newest();
    for (const record of this.#records.values()) this.#noteWhole(record);
  }

  /** The one to be reclaimed next. */
  get oldest(): LogSector | undefined {
    return this.sectors.reduce<LogSector | undefined>(
      (oldest, sector) =>
        sector.state === 'used' && (oldest === undefined || sector.sequence < oldest.sequence)
          ? sector
          : oldest,
      undefined,
    );
  }

  /** Not used by any record that is there, in whole or in part. */
  get nextNumber(): number {
    return this.#highest + 1;
  }

  /** The mails that wait, oldest first. */
  get mails(): LogRecord[] {
    return [...this.#records.values()]
      .filter((record) => record.kind === 'mail' && this.isLive(record))
      .sort((left, right) => left.number - right.number);
  }

  stateOf(mail: LogRecord): LogRecord | undefined {
    return this.#states.get(mail.number);
  }

  get mark(): LogRecord | undefined {
    return this.#mark;
  }

  /** How many mails were dropped, undelivered, for want of room. */
  get dropped(): number {
    const { active } = this;
    if (active === undefined) return 0;
    return active.dropped + active.fragments.filter(({ header }) => header.kind === 'drop').length;
  }

  /** Mails that were queued, have not come to their end, and are not whole any more. */
  get damagedMails(): number {
    return [...this.#records.values()].filter(
      (record) =>
        record.kind === 'mail' &&
        record.count !== undefined &&
        !isWhole(record) &&
        !this.#ends.has(record.number),
    ).length;
  }

  /** Whether the record counts: those that do not are left behind when their sector is reclaimed. */
  isLive(record: LogRecord): boolean {
    switch (record.kind) {
      case 'mail':
        return isWhole(record) && record.mail === record.number && !this.#ends.has(record.number);
      case 'state': {
        const mail = this.#records.get(record.mail);
        return this.#states.get(record.mail) === record && mail?.kind === 'mail' && this.isLive(mail);
      }
      case 'mark':
        return this.#mark === record;
      default:
        // An end lies behind all that it ends: by the time that its sector is the oldest, they are gone.
        return false;
    }
  }

  recordOf({ header }: PlacedFragment): LogRecord | undefined {
    return this.#records.get(header.record);
  }

  /** A fragment is in its place. A record counts from its last one on. */
  place(fragment: PlacedFragment): LogRecord {
    const { header, sector } = fragment;
    const { kind, record: number, mail } = header;
    sector.fragments.push(fragment);
    this.#highest = Math.max(this.#highest, number, mail);
    const record = this.#records.get(number) ?? {
      kind,
      number,
      mail,
      fragments: new Map(),
      count: undefined,
    };
    this.#records.set(number, record);
    // Another kind, or another mail, under the same number is nothing that the log writes.
    if (record.kind !== kind || record.mail !== mail) return record;
    const places = record.fragments.get(header.index);
    if (places === undefined) record.fragments.set(header.index, [fragment]);
    else places.push(fragment);
    if (header.isLast) record.count = header.index + 1;
    return record;
  }

  /** The record is written to its end. */
  finish(record: LogRecord): void {
    this.#noteWhole(record);
  }

  /** The sector has been erased. */
  forget(sector: LogSector): void {
    for (const { header } of sector.fragments) {
      const record = this.#records.get(header.record);
      if (record === undefined) continue;
      const left = record.fragments.get(header.index)?.filter((place) => place.sector !== sector) ?? [];
      if (left.length > 0) record.fragments.set(header.index, left);
      else record.fragments.delete(header.index);
      if (record.fragments.size === 0) this.#forgetRecord(record);
    }
    Object.assign(sector, emptySector(sector.offset));
    if (this.active === sector) this.active = this.#newest();
  }

  #newest(): LogSector | undefined {
    return this.sectors.reduce<LogSector | undefined>(
      (newest, sector) =>
        sector.state === 'used' && sector.sequence >= (newest?.sequence ?? 0) ? sector : newest,
      undefined,
    );
  }

  #noteWhole(record: LogRecord): void {
    if (!isWhole(record)) return;
    const { kind, mail, number } = record;
    if (kind === 'end' || kind === 'drop') this.#ends.set(mail, record);
    if (kind === 'state' && number > (this.#states.get(mail)?.number ?? -1)) this.#states.set(mail, record);
    if (kind === 'mark' && number > (this.#mark?.number ?? -1)) this.#mark = record;
  }

  #forgetRecord(record: LogRecord): void {
    this.#records.delete(record.number);
    if (this.#ends.get(record.mail) === record) this.#ends.delete(record.mail);
    if (this.#states.get(record.mail) === record) this.#states.delete(record.mail);
    if (this.#mark === record) this.#mark = undefined;
  }
}

/** The data of a record, put together: a copy. Undefined when it is not whole. */
export function dataOf(flash: FlashReader, record: LogRecord): Uint8Array | undefined {
  if (!isWhole(record)) return undefined;
  const parts: Uint8Array[] = [];
  for (let index = 0; index < record.fragments.size; index += 1) {
    const place = record.fragments.get(index)?.[0];
    if (place === undefined) return undefined;
    parts.push(flash.read(place.sector.offset + place.offset + FRAGMENT_HEADER_BYTES, place.dataBytes));
  }
  return joined(parts);
}

/** Not Buffer.concat: what is kept for days must not hold a pool that others share. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const isWhole = ({ count, fragments }: LogRecord): boolean => count !== undefined && fragments.size === count;

const emptySector = (offset: number): LogSector => ({
  offset,
  state: 'erased',
  sequence: 0,
  dropped: 0,
  end: 0,
  fragments: [],
});
