/**
 * How large an image may be so that a bootloader takes it: the slot less what the way of swapping needs.
 * imgtool knows neither sectors nor the spare sector of "move"; a bootloader does (boot/bootutil/src/swap_*.c,
 * app_max_size).
 */
import { alignUp, DEFAULT_MAX_ALIGN, TRAILER_MAGIC_BYTES, trailerOffsets } from './trailer.ts';

export type SwapMode = 'scratch' | 'move' | 'overwrite';
export const SWAP_MODES: readonly SwapMode[] = ['scratch', 'move', 'overwrite'];

/** Write sizes that imgtool knows. */
export const ALIGNMENTS: readonly number[] = [1, 2, 4, 8, 16, 32];

/** BOOT_MAX_IMG_SECTORS of a bootloader with default settings. */
export const DEFAULT_MAX_SECTORS = 128;

/** Steps of one sector's swap that leave a mark: three in scratch mode, 1 + 2 in move mode. */
const STATES_PER_SECTOR = 3;

export interface SlotGeometry {
  readonly slotSize: number;
  readonly sectorSize: number;
  readonly swapMode: SwapMode;
  /** Smallest write of the flash: 1, 2, 4, 8, 16 or 32. */
  readonly align: number;
  /** BOOT_MAX_ALIGN: 8, or more with a larger `align`. */
  readonly maxAlign: number;
  readonly maxSectors: number;
}

/** The geometry with what follows from the rest filled in. */
export function slotGeometry(given: {
  readonly slotSize: number;
  readonly sectorSize: number;
  readonly swapMode: SwapMode;
  readonly align: number;
  readonly maxAlign?: number;
  readonly maxSectors?: number;
}): SlotGeometry {
  return {
    ...given,
    maxAlign: given.maxAlign ?? Math.max(DEFAULT_MAX_ALIGN, given.align),
    // A bootloader that is to swap this slot was built for at least as many sectors as it has.
    maxSectors:
      given.maxSectors ?? Math.max(DEFAULT_MAX_SECTORS, Math.ceil(given.slotSize / given.sectorSize)),
  };
}

/** Why no bootloader can work with such a slot; undefined when it can. */
export function geometryProblem(geometry: SlotGeometry): string | undefined {
  const { slotSize, sectorSize, align, maxAlign, maxSectors } = geometry;
  if (!ALIGNMENTS.includes(align)) return `an alignment of ${align}, expected 1, 2, 4, 8, 16 or 32`;
  if (![8, 16, 32].includes(maxAlign) || maxAlign < align) {
    return `a flag cell of ${maxAlign} bytes, expected 8, 16 or 32 and at least the alignment`;
  }
  if (sectorSize <= 0 || sectorSize % maxAlign !== 0)
    return `a sector of ${sectorSize} bytes is no multiple of ${maxAlign}`;
  if (slotSize <= 0 || slotSize % sectorSize !== 0) {
    return `a slot of 0x${slotSize.toString(16)} bytes is no whole number of sectors of 0x${sectorSize.toString(16)}`;
  }
  if (slotSize / sectorSize > maxSectors)
    return `${slotSize / sectorSize} sectors, the bootloader takes ${maxSectors}`;
  return maxImageSize(geometry) > 0 ? undefined : 'the slot has no room for anything but its trailer';
}

/** Bytes that the trailer takes at the end of the slot, status entries included. */
export function trailerSize({ swapMode, align, maxAlign, maxSectors }: SlotGeometry): number {
  const flags = trailerOffsets(maxAlign);
  if (swapMode === 'overwrite') return flags.swapInfo;
  return maxSectors * STATES_PER_SECTOR * align + flags.swapSize;
}

/** Bytes from the first of the header to the last of the plain TLVs. */
export function maxImageSize(geometry: SlotGeometry): number {
  const { slotSize, sectorSize, swapMode, align, maxAlign } = geometry;
  const trailer = trailerSize(geometry);
  switch (swapMode) {
    case 'overwrite':
      return slotSize - trailer;
    case 'move':
      return slotSize - alignUp(trailer, sectorSize) - sectorSize;
    case 'scratch': {
      // The trailer is built in the scratch area first, with the status of one sector only; that smaller one
      // has to fit behind the image in the sector where the slot's trailer begins.
      const scratchTrailer =
        STATES_PER_SECTOR * align + 4 * maxAlign + alignUp(TRAILER_MAGIC_BYTES, maxAlign);
      const inFirstSector = trailer % sectorSize === 0 ? sectorSize : trailer % sectorSize;
      return slotSize - trailer - Math.max(0, scratchTrailer - inFirstSector);
    }
  }
}
