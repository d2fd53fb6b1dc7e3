/**
 * Swap using move (swap_move.c): the image in slot 0 moves up by one sector, then sector by sector the new image
 * goes down into slot 0 and the old one over into slot 1. One spare sector in slot 0, no scratch area.
 */
import type { FlashSteps } from '../flash/operation.ts';
import {
  type BootContext,
  copy,
  eraseTrailerSectors,
  firstTrailerSector,
  trailerOf,
} from './boot-context.ts';
import type { SwapStatus } from './swap-status.ts';
import { initTrailer, writeImageOk, writeMagic, writeStatusCell, writeSwapSize } from './trailer-writes.ts';

/** Whether the images and the spare sector fit before the trailer. */
export function hasRoomToMove(context: BootContext, swapSize: number): boolean {
  return Math.ceil(swapSize / context.sectorSize) < firstTrailerSector(context);
}

/** @param status where to go on */
export function* swapUsingMove(context: BootContext, status: SwapStatus): FlashSteps {
  const last = Math.ceil(status.swapSize / context.sectorSize);
  yield* makeRevertResumable(context, status);
  if (status.phase === 'move') {
    for (let done = status.index; done < last; done += 1) {
      if (done === 0) yield* beginSwap(context, status);
      yield* moveUp(context, last - done, done);
    }
  }
  const isSwapping = status.phase === 'swap';
  for (let index = isSwapping ? status.index : 0; index < last; index += 1) {
    const state = isSwapping && index === status.index ? status.state : 0;
    yield* swapSector(context, index, state);
  }
}

/**
 * At the beginning of a revert the only trailer is slot 0's, and it has to be written anew. So that a cut in
 * between is no loss, slot 1 is made to look like a permanent update first (fixup_revert).
 */
function* makeRevertResumable(
  context: BootContext,
  { swapType, phase, index, swapSize }: SwapStatus,
): FlashSteps {
  if (swapType !== 'revert' || phase !== 'move' || index !== 0) return;
  const { slot1 } = context;
  if (trailerOf(context, slot1).magic !== 'unset') return;
  yield* eraseTrailerSectors(context, slot1);
  yield writeImageOk(context, slot1);
  yield writeSwapSize(context, slot1, swapSize);
  yield writeMagic(context, slot1);
}

function* beginSwap(context: BootContext, status: SwapStatus): FlashSteps {
  const { slot0, slot1 } = context;
  if (status.source !== 'slot0') {
    yield* eraseTrailerSectors(context, slot0);
    yield* initTrailer(context, slot0, status);
  }
  yield* eraseTrailerSectors(context, slot1);
}

/** Sector `sector - 1` of slot 0 to `sector`. */
function* moveUp(context: BootContext, sector: number, cell: number): FlashSteps {
  const { slot0, sectorSize } = context;
  const to = slot0.offset + sector * sectorSize;
  yield { kind: 'erase', offset: to };
  yield* copy(context, to - sectorSize, to, sectorSize);
  yield writeStatusCell(context, slot0, cell, 0);
}

function* swapSector(context: BootContext, index: number, state: number): FlashSteps {
  const { slot0, slot1, sectorSize, slot } = context;
  const down = slot0.offset + index * sectorSize;
  const over = slot1.offset + index * sectorSize;
  const cell = slot.maxSectors + 2 * index;
  if (state === 0) {
    yield { kind: 'erase', offset: down };
    yield* copy(context, over, down, sectorSize);
    yield writeStatusCell(context, slot0, cell, 0);
  }
  yield { kind: 'erase', offset: over };
  yield* copy(context, down + sectorSize, over, sectorSize);
  yield writeStatusCell(context, slot0, cell + 1, 1);
}
