import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HexDecoded } from '../../src/wire/hex-record/contents.ts';
import { joinPieces } from '../../src/wire/hex-record/writer.ts';
import { decodeIntelHex, encodeIntelHex, IntelHexDecoder } from '../../src/wire/intel-hex.ts';
import { segmentLists } from './segment-lists.ts';

const END = ':00000001FF\n';

describe('reading Intel HEX', () => {
  it('refuses a file without an end record, which may be cut short', () => {
    expect(problemOf(':0100000001FE\n')).toEqual(['missing_eof', 2]);
    expect(problemOf('')).toEqual(['missing_eof', 1]);
  });

  it('names the line of a wrong checksum and what it should be', () => {
    const decoded = read(`:0100000001FE\n\n:0100010002AA\n${END}`);
    expect(decoded).toMatchObject({
      failure: { problem: 'checksum', line: 3, message: 'checksum is AA, expected FC' },
    });
  });

  it('names the later line when two records give one address different values', () => {
    const records = [record(0, [1, 2]), record(0x180, [1]), record(1, [9, 5])];
    expect(problemOf(`${records.join('')}${END}`)).toEqual(['overlap', 3]);
    expect(problemOf(`${records.toReversed().join('')}${END}`)).toEqual(['overlap', 3]);
  });

  it('warns where two records give one address the same value', () => {
    const decoded = read(`${record(0, [1, 2])}${record(1, [2, 3])}${END}`);
    expect(decoded).toMatchObject({ ok: true, warnings: [{ kind: 'overlap_same', line: 2 }] });
    expect(decoded).toMatchObject({ segments: [{ address: 0, data: Uint8Array.of(1, 2, 3) }] });
  });

  it('wraps at 64 KiB within a segment, and not with a linear base', () => {
    const data = ':10FFF800000102030405060708090A0B0C0D0E0F81\n';
    expect(addresses(`:020000021000EC\n${data}${END}`)).toEqual([0x10000, 0x1fff8]);
    expect(addresses(`:020000040800F2\n${data}${END}`)).toEqual([0x0800fff8]);
    expect(addresses(`${data}${END}`)).toEqual([0xfff8]);
  });

  it('takes LF, CR LF and CR as line ends and lower-case digits as digits', () => {
    const text = `:020000040800f2\n:0100000001fe\n${END}`;
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      expect(addresses(text.replaceAll('\n', lineEnd))).toEqual([0x0800_0000]);
    }
  });

  it.each([
    ['text before the colon', `x:0100000001FE\n${END}`, 'start_code', 1],
    ['a letter that is no digit', `:01000000G1FE\n${END}`, 'hex_digit', 1],
    ['a comment behind a record', `:0100000001FE ; one\n${END}`, 'hex_digit', 1],
    ['a line longer than any record', `:${'0'.repeat(2000)}\n`, 'length', 1],
    ['a record behind the end', `${END}:0100000001FE\n`, 'data_after_eof', 2],
    ['an end record with data', ':0100000101FD\n', 'length', 1],
    ['a linear address that is too short', `:0100000408F3\n${END}`, 'length', 1],
  ])('refuses %s', (_, text, problem, line) => {
    expect(problemOf(text)).toEqual([problem, line]);
  });

  it('keeps the start address of either kind', () => {
    expect(read(`:0400000310000020C9\n${END}`)).toMatchObject({
      start: { kind: 'segment', cs: 0x1000, ip: 0x20 },
    });
    expect(read(`:0400000508000101ED\n${END}`)).toMatchObject({
      start: { kind: 'linear', address: 0x08000101 },
    });
  });

  it('gives the same whatever pieces the file comes in', () => {
    fc.assert(
      fc.property(texts(), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (text, cuts) => {
        expect(readInPieces(text, cuts)).toEqual(read(text));
      }),
    );
  });

  it('never throws, whatever bytes it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(typeof decodeIntelHex(bytes).ok).toBe('boolean');
      }),
    );
  });
});

describe('writing Intel HEX', () => {
  it('is read back as it was, at any record length', () => {
    fc.assert(
      fc.property(segmentLists(), fc.integer({ min: 1, max: 255 }), (segments, recordBytes) => {
        const text = joinPieces(encodeIntelHex(segments, { recordBytes }));
        expect(decodeIntelHex(text)).toEqual({ ok: true, segments, warnings: [] });
      }),
    );
  });

  it('writes the start address just before the end', () => {
    const start = { kind: 'linear', address: 0x0800_0101 } as const;
    const text = Buffer.from(joinPieces(encodeIntelHex([], { start }))).toString();
    expect(text).toBe(`:0400000508000101ED\n${END}`);
  });
});

const read = (text: string): HexDecoded => decodeIntelHex(Buffer.from(text, 'latin1'));

function readInPieces(text: string, cuts: readonly number[]): HexDecoded {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = new IntelHexDecoder();
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = cuts[turn % cuts.length] ?? 1;
    decoder.push(bytes.subarray(at, at + length));
    at += length;
  }
  return decoder.finish();
}

/** A data record with the right checksum. */
function record(address: number, data: readonly number[]): string {
  const bytes = [data.length, address >> 8, address & 0xff, 0, ...data];
  const checksum = -bytes.reduce((sum, byte) => sum + byte) & 0xff;
  return `:${Buffer.from([...bytes, checksum])
    .toString('hex')
    .toUpperCase()}\n`;
}

/** Good files with one mistake here and there. */
function texts(): fc.Arbitrary<string> {
  const file = segmentLists().map((segments) =>
    Buffer.from(joinPieces(encodeIntelHex(segments))).toString('latin1'),
  );
  return fc
    .tuple(
      file,
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.nat(),
      fc.constantFrom('', ' ', '\n', '\r', 'F', ':', 'x', '\t\n'),
    )
    .map(([text, lineEnd, at, mistake]) => {
      const broken = text.replaceAll('\n', lineEnd);
      const place = at % (broken.length + 1);
      return broken.slice(0, place) + mistake + broken.slice(place);
    });
}

function problemOf(text: string): unknown {
  const decoded = read(text);
  return decoded.ok ? 'accepted' : [decoded.failure.problem, decoded.failure.line];
}

function addresses(text: string): unknown {
  const decoded = read(text);
  return decoded.ok ? decoded.segments.map(({ address }) => address) : decoded.failure;
}
