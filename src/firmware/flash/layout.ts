/**
 * How the N2's flash is divided. The maker's own division is not known; this one is a default of the emulation:
 * a 4 MiB NOR flash with uniform 64 KiB sectors, as parts of that time have. Every tool takes it from here.
 *
 *     0x000000  bootloader   128 KiB   and its settings (boot/boot-config.ts)
 *     0x020000  slot 0      1536 KiB   the firmware that runs
 *     0x1a0000  slot 1      1536 KiB   the firmware that an update brings
 *     0x320000  scratch       64 KiB
 *     0x330000  settings     128 KiB   two copies, one in each half
 *     0x350000  outbox       704 KiB
 *     0x400000
 */
import { ALIGNMENTS } from '../../wire/mcuboot/slot-limits.ts';
import { alignUp } from '../../wire/mcuboot/trailer.ts';

export interface FlashRegion {
  readonly offset: number;
  readonly size: number;
}

export const REGION_NAMES = ['bootloader', 'slot0', 'slot1', 'scratch', 'settings', 'outbox'] as const;
export type RegionName = (typeof REGION_NAMES)[number];

export interface FlashLayout {
  /** Where the processor sees the first byte. */
  readonly baseAddress: number;
  readonly size: number;
  readonly sectorSize: number;
  /** Smallest write, in bytes. */
  readonly writeSize: number;
  readonly erasedValue: number;
  readonly regions: Readonly<Record<RegionName, FlashRegion>>;
}

/** What a layout may differ in from the N2's; sizes in bytes. */
export interface LayoutWishes {
  readonly size?: number;
  readonly sectorSize?: number;
  readonly slotSize?: number;
  readonly scratchSize?: number;
  readonly writeSize?: number;
  readonly baseAddress?: number;
}

const KIB = 1024;
const N2_FLASH_BYTES = 4 * KIB * KIB;
const BOOTLOADER_BYTES = 128 * KIB;
/** One of the two copies of the settings. */
const SETTINGS_COPY_BYTES = 64 * KIB;
/** The largest serial NOR flashes of one chip select; an emulation holds all of it in memory. */
export const MAX_FLASH_BYTES = 64 * KIB * KIB;
/** What an erase count is kept for. */
export const MAX_SECTORS_OF_FLASH = 16_384;

/** The regions one behind the other, in the order above; the outbox takes what is left. */
export function flashLayout(wishes: LayoutWishes = {}): FlashLayout {
  const sectorSize = wishes.sectorSize ?? 64 * KIB;
  const size = wishes.size ?? N2_FLASH_BYTES;
  const slotSize = wishes.slotSize ?? 1536 * KIB;
  const sizes: Readonly<Record<RegionName, number>> = {
    bootloader: alignUp(BOOTLOADER_BYTES, sectorSize),
    slot0: slotSize,
    slot1: slotSize,
    scratch: wishes.scratchSize ?? sectorSize,
    settings: 2 * alignUp(SETTINGS_COPY_BYTES, sectorSize),
    outbox: 0,
  };
  let end = 0;
  const place = (name: RegionName): FlashRegion => {
    const offset = end;
    end += sizes[name];
    return { offset, size: sizes[name] };
  };
  return {
    baseAddress: wishes.baseAddress ?? 0x0800_0000,
    size,
    sectorSize,
    writeSize: wishes.writeSize ?? 8,
    erasedValue: 0xff,
    regions: {
      bootloader: place('bootloader'),
      slot0: place('slot0'),
      slot1: place('slot1'),
      scratch: place('scratch'),
      settings: place('settings'),
      outbox: { offset: end, size: Math.max(0, size - end) },
    },
  };
}

export const n2FlashLayout: FlashLayout = flashLayout();

/** Why a flash cannot be divided so; undefined when it can. */
export function layoutProblem(layout: FlashLayout): string | undefined {
  const { size, sectorSize, writeSize, erasedValue, regions, baseAddress } = layout;
  const numbers = [
    size,
    sectorSize,
    writeSize,
    baseAddress,
    ...Object.values(regions).flatMap((each) => [each.offset, each.size]),
  ];
  if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) return 'a size that is none';
  if (erasedValue !== 0xff) return 'an erased value other than 0xff, which NOR flash has';
  if (!ALIGNMENTS.includes(writeSize)) return `a write size of ${writeSize}, expected 1, 2, 4, 8, 16 or 32`;
  if (size === 0 || size > MAX_FLASH_BYTES)
    return `a size of ${size} bytes, expected up to ${MAX_FLASH_BYTES}`;
  if (sectorSize === 0 || sectorSize % writeSize !== 0 || size % sectorSize !== 0) {
    return `a size of ${hex(size)} that is no whole number of sectors of ${hex(sectorSize)}`;
  }
  if (size / sectorSize > MAX_SECTORS_OF_FLASH)
    return `${size / sectorSize} sectors, at most ${MAX_SECTORS_OF_FLASH}`;
  if (baseAddress + size > 2 ** 32) return 'a base address from which the flash runs past 2^32';
  let end = 0;
  for (const name of REGION_NAMES) {
    const { offset, size: regionSize } = regions[name];
    if (offset < end) return `a region ${name} at ${hex(offset)}, which the one before reaches into`;
    if (offset % sectorSize !== 0 || regionSize % sectorSize !== 0) {
      return `a region ${name} (${hex(regionSize)} bytes at ${hex(offset)}) that is no whole number of sectors`;
    }
    if (regionSize === 0) return `no room for the region ${name}`;
    end = offset + regionSize;
  }
  if (end > size) return `regions that end at ${hex(end)} in a flash of ${hex(size)} bytes`;
  if (regions.slot0.size !== regions.slot1.size) return 'two slots of different size';
  if (regions.settings.size % (2 * sectorSize) !== 0)
    return 'a settings region that does not divide into two copies';
  return undefined;
}

/** Where the processor sees a region. */
export function regionAddress(layout: FlashLayout, region: RegionName): number {
  return layout.baseAddress + layout.regions[region].offset;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
