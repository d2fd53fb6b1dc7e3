import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HexDecoded } from '../../src/wire/hex-record/contents.ts';
import { joinPieces } from '../../src/wire/hex-record/writer.ts';
import { decodeSRecord, encodeSRecord, SRecordDecoder } from '../../src/wire/s-record.ts';
import { segmentLists } from './segment-lists.ts';

const END = 'S9030000FC\n';

describe('reading S-records', () => {
  it.each([
    ['a file without an end record, which may be cut short', 'S104000001FA\n', 'missing_eof', 2],
    ['a wrong checksum', `S104000001FB\n${END}`, 'checksum', 1],
    ['the reserved S4', `S4030000FC\n${END}`, 'record_type', 1],
    ['a letter for a type', `SA030000FC\n${END}`, 'record_type', 1],
    ['another letter than S', `T104000001FA\n${END}`, 'start_code', 1],
    ['a letter that is no digit', `S10400000GFA\n${END}`, 'hex_digit', 1],
    ['a line that is too short for its count', `S1050000FA\n${END}`, 'length', 1],
    ['data behind the count of data records', `S5030000FC\nS104000001FA\n${END}`, 'record_count', 2],
    ['an end record with data', 'S904000001FA\n', 'length', 1],
    ['bytes past the 24-bit address', `S206FFFFFF0102F9\n${END}`, 'address_overflow', 1],
  ])('refuses %s', (_, text, problem, line) => {
    const decoded = read(text);
    expect(decoded).toMatchObject({ ok: false, failure: { problem, line } });
  });

  it('says what the checksum should be', () => {
    expect(read(`S104000001FB\n${END}`)).toMatchObject({
      failure: { message: 'checksum is FB, expected FA' },
    });
  });

  it('takes a file without an end record when its count says that all is there, as srec_cat writes it', () => {
    expect(read('S0030000FC\nS104000001FA\nS5030001FB\n')).toMatchObject({
      ok: true,
      segments: [{ address: 0 }],
    });
  });

  it('gives the header and the start address', () => {
    const decoded = read('S00600004844521B\nS104000001FA\nS9031234B6\n');
    expect(decoded).toMatchObject({ header: new Uint8Array(Buffer.from('HDR')), start: { address: 0x1234 } });
  });

  it('gives the same whatever pieces the file comes in', () => {
    fc.assert(
      fc.property(segmentLists(), fc.integer({ min: 1, max: 60 }), fc.nat(), (segments, length, damage) => {
        const text = joinPieces(encodeSRecord(segments));
        if (damage % 3 === 0) text[damage % text.length] = damage & 0xff;
        const decoder = new SRecordDecoder();
        for (let at = 0; at < text.length; at += length) decoder.push(text.subarray(at, at + length));
        expect(decoder.finish()).toEqual(decodeSRecord(text));
      }),
    );
  });

  it('does not read on behind an S that stands alone, in whatever pieces the file comes', () => {
    const text = Buffer.from(`S104000001FA\nS\n${END}`);
    for (const pieces of [[text], [...text].map((octet) => Uint8Array.of(octet))]) {
      const decoder = new SRecordDecoder();
      for (const piece of pieces) decoder.push(piece);
      expect(decoder.finish()).toMatchObject({ ok: false, failure: { problem: 'record_type', line: 2 } });
    }
  });

  it('never throws, whatever bytes it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(typeof decodeSRecord(bytes).ok).toBe('boolean');
      }),
    );
  });
});

describe('writing S-records', () => {
  it('is read back as it was, at any record length and width', () => {
    fc.assert(
      fc.property(segmentLists(), fc.integer({ min: 1, max: 250 }), (segments, recordBytes) => {
        const decoded = decodeSRecord(joinPieces(encodeSRecord(segments, { recordBytes })));
        expect(decoded).toMatchObject({ ok: true, segments, warnings: [] });
      }),
    );
  });

  it('takes the narrowest addresses that reach every byte and the start', () => {
    const widthOf = (address: number, start = 0): string =>
      Buffer.from(joinPieces(encodeSRecord([{ address, data: Uint8Array.of(1) }], { start })))
        .toString()
        .replaceAll(/^S0.*\n|^S5.*\n/gm, '')
        .replaceAll(/(S.).*\n/g, '$1');
    expect(widthOf(0xffff)).toBe('S1S9');
    expect(widthOf(0x10000)).toBe('S2S8');
    expect(widthOf(0x1000000)).toBe('S3S7');
    expect(widthOf(0, 0x1000000)).toBe('S3S7');
  });

  it('counts more than 65,535 records in an S6', () => {
    const data = new Uint8Array(70_000);
    const text = Buffer.from(
      joinPieces(encodeSRecord([{ address: 0, data }], { recordBytes: 1 })),
    ).toString();
    expect(text).toContain('\nS604011170');
    expect(decodeSRecord(Buffer.from(text))).toMatchObject({ ok: true });
  });
});

const read = (text: string): HexDecoded => decodeSRecord(Buffer.from(text, 'latin1'));
