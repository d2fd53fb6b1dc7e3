/**
 * Swap using a scratch area (boot_swap_sectors, swap_scratch.c). From the last group of sectors down, in three
 * steps each: slot 1 to scratch, slot 0 to slot 1, scratch to slot 0. When the first group reaches into the
 * trailer, the trailer is built in the scratch area and moves to slot 0 with the group.
 */
import type { FlashSteps } from '../flash/operation.ts';
import {
  type BootContext,
  copy,
  erase,
  eraseBackwards,
  eraseTrailerSectors,
  firstTrailerSector,
  STATES_PER_SECTOR,
  trailerOf,
} from './boot-context.ts';
import type { SwapStatus } from './swap-status.ts';
import {
  initTrailer,
  writeImageOk,
  writeMagic,
  writeStatusCell,
  writeSwapInfo,
  writeSwapSize,
} from './trailer-writes.ts';

/** As many sectors as the scratch area holds. */
interface Group {
  /** From the beginning of the slot. */
  readonly offset: number;
  readonly size: number;
}

/** @param status where to go on; the first group that is not done begins at its state */
export function* swapUsingScratch(context: BootContext, status: SwapStatus): FlashSteps {
  for (const [index, group] of groupsOf(context, status.swapSize).entries()) {
    if (index < status.index) continue;
    const state = index === status.index ? status.state : 0;
    yield* swapGroup(context, group, { ...status, index, state });
  }
}

function groupsOf({ sectorSize, scratch }: BootContext, swapSize: number): Group[] {
  const most = Math.floor(scratch.size / sectorSize);
  const groups: Group[] = [];
  for (let end = Math.ceil(swapSize / sectorSize); end > 0; ) {
    const first = Math.max(0, end - most);
    groups.push({ offset: first * sectorSize, size: (end - first) * sectorSize });
    end = first;
  }
  return groups;
}

function* swapGroup(context: BootContext, group: Group, status: SwapStatus): FlashSteps {
  const { slot0, slot1, scratch } = context;
  const { offset, size } = group;
  const { index } = status;
  const copied = copiedBytes(context, group);
  const usesScratchTrailer = index === 0 && copied !== size;
  const isDone = (state: number): boolean => status.state > state;
  const note = (state: number, area = usesScratchTrailer ? scratch : slot0) =>
    writeStatusCell(context, area, index * STATES_PER_SECTOR + state, state);

  if (!isDone(0)) {
    yield* erase(context, scratch.offset, scratch.size);
    if (index === 0) {
      // Also when slot 0 has room for it: while its trailer is erased, the type of swap has to be somewhere.
      yield* initTrailer(context, scratch, status);
      if (!usesScratchTrailer) {
        yield* eraseTrailerSectors(context, slot0);
        yield* initTrailer(context, slot0, status);
        yield* erase(context, scratch.offset, scratch.size);
      }
    }
    yield* copy(context, slot1.offset + offset, scratch.offset, copied);
    yield note(0);
  }
  if (!isDone(1)) {
    if (index === 0) yield* eraseTrailerSectors(context, slot1);
    yield* erase(context, slot1.offset + offset, sizeBeforeTrailer(context, group, usesScratchTrailer));
    yield* copy(context, slot0.offset + offset, slot1.offset + offset, copied);
    yield note(1);
  }
  if (usesScratchTrailer) yield* eraseTrailerSectors(context, slot0);
  yield* erase(context, slot0.offset + offset, sizeBeforeTrailer(context, group, usesScratchTrailer));
  yield* copy(context, scratch.offset, slot0.offset + offset, copied);
  if (usesScratchTrailer) yield* takeTrailerOver(context, slot0.offset + offset + copied, status.swapSize);
  yield note(2, slot0);
  // A trailer left there would be read as that of a swap under way.
  if (usesScratchTrailer) yield* eraseBackwards(context, scratch.offset, scratch.size);
}

/** The group less the trailers: that of the slot, and the one that is built at the end of the scratch area. */
function copiedBytes(context: BootContext, { offset, size }: Group): number {
  const { sectorSize, slot, trailerBytes, scratch } = context;
  if (offset + size <= firstTrailerSector(context) * sectorSize) return size;
  return Math.min(slot.slotSize - offset - trailerBytes, scratch.statusOffset - scratch.offset);
}

/** The sectors of the trailer have been erased as such. */
function sizeBeforeTrailer(context: BootContext, { offset, size }: Group, isTrailerErased: boolean): number {
  return isTrailerErased ? firstTrailerSector(context) * context.sectorSize - offset : size;
}

function* takeTrailerOver(context: BootContext, statusOffset: number, swapSize: number): FlashSteps {
  const { slot0, scratch, writeSize } = context;
  yield* copy(context, scratch.statusOffset, statusOffset, (STATES_PER_SECTOR - 1) * writeSize);
  const { imageOk, swapType = 'none' } = trailerOf(context, scratch);
  if (imageOk === 'set') yield writeImageOk(context, slot0);
  if (swapType !== 'none') yield writeSwapInfo(context, slot0, swapType);
  yield writeSwapSize(context, slot0, swapSize);
  yield writeMagic(context, slot0);
}
