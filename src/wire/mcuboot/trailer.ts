/**
 * The trailer at the end of a slot (docs/design.md, "Image trailer"): how far an update is. Every field is
 * addressed from the end of the slot. `maxAlign` is the bootloader's BOOT_MAX_ALIGN: the size of a flag's cell.
 */
export const TRAILER_MAGIC_BYTES = 16;
export const DEFAULT_MAX_ALIGN = 8;
export const FLAG_SET = 0x01;

export type TrailerFlag = 'set' | 'unset' | 'bad';
export type TrailerMagic = 'good' | 'bad' | 'unset';

/** The low nibble of swap_info. */
export const SwapType = { none: 1, test: 2, permanent: 3, revert: 4 } as const;
export type SwapTypeName = keyof typeof SwapType;

/** Where each field begins, as a distance from the end of the slot. */
export interface TrailerOffsets {
  readonly magic: number;
  readonly imageOk: number;
  readonly copyDone: number;
  readonly swapInfo: number;
  readonly swapSize: number;
}

export interface TrailerState {
  readonly magic: TrailerMagic;
  readonly imageOk: TrailerFlag;
  readonly copyDone: TrailerFlag;
  /** Undefined when nothing is written there. */
  readonly swapType: SwapTypeName | undefined;
  readonly imageNumber: number;
}

const MAGIC_ALIGN_8 = Uint8Array.from([
  0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80,
]);
/** The first two bytes hold the alignment. */
const MAGIC_ALIGN_LARGER = Uint8Array.from([
  0, 0, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a,
]);

export function trailerMagic(maxAlign: number): Uint8Array {
  if (maxAlign === DEFAULT_MAX_ALIGN) return MAGIC_ALIGN_8.slice();
  const magic = MAGIC_ALIGN_LARGER.slice();
  magic[0] = maxAlign & 0xff;
  magic[1] = maxAlign >> 8;
  return magic;
}

export function trailerOffsets(maxAlign: number): TrailerOffsets {
  const imageOk = alignUp(TRAILER_MAGIC_BYTES, maxAlign) + maxAlign;
  return {
    magic: TRAILER_MAGIC_BYTES,
    imageOk,
    copyDone: imageOk + maxAlign,
    swapInfo: imageOk + 2 * maxAlign,
    swapSize: imageOk + 3 * maxAlign,
  };
}

/**
 * Reads the trailer of a whole slot.
 * @param slot the slot, first to last byte; undefined comes back when it is too short for a trailer
 */
export function readTrailer(
  slot: Uint8Array,
  maxAlign: number,
  erasedValue = 0xff,
): TrailerState | undefined {
  const offsets = trailerOffsets(maxAlign);
  if (slot.length < offsets.swapSize) return undefined;
  const swapInfo = slot[slot.length - offsets.swapInfo] ?? 0;
  return {
    magic: readMagic(slot.subarray(slot.length - offsets.magic), maxAlign, erasedValue),
    imageOk: readFlag(slot[slot.length - offsets.imageOk] ?? 0, erasedValue),
    copyDone: readFlag(slot[slot.length - offsets.copyDone] ?? 0, erasedValue),
    swapType: swapInfo === erasedValue ? undefined : swapTypeName(swapInfo & 0x0f),
    imageNumber: swapInfo === erasedValue ? 0 : swapInfo >> 4,
  };
}

export function readMagic(bytes: Uint8Array, maxAlign: number, erasedValue = 0xff): TrailerMagic {
  const good = trailerMagic(maxAlign);
  if (good.every((byte, index) => byte === bytes[index])) return 'good';
  return bytes.subarray(0, TRAILER_MAGIC_BYTES).every((byte) => byte === erasedValue) ? 'unset' : 'bad';
}

export function readFlag(byte: number, erasedValue = 0xff): TrailerFlag {
  if (byte === FLAG_SET) return 'set';
  return byte === erasedValue ? 'unset' : 'bad';
}

/** Numbers above 4 count as none (bootutil_public.c). */
export function swapTypeName(value: number): SwapTypeName {
  const named = Object.entries(SwapType).find(([, type]) => type === value)?.[0];
  return named === 'test' || named === 'permanent' || named === 'revert' ? named : 'none';
}

export const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;
