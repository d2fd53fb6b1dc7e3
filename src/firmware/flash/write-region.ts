/** Brings an image into a slot, as a programmer (slot 0) or a running firmware (slot 1) does. */

import type { Segment } from '../../wire/memory-segments.ts';
import type { BootConfig } from '../boot/boot-config.ts';
import { bootContext, erase, eraseBackwards, trailerOf } from '../boot/boot-context.ts';
import { isAtStart, readSwapStatus } from '../boot/swap-status.ts';
import { FlashError } from './flash-error.ts';
import type { FlashReader, FlashSteps } from './operation.ts';

/** What is written at once, as bootutil copies. */
const CHUNK_BYTES = 1024;

/**
 * Erases the slot, its trailer first, and writes the image; a trailer that it was padded with comes last.
 * @param image header first; padding and trailer may follow
 * @throws FlashError FLASH_TOO_LARGE, FLASH_SWAP_UNFINISHED
 */
export function* writeSlot(
  flash: FlashReader,
  config: BootConfig,
  slot: 'slot0' | 'slot1',
  image: Uint8Array,
): FlashSteps {
  const region = config.layout.regions[slot];
  if (image.length > region.size) {
    throw new FlashError(
      'FLASH_TOO_LARGE',
      `The image takes ${image.length} bytes, ${slot} has ${region.size}.`,
    );
  }
  const context = bootContext(flash, config);
  const status = readSwapStatus(context);
  if (slot === 'slot1' && (status.swapType !== 'none' || !isAtStart(status))) {
    throw new FlashError(
      'FLASH_SWAP_UNFINISHED',
      'A swap of the slots was cut off and has to be finished first.',
      {
        advice: 'Boot the device: kadec21 flash boot FILE',
      },
    );
  }
  // A trailer in the scratch area would be taken for that of a swap of the new image.
  if (slot === 'slot0' && trailerOf(context, context.scratch).magic !== 'unset') {
    yield* eraseBackwards(context, context.scratch.offset, context.scratch.size);
  }
  yield* eraseBackwards(context, region.offset, region.size);
  yield* writeBytes(flash, region.offset, image);
}

/**
 * Writes pieces at their addresses, as a programmer does with a HEX file: sectors that they touch are erased.
 * @throws FlashError FLASH_OUT_OF_RANGE
 */
export function* writePieces(flash: FlashReader, config: BootConfig, pieces: readonly Segment[]): FlashSteps {
  const { baseAddress, sectorSize, writeSize, regions, size } = config.layout;
  const places = pieces.map(({ address, data }) => ({ offset: address - baseAddress, data }));
  const sectors = new Set<number>();
  for (const { offset, data } of places) {
    if (offset < regions.bootloader.size || offset + data.length > size) {
      const where = `0x${(offset + baseAddress).toString(16)}`;
      throw new FlashError(
        'FLASH_OUT_OF_RANGE',
        `${data.length} bytes at ${where} are not in the flash behind the bootloader.`,
        {
          advice: `The flash begins at 0x${baseAddress.toString(16)}; make the file with image build --target flash.`,
        },
      );
    }
    for (let at = offset - (offset % sectorSize); at < offset + data.length; at += sectorSize)
      sectors.add(at);
  }
  const context = bootContext(flash, config);
  for (const sector of [...sectors].sort((left, right) => left - right))
    yield* erase(context, sector, sectorSize);
  for (const { offset, data } of places) {
    const before = offset % writeSize;
    yield* writeBytes(flash, offset - before, Buffer.concat([new Uint8Array(before).fill(0xff), data]));
  }
}

/** Pieces that are erased anyway are left out. */
function* writeBytes({ layout }: FlashReader, offset: number, bytes: Uint8Array): FlashSteps {
  const { writeSize, erasedValue } = layout;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const piece = bytes.subarray(at, at + CHUNK_BYTES);
    if (piece.every((byte) => byte === erasedValue)) continue;
    const data = new Uint8Array(Math.ceil(piece.length / writeSize) * writeSize).fill(erasedValue);
    data.set(piece);
    yield { kind: 'write', offset: offset + at, data };
  }
}
