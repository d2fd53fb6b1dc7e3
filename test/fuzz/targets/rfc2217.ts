/** Telnet with COM port control, at the server's and at the client's end. */
import assert from 'node:assert/strict';
import { Rfc2217Client } from '../../../src/serial/rfc2217-client.ts';
import { Rfc2217Server } from '../../../src/serial/rfc2217-server.ts';
import { assertSameInPieces, type FuzzTarget, latin1 } from '../target.ts';

type End = Rfc2217Client | Rfc2217Server;

/** A negotiation of three octets brings the client's settings, once; any other command at most as much as it is long. */
const LONGEST_REPLY = 200;
const REPLY_BYTES_PER_OCTET = 8;

const octets = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const client = () => new Rfc2217Client(9600);
const server = () => new Rfc2217Server({ dcd: false, dsr: true, cts: true, ri: false }, 115_200);

/** What it does, data that follow one another as one. */
function read(end: End, pieces: readonly Uint8Array[]): string[] {
  const heard: string[] = [];
  let data = '';
  const tell = (text: string) => {
    heard.push(...(data === '' ? [] : [`data ${data}`]), text);
    data = '';
  };
  end.begin();
  for (const piece of pieces) {
    for (const action of end.receive(piece)) {
      if (action.type === 'data') {
        data += Buffer.from(action.bytes).toString('hex');
      } else if (action.type === 'send') {
        tell(`send ${Buffer.from(action.bytes).toString('hex')}`);
      } else {
        tell(JSON.stringify(action));
      }
    }
  }
  tell('end');
  return heard;
}

function endless(name: string, make: () => End, hex: string) {
  const piece = octets(hex);
  return {
    name,
    piece: Buffer.concat(Array.from({ length: Math.ceil(4000 / piece.length) }, () => piece)),
    open() {
      const end = make();
      end.begin();
      end.receive(octets('fffa2c00'));
      return (more: Uint8Array) => {
        end.receive(more);
      };
    },
  };
}

export const rfc2217: FuzzTarget = {
  name: 'rfc2217',
  corpus: [
    octets('fffb03fffd03fffb00fffd00fffb2c fffa2c0100002580fff0 fffa2c0208fff0 fffa2c0508fff0 41540d'),
    octets('fffb2cfffd2c fffa2c0503fff0 fffa2c0cfffffff0 fffa2c08fff0 4154ffff0d fffa2c09fff0'),
    octets('fffd2c fffd03fffb03 fffa2c6500002580fff0 fffa2c6bb8fff0 4f4b0d0a fffa2c6cfff0 fffa2c6dfff0'),
    octets('fffe2c fff1 0d00 0d0a fff6 fffa2cfff0 fffafff0'),
    latin1('AT\r\nOK\r\n'),
  ],
  dictionary: ['fffa2c', 'fff0', 'fffb2c', 'fffd2c', 'fffb00', 'fffd00', 'ffff', '0d00', 'fffa2c6b'].map(
    (hex) => Buffer.from(hex, 'hex').toString('latin1'),
  ),
  attempt(given) {
    for (const make of [client, server]) {
      assertSameInPieces(given, (pieces) => read(make(), pieces));
      const said = read(make(), [given.octets])
        .filter((text) => text.startsWith('send '))
        .join('').length;
      const most = LONGEST_REPLY + REPLY_BYTES_PER_OCTET * given.octets.length;
      assert.ok(said / 2 <= most, `${said / 2} octets of replies to ${given.octets.length}`);
    }
  },
  endless: [
    endless('sub-negotiation at the server', server, '41'),
    endless('sub-negotiation at the client', client, '41'),
    endless('negotiations', server, 'fffb07fffd07'),
    endless('settings', server, 'fffa2c0508fff0'),
    endless('circuits', client, 'fffa2c6bb8fff0'),
  ],
};
