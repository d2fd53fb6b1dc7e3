/** PPP frames as octets. */
import assert from 'node:assert/strict';
import { HdlcDecoder } from '../../../src/wire/hdlc.ts';
import { HdlcEncoder } from '../../../src/wire/hdlc-encoder.ts';
import { DEFAULT_FRAMING } from '../../../src/wire/hdlc-framing.ts';
import { packets } from '../corpus/packets.ts';
import { negotiation } from '../corpus/ppp.ts';
import { assertSameInPieces, type FuzzTarget, latin1, pick } from '../target.ts';

const LONGEST_PAYLOAD = 1506;
const encoder = new HdlcEncoder();
const frames = [
  ...negotiation.map(({ protocol, payload }) => encoder.encode(protocol, payload, DEFAULT_FRAMING)),
  ...packets.map((packet) => encoder.encode(0x21, packet, { accm: 0, pfc: true, acfc: true })),
];

function read(pieces: readonly Uint8Array[], accm: number) {
  const decoder = new HdlcDecoder();
  decoder.accm = accm;
  const heard: string[] = [];
  for (const piece of pieces) {
    decoder.push(piece, (protocol, payload) => {
      assert.ok(payload.length <= LONGEST_PAYLOAD, `a frame of ${payload.length} octets`);
      heard.push(`${protocol} ${Buffer.from(payload).toString('hex')}`);
    });
  }
  return { heard, ...decoder.counters };
}

function endless(name: string, text: string, accm: number) {
  return {
    name,
    piece: latin1(text.repeat(50)),
    open() {
      const decoder = new HdlcDecoder();
      decoder.accm = accm;
      return (piece: Uint8Array) => decoder.push(piece, () => {});
    },
  };
}

export const hdlc: FuzzTarget = {
  name: 'hdlc',
  corpus: [...frames, Buffer.concat(frames), Buffer.concat([latin1('CONNECT 115200\r\n'), ...frames])],
  dictionary: ['~', '~~', '}', '}~', '}}', '~\xff}#', '~!'],
  attempt(given) {
    const accm = pick(given.random, [0, 0xffff_ffff, 0x000a_0000]);
    assertSameInPieces(given, (pieces) => read(pieces, accm));
  },
  endless: [
    endless('frame', '~abcdefgh'.slice(1), 0),
    endless('escapes', '}}}}', 0xffff_ffff),
    endless('control characters', '\x11\x13', 0xffff_ffff),
    endless('empty frames', '~', 0),
    endless('short frames', '~ab', 0),
  ],
};
