/**
 * An image in its slot: whether it fits, padding with the trailer that asks a bootloader for the update, and
 * the same as pieces for HEX and S-record files, where the gap is not filled.
 */

import { maxImageSize, type SlotGeometry } from '../../wire/mcuboot/slot-limits.ts';
import {
  alignUp,
  FLAG_SET,
  TRAILER_MAGIC_BYTES,
  trailerMagic,
  trailerOffsets,
} from '../../wire/mcuboot/trailer.ts';
import type { Segment } from '../../wire/memory-segments.ts';
import { ImageError } from './image-error.ts';

/**
 * `test`: swapped in once, and back unless the firmware confirms it. `confirmed`: swapped in for good; in
 * slot 0, the image of a factory.
 */
export type Trailer = 'none' | 'test' | 'confirmed';

/** @throws ImageError IMAGE_TOO_LARGE when a bootloader with this slot would refuse the image */
export function refuseTooLarge(image: Uint8Array, slot: SlotGeometry): void {
  const limit = maxImageSize(slot);
  if (image.length <= limit) return;
  const hex = (value: number): string => `0x${value.toString(16)}`;
  throw new ImageError(
    'IMAGE_TOO_LARGE',
    `The image takes ${hex(image.length)} bytes; a slot of ${hex(slot.slotSize)} with sectors of ` +
      `${hex(slot.sectorSize)}, align ${slot.align} and swap mode ${slot.swapMode} takes ${hex(limit)}.`,
    {
      advice:
        'Make the application smaller, or give --slot-size, --sector-size and --swap-mode of the device.',
    },
  );
}

/** The whole slot: image, erased bytes, trailer. Without a trailer the image as it is. */
export function padToSlot(
  image: Uint8Array,
  slot: SlotGeometry,
  trailer: Trailer,
  erasedValue = 0xff,
): Uint8Array {
  if (trailer === 'none') return image;
  const padded = new Uint8Array(slot.slotSize).fill(erasedValue);
  for (const { address, data } of slotSegments(image, slot, trailer, 0, erasedValue))
    padded.set(data, address);
  return padded;
}

/** The pieces of the slot that are not erased, the first at `base`. */
export function slotSegments(
  image: Uint8Array,
  slot: SlotGeometry,
  trailer: Trailer,
  base: number,
  erasedValue = 0xff,
): Segment[] {
  const segments: Segment[] = [{ address: base, data: image }];
  if (trailer === 'none') return segments;
  const end = base + slot.slotSize;
  const offsets = trailerOffsets(slot.maxAlign);
  const magic = { address: end - offsets.magic, data: trailerMagic(slot.maxAlign) };
  // A bootloader that overwrites keeps no way back, so that there is nothing to confirm.
  if (trailer === 'test' || slot.swapMode === 'overwrite') return [...segments, magic];
  const cell = new Uint8Array(alignUp(TRAILER_MAGIC_BYTES, slot.maxAlign)).fill(erasedValue);
  cell[0] = FLAG_SET;
  const imageOk = { address: end - offsets.imageOk, data: cell.subarray(0, offsets.imageOk - offsets.magic) };
  if (imageOk.address + imageOk.data.length < magic.address) return [...segments, imageOk, magic];
  return [...segments, { address: imageOk.address, data: Buffer.concat([imageOk.data, magic.data]) }];
}
