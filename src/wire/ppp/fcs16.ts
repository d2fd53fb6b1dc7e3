/** The 16-bit frame check sequence of PPP: RFC 1662 Appendix C.2 (CCITT polynomial, bits reversed). */

/** RFC 1662 C.2: the value to start from. */
export const INITIAL_FCS = 0xffff;
/** RFC 1662 C.2: what remains when the FCS itself has been run through as well. */
export const GOOD_FCS = 0xf0b8;
/** x^0 + x^5 + x^12 + x^16, bits reversed. */
const POLYNOMIAL = 0x8408;
/** Octets that one turn of the loop takes: each looks up a table of its own, so that they need not wait for each other. */
const STRIDE = 8;

/** Entry `256 * n + octet`: what `octet` adds to the FCS when n more octets follow it. Row 0 is the RFC's table. */
const tables = fcsTables();

function fcsTables(): Uint16Array {
  const rows = new Uint16Array(256 * STRIDE);
  for (let octet = 0; octet < 256; octet += 1) {
    let value = octet;
    for (let bit = 0; bit < 8; bit += 1) {
      value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    }
    rows[octet] = value;
  }
  for (let index = 256; index < rows.length; index += 1) {
    const shorter = rows[index - 256] ?? 0;
    rows[index] = (rows[shorter & 0xff] ?? 0) ^ (shorter >>> 8);
  }
  return rows;
}

/**
 * Runs octets through the FCS.
 * @param initial the value so far
 * @returns the value after octets `from` to `to`; its ones complement goes onto the wire, low octet first
 */
export function updateFcs(initial: number, octets: Uint8Array, from = 0, to = octets.length): number {
  const table = tables;
  let fcs = initial;
  let index = from;
  for (; index + STRIDE <= to; index += STRIDE) {
    const first = fcs ^ (octets[index] ?? 0) ^ ((octets[index + 1] ?? 0) << 8);
    fcs =
      (table[0x700 + (first & 0xff)] ?? 0) ^
      (table[0x600 + (first >>> 8)] ?? 0) ^
      (table[0x500 + (octets[index + 2] ?? 0)] ?? 0) ^
      (table[0x400 + (octets[index + 3] ?? 0)] ?? 0) ^
      (table[0x300 + (octets[index + 4] ?? 0)] ?? 0) ^
      (table[0x200 + (octets[index + 5] ?? 0)] ?? 0) ^
      (table[0x100 + (octets[index + 6] ?? 0)] ?? 0) ^
      (table[octets[index + 7] ?? 0] ?? 0);
  }
  for (; index < to; index += 1) {
    fcs = (table[(fcs ^ (octets[index] ?? 0)) & 0xff] ?? 0) ^ (fcs >>> 8);
  }
  return fcs;
}
