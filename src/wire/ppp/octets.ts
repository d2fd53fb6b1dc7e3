/** Small helpers for fields in network byte order. */

/** The 32 bits at `offset`, as an unsigned number; octets past the end count as zero. */
export function readUint32(octets: Uint8Array, offset = 0): number {
  return ((readUint16(octets, offset) << 16) | readUint16(octets, offset + 2)) >>> 0;
}

/** The 16 bits at `offset`; octets past the end count as zero. */
export function readUint16(octets: Uint8Array, offset = 0): number {
  return ((octets[offset] ?? 0) << 8) | (octets[offset + 1] ?? 0);
}

export const uint32Octets = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

export const uint16Octets = (value: number): Uint8Array => Uint8Array.of((value >>> 8) & 0xff, value & 0xff);

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, index) => octet === other[index]);
}

export const hexOf = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

/** Text from outside as it may be shown: printable ASCII, and never long. */
export function printable(octets: Uint8Array, longest = 64): string {
  const text = Buffer.from(octets.subarray(0, longest))
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
  return octets.length > longest ? `${text}...` : text;
}
