import fc from 'fast-check';
import type { Segment } from '../../src/wire/memory-segments.ts';

/** Sorted segments with gaps between them, some across a 64 KiB line, all below 2^32. */
export function segmentLists(): fc.Arbitrary<Segment[]> {
  const piece = fc.record({
    gap: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0x30000 })),
    data: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  });
  const start = fc.oneof(
    fc.integer({ min: 0, max: 0x20000 }),
    fc.integer({ min: 0xfff0, max: 0xffff }),
    fc.constant(0x0801_fff0),
  );
  return fc.tuple(start, fc.array(piece, { maxLength: 5 })).map(([first, pieces]) => {
    let address = first;
    return pieces.map(({ gap, data }) => {
      const segment = { address: address + gap, data };
      address = segment.address + data.length;
      return segment;
    });
  });
}
