/** Small helpers for fields in network byte order. */

/** The 32 bits at `offset`, as an unsigned number; octets past the end count as zero. */
export function readUint32(octets: Uint8Array, offset = 0): number {
  const at = (index: number) => octets[offset + index] ?? 0;
  return ((at(0) << 24) | (at(1) << 16) | (at(2) << 8) | at(3)) >>> 0;
}

/** The 16 bits at `offset`; octets past the end count as zero. */
export function readUint16(octets: Uint8Array, offset = 0): number {
  return ((octets[offset] ?? 0) << 8) | (octets[offset + 1] ?? 0);
}

export const uint32Octets = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

export const uint16Octets = (value: number): Uint8Array => Uint8Array.of((value >>> 8) & 0xff, value & 0xff);

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, index) => octet === other[index]);
}

export const hexOf = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

/** Text from outside as it may be shown: printable ASCII, and never long. */
export function printable(octets: Uint8Array, longest = 64): string {
  const text = Array.from(octets.subarray(0, longest), (octet) =>
    octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.',
  ).join('');
  return octets.length > longest ? `${text}...` : text;
}
