/** The emulated module: a DTE that types anything, a network that does anything. */
import assert from 'node:assert/strict';
import { cdmaProfile, Terminal } from '../../modem/dce/terminal.ts';
import { commandLines, words } from '../corpus/at.ts';
import { type FuzzTarget, latin1, pick, textOf } from '../target.ts';

const EVENTS = [
  { event: 'dtr', value: 0 },
  { event: 'dtr', value: 1 },
  { event: 'incomingCall', rings: 2 },
  { event: 'peerData', data: 'x\r\nNO CARRIER\r\n+++' },
  { event: 'peerClose', afterData: 'bye' },
];
const MOST_EVENTS = 60;

const terminal = (isCdma: boolean) => (isCdma ? new Terminal({}, cdmaProfile) : new Terminal());

/** Everything that came out when the octets came without silence between them. */
function outcome(pieces: readonly Uint8Array[], isCdma: boolean) {
  const { bench } = terminal(isCdma);
  for (const piece of pieces) {
    bench.write(textOf(piece));
  }
  bench.settle();
  const outputs = { toDte: '', toCall: '' };
  for (const { action } of bench.recorded) {
    if (action.type === 'to-dte') {
      outputs.toDte += textOf(action.bytes);
    } else if (action.type === 'to-call') {
      outputs.toCall += textOf(action.bytes);
    }
  }
  return outputs;
}

function endless(name: string, before: string, piece: string) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(1000 / piece.length))),
    open() {
      const { bench } = terminal(false);
      bench.write(before);
      return (octets: Uint8Array) => {
        bench.write(textOf(octets));
        bench.recorded = [];
      };
    },
  };
}

export const v250Server: FuzzTarget = {
  name: 'v250-server',
  corpus: commandLines,
  dictionary: words,
  // Each case lets a quarter of an hour of the module's time pass, twice or thrice.
  cpuMs: 1000,
  attempt({ octets, pieces, random }) {
    const isCdma = random.integer(0, 1) === 1;
    assert.deepEqual(
      outcome(pieces, isCdma),
      outcome([octets], isCdma),
      'another result when it comes in pieces',
    );
    const { bench } = terminal(isCdma);
    for (const piece of pieces.slice(0, MOST_EVENTS)) {
      bench.write(textOf(piece));
      if (random.integer(0, 3) === 0) {
        bench.happen(pick(random, EVENTS));
      }
      bench.advanceBy(pick(random, [0, 0, 5, 200, 1100]));
    }
    bench.settle();
    assert.equal(bench.server.deadline, undefined, 'the module does not come to rest');
  },
  endless: [
    endless('command line', 'AT', '+X="'),
    endless('lines behind a line', 'AT\r', 'AT+CSQ\r'),
    endless('lines behind a dial', 'ATD5559999\r', 'AT\r'),
    endless('message text', 'AT+CMGF=1\rAT+CMGS="1"\r', 'text\r'),
    endless('noise', '', '\xffA\x00T'),
  ],
};
