/**
 * The Internet checksum, RFC 1071: the one's complement of the one's complement sum of all 16-bit words.
 * Split in two so that a header, a pseudo header and the data may be summed where they lie.
 */

/**
 * Adds octets to a sum of big-endian 16-bit words; an odd octet at the end counts as if followed by zero.
 * Not folded: the sum of a whole IP packet (at most 65535 octets) stays below 2^32.
 *
 * @param from index of the first octet; the sum is that of a block that starts there
 * @param to index after the last octet
 * @param sum what was added before; every part but the last must have had an even number of octets
 */
export function sumWords(octets: Uint8Array, from: number, to: number, sum = 0): number {
  let total = sum;
  let index = from;
  // Eight octets a turn: the additions of one turn stay within the range of a small integer.
  for (const last = to - 7; index < last; index += 8) {
    total +=
      (((octets[index] ?? 0) +
        (octets[index + 2] ?? 0) +
        (octets[index + 4] ?? 0) +
        (octets[index + 6] ?? 0)) <<
        8) +
      ((octets[index + 1] ?? 0) +
        (octets[index + 3] ?? 0) +
        (octets[index + 5] ?? 0) +
        (octets[index + 7] ?? 0));
  }
  for (const last = to - 1; index < last; index += 2) {
    total += ((octets[index] ?? 0) << 8) + (octets[index + 1] ?? 0);
  }
  if (index < to) {
    total += (octets[index] ?? 0) << 8;
  }
  return total;
}

/** The checksum of a sum: 0 when the summed octets held their own correct checksum. */
export function checksumOf(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  const folded = (once & 0xffff) + (once >>> 16);
  return ~folded & 0xffff;
}

/** The checksum of one whole block. */
export function internetChecksum(octets: Uint8Array): number {
  return checksumOf(sumWords(octets, 0, octets.length));
}

/**
 * The sum over the pseudo header that TCP and UDP put before their own (RFC 9293 §3.1, RFC 768).
 *
 * @param length octets of the TCP or UDP header and data
 */
export function sumPseudoHeader(
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  return (
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff) +
    protocol +
    (length & 0xffff)
  );
}
