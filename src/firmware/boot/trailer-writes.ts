/** Writes of the fields of a trailer, each one operation (boot_write_trailer, bootutil_misc.c). */
import {
  alignUp,
  FLAG_SET,
  SwapType,
  type SwapTypeName,
  TRAILER_MAGIC_BYTES,
  trailerMagic,
  trailerOffsets,
} from '../../wire/mcuboot/trailer.ts';
import type { FlashRegion } from '../flash/layout.ts';
import type { FlashOperation, FlashSteps } from '../flash/operation.ts';
import { type BootArea, type BootContext, trailerOf } from './boot-context.ts';
import type { SwapStatus } from './swap-status.ts';

type Field = 'imageOk' | 'copyDone' | 'swapInfo' | 'swapSize';

export const writeImageOk = (context: BootContext, area: FlashRegion): FlashOperation =>
  writeField(context, area, 'imageOk', Uint8Array.of(FLAG_SET));

export const writeCopyDone = (context: BootContext, area: FlashRegion): FlashOperation =>
  writeField(context, area, 'copyDone', Uint8Array.of(FLAG_SET));

/** The image number, in the high nibble, is 0: the N2 has one image. */
export const writeSwapInfo = (context: BootContext, area: FlashRegion, type: SwapTypeName): FlashOperation =>
  writeField(context, area, 'swapInfo', Uint8Array.of(SwapType[type]));

export function writeSwapSize(context: BootContext, area: FlashRegion, bytes: number): FlashOperation {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(bytes);
  return writeField(context, area, 'swapSize', value);
}

/** Makes a trailer count: always the last of its fields to be written. */
export function writeMagic(context: BootContext, area: FlashRegion): FlashOperation {
  const { maxAlign } = context.slot;
  const cell = new Uint8Array(alignUp(TRAILER_MAGIC_BYTES, maxAlign)).fill(context.config.layout.erasedValue);
  cell.set(trailerMagic(maxAlign), cell.length - TRAILER_MAGIC_BYTES);
  return { kind: 'write', offset: area.offset + area.size - cell.length, data: cell };
}

/** Notes that the step that `status` stands at is done: a cell with the number of the state, from 1. */
export function writeStatusCell(
  context: BootContext,
  area: BootArea,
  cell: number,
  state: number,
): FlashOperation {
  const data = new Uint8Array(context.writeSize).fill(context.config.layout.erasedValue);
  data[0] = state + 1;
  return { kind: 'write', offset: area.statusOffset + cell * context.writeSize, data };
}

/** swap_status_init: a trailer for a swap that begins; the flag of the image is taken over from slot 1. */
export function* initTrailer(context: BootContext, area: FlashRegion, status: SwapStatus): FlashSteps {
  const { imageOk } = trailerOf(context, context.slot1);
  if (status.swapType !== 'none') yield writeSwapInfo(context, area, status.swapType);
  if (imageOk === 'set') yield writeImageOk(context, area);
  yield writeSwapSize(context, area, status.swapSize);
  yield writeMagic(context, area);
}

function writeField(
  context: BootContext,
  area: FlashRegion,
  field: Field,
  value: Uint8Array,
): FlashOperation {
  const { writeSize, slot, config } = context;
  const data = new Uint8Array(alignUp(value.length, writeSize)).fill(config.layout.erasedValue);
  data.set(value);
  return { kind: 'write', offset: area.offset + area.size - trailerOffsets(slot.maxAlign)[field], data };
}
