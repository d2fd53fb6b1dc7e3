/**
 * The header of a MCUboot image (boot/bootutil/include/bootutil/image.h, struct image_header): 32 bytes,
 * little-endian. The header area may be longer; the body begins behind it.
 */
import { type ImageVersion, readVersion, writeVersion } from './version.ts';

export const HEADER_BYTES = 32;
export const IMAGE_MAGIC = 0x96f3b83d;
/** Format 1 had the same header and other rules for what follows. */
export const OLD_IMAGE_MAGIC = 0x96f3b83c;

export const ImageFlag = {
  positionIndependent: 0x001,
  encryptedAes128: 0x004,
  encryptedAes256: 0x008,
  nonBootable: 0x010,
  ramLoad: 0x020,
  romFixed: 0x100,
  compressedLzma1: 0x200,
  compressedLzma2: 0x400,
  compressedArmThumb: 0x800,
} as const;

export type ImageFlagName = keyof typeof ImageFlag;

export interface ImageHeader {
  readonly loadAddress: number;
  /** Of the header area, 32 or more. */
  readonly headerSize: number;
  /** Of the protected TLV area with its info header; 0 when there is none. */
  readonly protectedTlvSize: number;
  readonly bodySize: number;
  readonly flags: number;
  readonly version: ImageVersion;
}

export type HeaderProblem = 'too_short' | 'magic' | 'old_magic' | 'header_size';

/** Takes the first 32 bytes of an image; more may follow. */
export function decodeImageHeader(
  bytes: Uint8Array,
):
  | { readonly ok: true; readonly header: ImageHeader }
  | { readonly ok: false; readonly problem: HeaderProblem } {
  if (bytes.length < HEADER_BYTES) return { ok: false, problem: 'too_short' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const magic = view.getUint32(0, true);
  if (magic !== IMAGE_MAGIC) return { ok: false, problem: magic === OLD_IMAGE_MAGIC ? 'old_magic' : 'magic' };
  const header: ImageHeader = {
    loadAddress: view.getUint32(4, true),
    headerSize: view.getUint16(8, true),
    protectedTlvSize: view.getUint16(10, true),
    bodySize: view.getUint32(12, true),
    flags: view.getUint32(16, true),
    version: readVersion(view, 20),
  };
  return header.headerSize < HEADER_BYTES ? { ok: false, problem: 'header_size' } : { ok: true, header };
}

/** The 32 bytes; the caller fills the rest of the header area with the erased value. */
export function encodeImageHeader(header: ImageHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, IMAGE_MAGIC, true);
  view.setUint32(4, header.loadAddress, true);
  view.setUint16(8, header.headerSize, true);
  view.setUint16(10, header.protectedTlvSize, true);
  view.setUint32(12, header.bodySize, true);
  view.setUint32(16, header.flags, true);
  writeVersion(view, 20, header.version);
  return bytes;
}

/** The names of the flags that are set, lowest bit first; bits without a name as `0x10000`. */
export function imageFlagNames(flags: number): string[] {
  const named = Object.entries(ImageFlag).filter(([, bit]) => (flags & bit) !== 0);
  const rest = named.reduce((left, [, bit]) => left & ~bit, flags) >>> 0;
  return [...named.map(([name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])];
}
