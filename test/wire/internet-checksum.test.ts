import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumOf, internetChecksum, sumWords } from '../../src/wire/internet-checksum.ts';

/** RFC 1071 §1, word by word. */
function slowly(octets: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < octets.length; index += 2) {
    sum += (octets[index] ?? 0) * 256 + (octets[index + 1] ?? 0);
    sum = (sum % 65_536) + Math.floor(sum / 65_536);
  }
  return 65_535 - sum;
}

describe('the Internet checksum', () => {
  it('is that of the example of RFC 1071', () => {
    const octets = Uint8Array.from([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
    expect(internetChecksum(octets)).toBe(~0xddf2 & 0xffff);
  });

  it('counts a last odd octet as if a zero followed', () => {
    expect(internetChecksum(Uint8Array.from([0x12, 0x34, 0x56]))).toBe(
      internetChecksum(Uint8Array.from([0x12, 0x34, 0x56, 0x00])),
    );
  });

  it('is what the definition says, for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        expect(internetChecksum(octets)).toBe(slowly(octets));
      }),
    );
  });

  it('stays right for the largest packet of the largest octets', () => {
    const octets = new Uint8Array(65_535).fill(0xff);
    expect(internetChecksum(octets)).toBe(slowly(octets));
  });

  it('may be summed in parts, cut at even places', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(50), (octets, half) => {
        const cut = Math.min(half * 2, octets.length - (octets.length % 2));
        const sum = sumWords(octets, cut, octets.length, sumWords(octets, 0, cut));
        expect(checksumOf(sum)).toBe(internetChecksum(octets));
      }),
    );
  });
});
