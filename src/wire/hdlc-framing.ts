/** What both directions of HDLC-like framing have in common: RFC 1662 sections 3, 4 and 7. */

export const FLAG = 0x7e;
export const ESCAPE = 0x7d;
/** RFC 1662 section 4.2: what an escaped octet is combined with, exclusive or. */
export const ESCAPE_BIT = 0x20;
export const ALL_STATIONS = 0xff;
export const UNNUMBERED_INFORMATION = 0x03;
/** RFC 1662 section 7.1: until a map is negotiated, every control character is escaped. */
export const DEFAULT_ACCM = 0xffff_ffff;
/** RFC 1661 section 6.1: 1500 octets must always be taken, whatever was negotiated. */
export const DEFAULT_MRU = 1500;
/** Address, control, protocol and FCS. */
export const HEADER_AND_FCS = 6;
/** Frames are cut from blocks: the first is small, for short calls; busy links get bigger ones, changed rarely. */
const FIRST_BLOCK_SIZE = 4 * 1024;
const LARGEST_BLOCK_SIZE = 32 * 1024;

/** @returns the next block, twice as big as the one that is full, with room for `needed` octets at least */
export const nextBlock = (full: Buffer, needed: number): Buffer<ArrayBuffer> =>
  Buffer.alloc(Math.max(FIRST_BLOCK_SIZE, Math.min(2 * full.length, LARGEST_BLOCK_SIZE), needed));
/** From this length on octets are worth searching; fewer cost less one by one (measured). */
export const SEARCHED_LENGTH = 48;

/** How one direction of the line is framed. */
export interface Framing {
  /** Async-Control-Character-Map: bit n set means octet n is escaped. */
  readonly accm: number;
  /** Protocol-Field-Compression: protocols below 0x100 take one octet. */
  readonly pfc: boolean;
  /** Address-and-Control-Field-Compression: FF 03 is left out. */
  readonly acfc: boolean;
}

/** What holds before LCP is Opened, and for LCP packets always (RFC 1661 sections 6.5, 6.6; RFC 1662 section 7.1). */
export const DEFAULT_FRAMING: Framing = { accm: DEFAULT_ACCM, pfc: false, acfc: false };

/** Whether the octet is a control character that the map names. */
export const isInMap = (accm: number, octet: number): boolean => octet < 0x20 && ((accm >>> octet) & 1) === 1;

/** Where the next such octet is; infinitely far if there is none. */
export function placeOf(octet: number, octets: Buffer, from: number): number {
  const place = octets.indexOf(octet, from);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}

/** The same octets with Node's searching and copying. */
export const asBuffer = (octets: Uint8Array): Buffer =>
  Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.length);
