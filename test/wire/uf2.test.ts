import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Segment } from '../../src/wire/memory-segments.ts';
import { decodeUf2, encodeUf2, UF2_BLOCK_BYTES } from '../../src/wire/uf2.ts';
import { segmentLists } from './segment-lists.ts';

describe('UF2', () => {
  it('is read back as it was written, first and last block filled with the erased value', () => {
    fc.assert(
      fc.property(segmentLists(), (segments) => {
        fc.pre(segments.length > 0);
        const decoded = decodeUf2(encodeUf2(segments, { familyId: 0x57755a57 }));
        const written = memoryOf(segments);
        const read = decoded.ok ? memoryOf(decoded.segments) : new Map<number, number>();
        for (const [address, byte] of written) expect(read.get(address)).toBe(byte);
        for (const [address, byte] of read) expect(written.get(address) ?? 0xff).toBe(byte);
        expect(decoded).toMatchObject({ familyId: 0x57755a57 });
        if (decoded.ok) expect(decoded.segments.every(({ address }) => address % 256 === 0)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is read in any order of its blocks', () => {
    const data = Uint8Array.from({ length: 768 }, (_, index) => index & 0xff);
    const file = encodeUf2([{ address: 0x2000, data }]);
    const blocks = [2, 0, 1].map((block) =>
      file.subarray(block * UF2_BLOCK_BYTES, (block + 1) * UF2_BLOCK_BYTES),
    );
    expect(decodeUf2(Buffer.concat(blocks))).toEqual({ ok: true, segments: [{ address: 0x2000, data }] });
  });

  it('refuses a block that is missing, doubled or damaged, and says which', () => {
    const file = encodeUf2([{ address: 0, data: new Uint8Array(600) }]);
    expect(decodeUf2(file.subarray(0, 1024))).toMatchObject({
      failure: { problem: 'block_number', block: 1 },
    });
    expect(decodeUf2(file.subarray(0, 1000))).toMatchObject({ failure: { problem: 'length' } });
    const doubled = Buffer.concat([file.subarray(0, 1024), file.subarray(0, 512)]);
    expect(decodeUf2(doubled)).toMatchObject({ failure: { problem: 'block_number', block: 3 } });
    const damaged = new Uint8Array(file);
    damaged[UF2_BLOCK_BYTES + 508] = 0;
    expect(decodeUf2(damaged)).toMatchObject({ failure: { problem: 'magic', block: 2 } });
  });

  it('never throws, whatever bytes it is given', () => {
    const file = encodeUf2([{ address: 0, data: new Uint8Array(600) }]);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, value) => {
        const damaged = new Uint8Array(file);
        damaged[at] = value;
        expect(typeof decodeUf2(damaged).ok).toBe('boolean');
      }),
    );
  });
});

function memoryOf(segments: readonly Segment[]): Map<number, number> {
  const bytes = segments.flatMap(({ address, data }) =>
    [...data].map((byte, at): [number, number] => [address + at, byte]),
  );
  return new Map(bytes);
}
