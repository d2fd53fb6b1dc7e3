/**
 * A TLV area behind an image: an info header (magic, total size), then entries of type, length and value
 * without padding (boot/bootutil/src/tlv.c).
 */
export const TLV_INFO_BYTES = 4;
export const TLV_ENTRY_BYTES = 4;
export const PROTECTED_TLV_MAGIC = 0x6908;
export const PLAIN_TLV_MAGIC = 0x6907;
/** Both sizes of an area are 16-bit fields. */
export const MAX_TLV_AREA_BYTES = 0xffff;

export interface Tlv {
  readonly type: number;
  readonly value: Uint8Array;
}

/** An entry that was read, with its place in the image. */
export interface PlacedTlv extends Tlv {
  /** Of its type field, from the beginning of the image. */
  readonly offset: number;
}

/** No bytes at all when there are no entries. Undefined when a value or the whole is too long for its field. */
export function encodeTlvArea(magic: number, entries: readonly Tlv[]): Uint8Array | undefined {
  if (entries.length === 0) return new Uint8Array(0);
  const total = entries.reduce((sum, { value }) => sum + TLV_ENTRY_BYTES + value.length, TLV_INFO_BYTES);
  if (total > MAX_TLV_AREA_BYTES) return undefined;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, magic, true);
  view.setUint16(2, total, true);
  let at = TLV_INFO_BYTES;
  for (const { type, value } of entries) {
    view.setUint16(at, type, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + TLV_ENTRY_BYTES);
    at += TLV_ENTRY_BYTES + value.length;
  }
  return bytes;
}

/** The info header at `at`; undefined when it does not lie within the bytes. */
export function readTlvInfo(bytes: Uint8Array, at: number): { magic: number; total: number } | undefined {
  if (at + TLV_INFO_BYTES > bytes.length) return undefined;
  return { magic: uint16(bytes, at), total: uint16(bytes, at + 2) };
}

/** The entries between an area's info header and its end; `badAt` is where one does not fit in. */
export function readTlvEntries(
  bytes: Uint8Array,
  areaStart: number,
  areaEnd: number,
): { readonly entries: readonly PlacedTlv[]; readonly badAt?: number } {
  const entries: PlacedTlv[] = [];
  let at = areaStart + TLV_INFO_BYTES;
  while (at < areaEnd) {
    if (at + TLV_ENTRY_BYTES > areaEnd) return { entries, badAt: at };
    const next = at + TLV_ENTRY_BYTES + uint16(bytes, at + 2);
    if (next > areaEnd) return { entries, badAt: at };
    entries.push({ type: uint16(bytes, at), value: bytes.subarray(at + TLV_ENTRY_BYTES, next), offset: at });
    at = next;
  }
  return { entries };
}

const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
