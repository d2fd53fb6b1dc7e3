import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeImageHeader, encodeImageHeader, imageFlagNames } from '../../../src/wire/mcuboot/header.ts';
import { readImageLayout } from '../../../src/wire/mcuboot/image-layout.ts';
import { encodeTlvArea, PLAIN_TLV_MAGIC, PROTECTED_TLV_MAGIC } from '../../../src/wire/mcuboot/tlv.ts';

describe('image headers', () => {
  it('are read back as they were written', () => {
    const header = fc.record({
      loadAddress: fc.nat(0xffff_ffff),
      headerSize: fc.integer({ min: 32, max: 0xffff }),
      protectedTlvSize: fc.nat(0xffff),
      bodySize: fc.nat(0xffff_ffff),
      flags: fc.nat(0xffff_ffff),
      version: fc.record({
        major: fc.nat(255),
        minor: fc.nat(255),
        revision: fc.nat(0xffff),
        build: fc.nat(0xffff_ffff),
      }),
    });
    fc.assert(
      fc.property(header, (value) => {
        expect(decodeImageHeader(encodeImageHeader(value))).toEqual({ ok: true, header: value });
      }),
    );
  });

  it('name their flags, and show bits without a name', () => {
    expect(imageFlagNames(0x10110)).toEqual(['nonBootable', 'romFixed', '0x10000']);
  });
});

describe('the parts of an image', () => {
  it('are found behind one another', () => {
    const image = imageOf({ protectedTlvs: [{ type: 0x50, value: Uint8Array.of(7, 0, 0, 0) }] });
    expect(readImageLayout(image)).toMatchObject({
      ok: true,
      layout: {
        signedEnd: 32 + 8 + 12,
        end: image.length,
        protectedTlvs: [{ type: 0x50, offset: 44 }],
        plainTlvs: [{ type: 0x10, offset: 56 }],
      },
    });
  });

  it.each([
    ['tlv_missing', { plainMagic: undefined }],
    ['tlv_magic', { plainMagic: 0x6906 }],
    ['body_bounds', { bodySize: 200 }],
    ['protected_size', { protectedTlvSize: 12 }],
    ['protected_size', { protectedTlvs: [{ type: 0x50, value: new Uint8Array(4) }], protectedTlvSize: 13 }],
    ['header_size', { headerSize: 31 }],
  ] as const)('are refused with %s when they contradict one another (%j)', (problem, wrong) => {
    expect(readImageLayout(imageOf(wrong))).toMatchObject({ ok: false, failure: { problem } });
  });

  it('are refused when an entry runs past its area, at every place it can be cut', () => {
    const image = imageOf({ protectedTlvs: [{ type: 0x50, value: new Uint8Array(4) }] });
    for (let end = 0; end < image.length; end += 1) {
      expect(readImageLayout(image.subarray(0, end)).ok).toBe(false);
    }
  });

  it('never throw, whatever bytes are changed', () => {
    const image = imageOf({ protectedTlvs: [{ type: 0x50, value: new Uint8Array(4) }] });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const damaged = new Uint8Array(image);
        for (const [at, value] of changes) damaged[at] = value;
        expect(typeof readImageLayout(damaged).ok).toBe('boolean');
      }),
    );
  });
});

interface Wishes {
  readonly headerSize?: number;
  readonly bodySize?: number;
  readonly protectedTlvSize?: number;
  readonly protectedTlvs?: readonly { readonly type: number; readonly value: Uint8Array }[];
  readonly plainMagic?: number | undefined;
}

/** A header of 32 bytes, a body of 8, and the areas. */
function imageOf(wishes: Wishes): Uint8Array {
  const protectedArea = encodeTlvArea(PROTECTED_TLV_MAGIC, wishes.protectedTlvs ?? []) ?? new Uint8Array(0);
  const magic = 'plainMagic' in wishes ? wishes.plainMagic : PLAIN_TLV_MAGIC;
  const plainArea =
    magic === undefined ? undefined : encodeTlvArea(magic, [{ type: 0x10, value: new Uint8Array(32) }]);
  const header = encodeImageHeader({
    loadAddress: 0,
    headerSize: wishes.headerSize ?? 32,
    protectedTlvSize: wishes.protectedTlvSize ?? protectedArea.length,
    bodySize: wishes.bodySize ?? 8,
    flags: 0,
    version: { major: 1, minor: 2, revision: 3, build: 4 },
  });
  return Buffer.concat([header, new Uint8Array(8), protectedArea, plainArea ?? new Uint8Array(0)]);
}
