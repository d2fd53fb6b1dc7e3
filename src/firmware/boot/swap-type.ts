/** What the trailers of the two slots ask for (boot_swap_tables, bootutil_public.c). */
import type { SwapTypeName, TrailerFlag, TrailerMagic, TrailerState } from '../../wire/mcuboot/trailer.ts';

export interface SwapRow {
  readonly slot1Magic: TrailerMagic | 'any';
  readonly slot1ImageOk: TrailerFlag | 'any';
  readonly slot0Magic: TrailerMagic | 'any';
  readonly slot0ImageOk: TrailerFlag | 'any';
  readonly slot0CopyDone: TrailerFlag | 'any';
  readonly swapType: SwapTypeName;
}

/** The first row that fits counts; when none does, nothing is swapped. */
export const swapTable: readonly SwapRow[] = [
  {
    slot1Magic: 'good',
    slot1ImageOk: 'unset',
    slot0Magic: 'any',
    slot0ImageOk: 'any',
    slot0CopyDone: 'any',
    swapType: 'test',
  },
  {
    slot1Magic: 'good',
    slot1ImageOk: 'set',
    slot0Magic: 'any',
    slot0ImageOk: 'any',
    slot0CopyDone: 'any',
    swapType: 'permanent',
  },
  {
    slot1Magic: 'any',
    slot1ImageOk: 'any',
    slot0Magic: 'good',
    slot0ImageOk: 'unset',
    slot0CopyDone: 'set',
    swapType: 'revert',
  },
];

export function swapTypeOf(slot0: TrailerState, slot1: TrailerState): SwapTypeName {
  const row = swapTable.find(
    (each) =>
      fits(each.slot1Magic, slot1.magic) &&
      fits(each.slot1ImageOk, slot1.imageOk) &&
      fits(each.slot0Magic, slot0.magic) &&
      fits(each.slot0ImageOk, slot0.imageOk) &&
      fits(each.slot0CopyDone, slot0.copyDone),
  );
  return row?.swapType ?? 'none';
}

const fits = (wanted: string, found: string): boolean => wanted === 'any' || wanted === found;
