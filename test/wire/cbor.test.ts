import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CborValue, decodeCbor, encodeCbor } from '../../src/wire/cbor.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('CBOR', () => {
  it.each<[CborValue, string]>([
    // RFC 8949, appendix A.
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-1000, '3903e7'],
    [1.1, 'fb3ff199999999999a'],
    [false, 'f4'],
    [true, 'f5'],
    [null, 'f6'],
    ['ü', '62c3bc'],
    [Uint8Array.of(1, 2, 3, 4), '4401020304'],
    [[1, [2, 3]], '82018202 03'.replace(' ', '')],
    [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  ])('writes %j as the standard has it', (value, expected) => {
    expect(hex(encodeCbor(value))).toBe(expected);
    expect(decodeCbor(Buffer.from(expected, 'hex'))).toEqual({ ok: true, value });
  });

  it('writes the same bytes whatever order the keys came in', () => {
    expect(hex(encodeCbor({ bb: 1, a: 2, c: 3 }))).toBe(hex(encodeCbor({ c: 3, a: 2, bb: 1 })));
  });

  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const document = JSON.parse(JSON.stringify(value));
        expect(decodeCbor(encodeCbor(document))).toEqual({ ok: true, value: document });
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a text that is cut short', '6261'],
    ['bytes behind the value', '0000'],
    ['a length that is not known beforehand', '9fff'],
    ['a tag', 'c074'],
    ['a number above 2^53', '1bffffffffffffffff'],
    ['the same key twice', 'a2616101616102'],
    ['a key that is no text', 'a10102'],
    ['an array that claims more than there is', '9affffffff00'],
    ['nesting without end', '81'.repeat(100)],
  ])('refuses %s', (_, bytes) => {
    expect(decodeCbor(Buffer.from(bytes, 'hex')).ok).toBe(false);
  });

  it('never throws, whatever bytes it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decodeCbor(bytes).ok).toBe('boolean');
      }),
    );
  });
});
