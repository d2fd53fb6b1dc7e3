/** Intel HEX and S-record files, whole and in pieces. */
import assert from 'node:assert/strict';
import type { HexDecoded } from '../../../src/wire/hex-record/contents.ts';
import { joinPieces } from '../../../src/wire/hex-record/writer.ts';
import { decodeIntelHex, encodeIntelHex, IntelHexDecoder } from '../../../src/wire/intel-hex.ts';
import { decodeSRecord, encodeSRecord, SRecordDecoder } from '../../../src/wire/s-record.ts';
import { intelHexFiles, sRecordFiles } from '../corpus/images.ts';
import { assertSameInPieces, type FuzzTarget, latin1 } from '../target.ts';

type Decoder = { push(chunk: Uint8Array): void; finish(): HexDecoded };

function read(decoder: Decoder, pieces: readonly Uint8Array[]): HexDecoded {
  for (const piece of pieces) {
    decoder.push(piece);
  }
  return decoder.finish();
}

function checkBounds(decoded: HexDecoded, octets: Uint8Array): void {
  const bytes = decoded.ok ? decoded.segments.reduce((sum, { data }) => sum + data.length, 0) : 0;
  assert.ok(bytes <= octets.length / 2, `${bytes} bytes from ${octets.length} characters`);
}

function endless(name: string, open: () => Decoder, piece: string) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(1000 / piece.length))),
    open: () => {
      const decoder = open();
      return (octets: Uint8Array) => decoder.push(octets);
    },
  };
}

export const intelHex: FuzzTarget = {
  name: 'intel-hex',
  corpus: intelHexFiles,
  dictionary: [
    ':00000001FF\n',
    ':',
    '\r\n',
    ':020000040800F2\n',
    ':020000021000EC\n',
    ':0400000508000101ED\n',
    'g',
  ],
  attempt(given) {
    assertSameInPieces(given, (pieces) => read(new IntelHexDecoder(), pieces));
    const decoded = decodeIntelHex(given.octets);
    checkBounds(decoded, given.octets);
    if (decoded.ok) {
      const again = decodeIntelHex(joinPieces(encodeIntelHex(decoded.segments)));
      assert.deepEqual(again.ok && again.segments, decoded.segments);
    }
  },
  endless: [
    endless('line', () => new IntelHexDecoder(), '0'),
    endless('record', () => new IntelHexDecoder(), ':FF'),
    endless('blank lines', () => new IntelHexDecoder(), '\n'),
    endless('empty records', () => new IntelHexDecoder(), ':0000000000\n'),
  ],
};

export const sRecord: FuzzTarget = {
  name: 's-record',
  corpus: sRecordFiles,
  dictionary: ['S9030000FC\n', 'S5030001FB\n', 'S1', '\r\n', 'S0030000FC\n', 'S705', 'S3'],
  attempt(given) {
    assertSameInPieces(given, (pieces) => read(new SRecordDecoder(), pieces));
    const decoded = decodeSRecord(given.octets);
    checkBounds(decoded, given.octets);
    if (decoded.ok) {
      const again = decodeSRecord(joinPieces(encodeSRecord(decoded.segments)));
      assert.deepEqual(again.ok && again.segments, decoded.segments);
    }
  },
  endless: [
    endless('line', () => new SRecordDecoder(), '0'),
    endless('blank lines', () => new SRecordDecoder(), '\r\n'),
    endless('headers', () => new SRecordDecoder(), 'S0030000FC\n'),
    endless('empty records', () => new SRecordDecoder(), 'S1030000FC\n'),
  ],
};
