/** The flash as the bootloader sees it: two slots and a scratch area, each with a trailer at its end. */
import { type SlotGeometry, trailerSize } from '../../wire/mcuboot/slot-limits.ts';
import { readTrailer, type TrailerState, trailerOffsets } from '../../wire/mcuboot/trailer.ts';
import type { FlashRegion } from '../flash/layout.ts';
import type { FlashReader, FlashSteps } from '../flash/operation.ts';
import { type BootConfig, slotOf } from './boot-config.ts';

/** States per sector in the scratch area's own trailer, which serves the first group only. */
export const STATES_PER_SECTOR = 3;

export interface BootArea extends FlashRegion {
  /** First status cell, as an offset in the flash. */
  readonly statusOffset: number;
  readonly statusCells: number;
}

export interface BootContext {
  readonly flash: FlashReader;
  readonly config: BootConfig;
  readonly slot: SlotGeometry;
  readonly slot0: BootArea;
  readonly slot1: BootArea;
  readonly scratch: BootArea;
  /** Of a slot, status cells included. */
  readonly trailerBytes: number;
  readonly sectorSize: number;
  readonly writeSize: number;
  readonly sectorsPerSlot: number;
}

export function bootContext(flash: FlashReader, config: BootConfig): BootContext {
  const slot = slotOf(config);
  const { regions, sectorSize, writeSize } = config.layout;
  const trailerBytes = trailerSize(slot);
  const fields = trailerOffsets(slot.maxAlign).swapSize;
  const area = ({ offset, size }: FlashRegion, statusCells: number): BootArea => ({
    offset,
    size,
    statusCells,
    statusOffset: offset + size - fields - statusCells * writeSize,
  });
  const cells = slot.maxSectors * STATES_PER_SECTOR;
  return {
    flash,
    config,
    slot,
    slot0: area(regions.slot0, cells),
    slot1: area(regions.slot1, cells),
    scratch: area(regions.scratch, STATES_PER_SECTOR),
    trailerBytes,
    sectorSize,
    writeSize,
    sectorsPerSlot: slot.slotSize / sectorSize,
  };
}

export const readArea = ({ flash }: BootContext, { offset, size }: FlashRegion): Uint8Array =>
  flash.read(offset, size);

export function trailerOf(context: BootContext, area: FlashRegion): TrailerState {
  const trailer = readTrailer(
    readArea(context, area),
    context.slot.maxAlign,
    context.config.layout.erasedValue,
  );
  if (trailer === undefined) throw new RangeError('an area is at least a sector, which a trailer fits into');
  return trailer;
}

/** First of the sectors that hold a part of a slot's trailer, counted from the beginning of the slot. */
export function firstTrailerSector({ trailerBytes, sectorSize, sectorsPerSlot }: BootContext): number {
  return sectorsPerSlot - Math.ceil(trailerBytes / sectorSize);
}

/** What bootutil copies at once (boot_copy_region, BUF_SZ). */
const COPY_BYTES = 1024;

/** The destination has to be erased. */
export function* copy(context: BootContext, from: number, to: number, length: number): FlashSteps {
  for (let done = 0; done < length; done += COPY_BYTES) {
    const size = Math.min(COPY_BYTES, length - done);
    yield { kind: 'write', offset: to + done, data: context.flash.read(from + done, size).slice() };
  }
}

/** Whole sectors, first to last. */
export function* erase({ sectorSize }: BootContext, offset: number, length: number): FlashSteps {
  for (let done = 0; done < length; done += sectorSize) yield { kind: 'erase', offset: offset + done };
}

/** Last to first: the magic goes first. */
export function* eraseBackwards({ sectorSize }: BootContext, offset: number, length: number): FlashSteps {
  for (let left = length - sectorSize; left >= 0; left -= sectorSize)
    yield { kind: 'erase', offset: offset + left };
}

/** swap_erase_trailer_sectors: the sectors of a slot that hold its trailer, last to first. */
export function* eraseTrailerSectors(context: BootContext, slot: FlashRegion): FlashSteps {
  const first = firstTrailerSector(context) * context.sectorSize;
  yield* eraseBackwards(context, slot.offset + first, slot.size - first);
}
