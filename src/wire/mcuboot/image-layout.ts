/**
 * Where the parts of an image are: header, body, protected TLVs, plain TLVs. Follows the loader's rules
 * (boot/bootutil/src/tlv.c, bootutil_tlv_iter_begin), which imgtool does not enforce: the header's protected
 * size has to agree with the area, and every entry has to lie inside its area.
 */
import { decodeImageHeader, type HeaderProblem, type ImageHeader } from './header.ts';
import { PLAIN_TLV_MAGIC, type PlacedTlv, PROTECTED_TLV_MAGIC, readTlvEntries, readTlvInfo } from './tlv.ts';

export interface ImageLayout {
  readonly header: ImageHeader;
  readonly protectedTlvs: readonly PlacedTlv[];
  readonly plainTlvs: readonly PlacedTlv[];
  /** Behind header, body and protected TLVs: everything before it is hashed and signed. */
  readonly signedEnd: number;
  /** Behind the plain TLVs. */
  readonly end: number;
}

export type LayoutProblem =
  | HeaderProblem
  | 'body_bounds'
  | 'tlv_missing'
  | 'tlv_magic'
  | 'protected_size'
  | 'tlv_bounds';

export interface LayoutFailure {
  readonly problem: LayoutProblem;
  /** Offset in the image. */
  readonly at: number;
  readonly message: string;
  /** When the header itself was good. */
  readonly header?: ImageHeader;
}

/** `bytes` begin with the image; anything may follow it. */
export function readImageLayout(
  bytes: Uint8Array,
):
  | { readonly ok: true; readonly layout: ImageLayout }
  | { readonly ok: false; readonly failure: LayoutFailure } {
  const decoded = decodeImageHeader(bytes);
  if (!decoded.ok) return failed({ problem: decoded.problem, ...headerFailure(decoded.problem, bytes) });
  const { header } = decoded;
  const refuse = (problem: LayoutProblem, at: number, message: string) =>
    failed({ problem, at, message, header });

  const bodyEnd = header.headerSize + header.bodySize;
  if (bodyEnd > bytes.length) {
    const found = `header and body take ${bodyEnd} bytes, there are ${bytes.length}`;
    return refuse('body_bounds', header.headerSize, found);
  }
  let areaAt = bodyEnd;
  let info = readTlvInfo(bytes, areaAt);
  if (info === undefined) return refuse('tlv_missing', areaAt, 'the TLV area is missing behind the body');

  let protectedTlvs: readonly PlacedTlv[] = [];
  if (info.magic === PROTECTED_TLV_MAGIC) {
    const { total } = info;
    if (total !== header.protectedTlvSize) {
      const sizes = `the protected area says ${total} bytes, the header ${header.protectedTlvSize}`;
      return refuse('protected_size', areaAt + 2, sizes);
    }
    if (areaAt + total > bytes.length) {
      return refuse('tlv_bounds', areaAt + 2, 'the protected area runs past the end');
    }
    const read = readTlvEntries(bytes, areaAt, areaAt + total);
    if (read.badAt !== undefined)
      return refuse('tlv_bounds', read.badAt, 'an entry runs past the protected area');
    protectedTlvs = read.entries;
    areaAt += total;
    info = readTlvInfo(bytes, areaAt);
    if (info === undefined)
      return refuse('tlv_missing', areaAt, 'the plain area is missing behind the protected one');
  } else if (info.magic === PLAIN_TLV_MAGIC && header.protectedTlvSize !== 0) {
    const sizes = `the header says ${header.protectedTlvSize} bytes of protected area, there is none`;
    return refuse('protected_size', 10, sizes);
  }
  if (info.magic !== PLAIN_TLV_MAGIC) {
    return refuse('tlv_magic', areaAt, `0x${info.magic.toString(16)} where a TLV area was expected`);
  }
  const end = areaAt + info.total;
  if (end > bytes.length) return refuse('tlv_bounds', areaAt + 2, 'the plain area runs past the end');
  const plain = readTlvEntries(bytes, areaAt, end);
  if (plain.badAt !== undefined)
    return refuse('tlv_bounds', plain.badAt, 'an entry runs past the plain area');
  return { ok: true, layout: { header, protectedTlvs, plainTlvs: plain.entries, signedEnd: areaAt, end } };
}

function headerFailure(problem: HeaderProblem, bytes: Uint8Array): { at: number; message: string } {
  switch (problem) {
    case 'too_short':
      return { at: bytes.length, message: `${bytes.length} bytes, the header alone has 32` };
    case 'old_magic':
      return {
        at: 0,
        message: 'an image of format 1 (magic 0x96f3b83c), which no bootloader takes any more',
      };
    case 'magic':
      return { at: 0, message: 'the magic number 0x96f3b83d is missing: this is no MCUboot image' };
    case 'header_size':
      return { at: 8, message: 'the header size is below 32' };
  }
}

const failed = (failure: LayoutFailure): { ok: false; failure: LayoutFailure } => ({ ok: false, failure });
