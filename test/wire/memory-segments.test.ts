import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SegmentCollector } from '../../src/wire/memory-segments.ts';

/** Address and bytes of one record, in the order of the file. */
type Record = readonly [address: number, bytes: readonly number[]];

describe('collecting records', () => {
  it('merges what touches, in whatever order it came', () => {
    expect(
      collect([
        [4, [5, 6]],
        [0, [1, 2, 3, 4]],
        [9, [7]],
      ]),
    ).toMatchObject({
      segments: [
        { address: 0, data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
        { address: 9, data: Uint8Array.of(7) },
      ],
    });
  });

  it('gives what writing the records one by one into a memory gives, or the first contradiction', () => {
    const record = fc.tuple(fc.nat(40), fc.array(fc.nat(1), { minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (records) => {
        const memory = new Map<number, number>();
        let isContradicted = false;
        let isTwice = false;
        for (const [address, bytes] of records) {
          for (const [index, byte] of bytes.entries()) {
            const before = memory.get(address + index);
            isTwice ||= before !== undefined;
            isContradicted ||= before !== undefined && before !== byte;
            memory.set(address + index, byte);
          }
        }
        const collected = collect(records);
        expect(collected.ok).toBe(!isContradicted);
        if (!collected.ok) return;
        expect(collected.sameBytesTwice !== undefined).toBe(isTwice);
        const found = collected.segments.flatMap(({ address, data }) =>
          [...data].map((byte, index): [number, number] => [address + index, byte]),
        );
        expect(found).toEqual([...memory].toSorted(([left], [right]) => left - right));
      }),
    );
  });

  it('tells the later of the two lines for every overlap', () => {
    const records: Record[] = [
      [0, [1, 1, 1, 1]],
      [4, [1, 1, 1, 1]],
      [8, [1, 1]],
      [6, [1, 0]],
    ];
    expect(collect(records)).toEqual({ ok: false, overlap: { address: 7, line: 4 } });
    expect(collect(records.toReversed())).toEqual({ ok: false, overlap: { address: 7, line: 3 } });
  });

  it('takes a file of many single bytes in falling order in good time', () => {
    const collector = new SegmentCollector();
    for (let index = 0; index < 200_000; index += 1) {
      const store = collector.reserve(1);
      if (store !== undefined) store[collector.offset] = index & 0xff;
      collector.commit(1_000_000 - 2 * index, 1, index + 1);
    }
    const collected = collector.finish();
    expect(collected.ok && collected.segments.length).toBe(200_000);
  });
});

function collect(records: readonly Record[]) {
  const collector = new SegmentCollector();
  for (const [index, [address, bytes]] of records.entries()) {
    collector.reserve(bytes.length)?.set(bytes, collector.offset);
    collector.commit(address, bytes.length, index + 1);
  }
  return collector.finish();
}
