/**
 * How the N2's flash is divided. The maker's own division is not known; this one is a default of the emulation:
 * a 4 MiB NOR flash with uniform 64 KiB sectors, as parts of that time have. Every tool takes it from here.
 *
 *     0x000000  bootloader   128 KiB
 *     0x020000  slot 0      1536 KiB   the firmware that runs
 *     0x1a0000  slot 1      1536 KiB   the firmware that an update brings
 *     0x320000  scratch       64 KiB
 *     0x330000  settings     128 KiB   two copies, one per sector
 *     0x350000  outbox       704 KiB
 *     0x400000
 */
export interface FlashRegion {
  readonly offset: number;
  readonly size: number;
}

export type RegionName = 'bootloader' | 'slot0' | 'slot1' | 'scratch' | 'settings' | 'outbox';

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

const SECTOR = 0x10000;

export const n2FlashLayout: FlashLayout = {
  baseAddress: 0x0800_0000,
  size: 64 * SECTOR,
  sectorSize: SECTOR,
  writeSize: 8,
  erasedValue: 0xff,
  regions: {
    bootloader: { offset: 0, size: 2 * SECTOR },
    slot0: { offset: 2 * SECTOR, size: 24 * SECTOR },
    slot1: { offset: 26 * SECTOR, size: 24 * SECTOR },
    scratch: { offset: 50 * SECTOR, size: SECTOR },
    settings: { offset: 51 * SECTOR, size: 2 * SECTOR },
    outbox: { offset: 53 * SECTOR, size: 11 * SECTOR },
  },
};

/** Where the processor sees a region. */
export function regionAddress(layout: FlashLayout, region: RegionName): number {
  return layout.baseAddress + layout.regions[region].offset;
}
