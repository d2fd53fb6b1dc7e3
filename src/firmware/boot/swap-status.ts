/**
 * How far a swap came before the power went: which trailer tells (boot_status_tables, swap_scratch.c;
 * swap_status_source, swap_move.c), and what its status cells say (swap_read_status_bytes).
 */
import type { SwapTypeName, TrailerFlag, TrailerMagic } from '../../wire/mcuboot/trailer.ts';
import { trailerOffsets } from '../../wire/mcuboot/trailer.ts';
import { type BootArea, type BootContext, STATES_PER_SECTOR, trailerOf } from './boot-context.ts';

export type StatusSource = 'none' | 'slot0' | 'scratch';

export interface SwapStatus {
  readonly source: StatusSource;
  readonly swapType: SwapTypeName;
  /** Bytes being swapped; 0 when no swap is under way. */
  readonly swapSize: number;
  /** Move mode has two phases; scratch mode knows `move` alone, as bootutil has it. */
  readonly phase: 'move' | 'swap';
  /** Sectors (or groups of them) that are done in this phase. */
  readonly index: number;
  /** Steps that are done in the sector under way. */
  readonly state: number;
}

export interface SourceRow {
  readonly slot0Magic: TrailerMagic | 'any';
  readonly scratchMagic: 'good' | 'not good' | 'any';
  readonly slot0CopyDone: TrailerFlag | 'any';
  readonly source: StatusSource;
}

/** Scratch mode; the first row that fits counts. */
export const scratchSourceTable: readonly SourceRow[] = [
  { slot0Magic: 'good', scratchMagic: 'not good', slot0CopyDone: 'set', source: 'none' },
  { slot0Magic: 'good', scratchMagic: 'not good', slot0CopyDone: 'unset', source: 'slot0' },
  { slot0Magic: 'any', scratchMagic: 'good', slot0CopyDone: 'any', source: 'scratch' },
  { slot0Magic: 'unset', scratchMagic: 'any', slot0CopyDone: 'unset', source: 'slot0' },
];

export const noSwap: SwapStatus = {
  source: 'none',
  swapType: 'none',
  swapSize: 0,
  phase: 'move',
  index: 0,
  state: 0,
};

/** Whether no step of the swap has been noted yet (boot_status_is_reset). */
export const isAtStart = ({ phase, index, state }: SwapStatus): boolean =>
  phase === 'move' && index === 0 && state === 0;

export function readSwapStatus(context: BootContext): SwapStatus {
  const source = statusSource(context);
  if (source === 'none') return noSwap;
  const area = context[source];
  const progress =
    context.config.swapMode === 'move' ? moveProgress(context, area) : scratchProgress(context, area);
  const status = { ...noSwap, ...progress, source, swapType: trailerOf(context, area).swapType ?? 'none' };
  return isAtStart(status) ? status : { ...status, swapSize: readSwapSize(context, area) };
}

export function statusSource(context: BootContext): StatusSource {
  const slot0 = trailerOf(context, context.slot0);
  switch (context.config.swapMode) {
    case 'overwrite':
      return 'none';
    case 'move': {
      const isUnderWay =
        slot0.magic === 'good' &&
        slot0.copyDone === 'unset' &&
        trailerOf(context, context.slot1).magic !== 'good';
      return isUnderWay ? 'slot0' : 'none';
    }
    case 'scratch': {
      const scratch = trailerOf(context, context.scratch).magic === 'good' ? 'good' : 'not good';
      const row = scratchSourceTable.find(
        ({ slot0Magic, scratchMagic, slot0CopyDone }) =>
          (slot0Magic === 'any' || slot0Magic === slot0.magic) &&
          (scratchMagic === 'any' || scratchMagic === scratch) &&
          (slot0CopyDone === 'any' || slot0CopyDone === slot0.copyDone),
      );
      return row?.source ?? 'none';
    }
  }
}

type Progress = Pick<SwapStatus, 'phase' | 'index' | 'state'>;

/** Up to the first erased cell behind one that is written; cells before the first one do not count. */
function scratchProgress(context: BootContext, area: BootArea): Progress | undefined {
  const written = (cell: number): boolean => isWritten(context, area, cell);
  let cell = 0;
  while (cell < area.statusCells && !written(cell)) cell += 1;
  if (cell === area.statusCells) return undefined;
  while (cell < area.statusCells && written(cell)) cell += 1;
  return { phase: 'move', index: Math.floor(cell / STATES_PER_SECTOR), state: cell % STATES_PER_SECTOR };
}

/** The last cell that is written counts: one per sector moved, then two per sector swapped. */
function moveProgress(context: BootContext, area: BootArea): Progress | undefined {
  let done = area.statusCells;
  while (done > 0 && !isWritten(context, area, done - 1)) done -= 1;
  if (done === 0) return undefined;
  const moves = context.slot.maxSectors;
  if (done < moves) return { phase: 'move', index: done, state: 0 };
  return { phase: 'swap', index: Math.floor((done - moves) / 2), state: (done - moves) % 2 };
}

function isWritten({ flash, writeSize, config }: BootContext, area: BootArea, cell: number): boolean {
  return flash.read(area.statusOffset + cell * writeSize, 1)[0] !== config.layout.erasedValue;
}

function readSwapSize({ flash, slot }: BootContext, area: BootArea): number {
  const at = area.offset + area.size - trailerOffsets(slot.maxAlign).swapSize;
  const bytes = flash.read(at, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}
