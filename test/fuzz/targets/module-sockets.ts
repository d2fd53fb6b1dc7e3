/** The socket commands: a module that says anything to the driver, and a device and a network that do anything to it. */
import assert from 'node:assert/strict';
import { ms } from '../../../src/base/units.ts';
import type { StackHappening } from '../../../src/modem/dce/sockets/stack-event.ts';
import { moduleProfileSchema } from '../../../src/modem/module-profile.ts';
import { lteMSockets } from '../../../src/modem/profiles/3gpp-sockets.ts';
import { MOST_COUNTED_OCTETS } from '../../../src/wire/at/counted-octets.ts';
import type { AnswerShape } from '../../../src/wire/at/expectation.ts';
import { AtResponseParser } from '../../../src/wire/at/response.ts';
import { parseContext, parseLastResult, parseNameServers } from '../../../src/wire/at/sockets/information.ts';
import { formatSocketUrc, parseSocketUrc } from '../../../src/wire/at/sockets/unsolicited.ts';
import { Terminal } from '../../modem/dce/terminal.ts';
import { socketCommandLines, socketResponses, socketWords } from '../corpus/sockets.ts';
import { assertSameInPieces, type FuzzTarget, latin1, onceIn, pick, textOf } from '../target.ts';

const COMMANDS: readonly (readonly [line: string, shape: AnswerShape])[] = [
  ['AT+QIRD=0,1500', { countedBy: '+QIRD' }],
  ['AT+QISEND=0,5', { asksForText: true, finals: { 'SEND OK': 'OK', 'SEND FAIL': 'ERROR' } }],
  ['AT+QIACT?', {}],
  ['AT+QIOPEN=1,0,"TCP","h",25,0,0', {}],
  ['AT+QIGETERROR', {}],
];

function readResponses(pieces: readonly Uint8Array[], commands: readonly (readonly [string, AnswerShape])[]) {
  const parser = new AtResponseParser();
  const rest = [...commands];
  const expectNext = () => {
    const next = rest.shift();
    if (next !== undefined) {
      parser.expect(...next);
    }
  };
  const heard: unknown[] = [];
  expectNext();
  for (const piece of pieces) {
    for (const event of parser.push(piece, ms(0))) {
      if (event.type === 'data') {
        continue;
      }
      heard.push(event.type === 'octets' ? textOf(event.bytes) : event);
      if (event.type === 'octets') {
        assert.ok(event.bytes.length <= MOST_COUNTED_OCTETS, 'octets without bound');
      } else if (event.type === 'final') {
        expectNext();
      }
    }
  }
  return heard;
}

export const socketReplies: FuzzTarget = {
  name: 'socket-replies',
  corpus: socketResponses,
  dictionary: socketWords,
  attempt(given) {
    const { random, octets } = given;
    const commands = Array.from({ length: random.integer(1, 5) }, () => pick(random, COMMANDS));
    assertSameInPieces(given, (pieces) => readResponses(pieces, commands));
    for (const line of textOf(octets).split(/[\r\n]+/)) {
      parseContext(line);
      parseNameServers(line);
      parseLastResult(line);
      const urc = parseSocketUrc(line);
      if (urc !== undefined) {
        assert.ok(formatSocketUrc(urc).startsWith('+Q'));
      }
    }
  },
  endless: [
    {
      name: 'counted octets',
      piece: latin1('\r\n+QIRD: 4096\r\n'.repeat(70)),
      open() {
        const parser = new AtResponseParser();
        parser.expect('AT+QIRD=0,1500', { countedBy: '+QIRD' });
        return (octets: Uint8Array) => {
          for (const event of parser.push(octets, ms(0))) {
            assert.ok(event.type !== 'connect');
          }
        };
      },
    },
  ],
};

const profile = moduleProfileSchema.parse({ ...lteMSockets, pace: { registrationMs: 0 } });
const MOST_EVENTS = 60;
const BYTES = latin1('x\r\nOK\r\n> \x00\x1a');

const HAPPENINGS: readonly StackHappening[] = [
  { what: 'activated', address: '10.1.2.3', nameServers: ['10.0.0.1'] },
  { what: 'activated', address: '10.1.2.3', nameServers: [] },
  { what: 'not-activated', cause: 'network failure' },
  { what: 'deactivated' },
  { what: 'lost' },
  { what: 'connected', connection: 0, localPort: 50_000 },
  { what: 'connected', connection: 11, localPort: 50_001 },
  { what: 'not-connected', connection: 0, result: 566 },
  { what: 'received', connection: 0, bytes: BYTES },
  { what: 'received', connection: 0, bytes: new Uint8Array(20_000) },
  { what: 'sent', connection: 0, octets: 1_000_000 },
  { what: 'ended', connection: 0 },
  { what: 'closed', connection: 0 },
  { what: 'resolved', addresses: ['203.0.113.25', '203.0.113.26'] },
  { what: 'not-resolved', result: 565 },
  { what: 'echo', address: '203.0.113.25', roundTripMs: 5 },
  { what: 'no-echo', result: 569 },
  { what: 'pinged' },
];

/** With an active context and one connection, half the time. */
function terminal(isConnected: boolean): Terminal {
  const made = new Terminal({}, profile);
  if (isConnected) {
    made.ask('AT+QICSGP=1,1,"apn"');
    made.ask('AT+QIACT=1');
    made.happens({ type: 'stack', happening: { what: 'activated', address: '10.1.2.3', nameServers: [] } });
    made.ask('AT+QIOPEN=1,0,"TCP","203.0.113.25",587');
    made.happens({ type: 'stack', happening: { what: 'connected', connection: 0, localPort: 1 } });
  }
  made.bench.recorded = [];
  return made;
}

function outcome(pieces: readonly Uint8Array[], isConnected: boolean): string {
  const { bench } = terminal(isConnected);
  for (const piece of pieces) {
    bench.write(textOf(piece));
  }
  bench.settle();
  return bench.recorded
    .map(({ action }) =>
      action.type === 'to-dte'
        ? textOf(action.bytes)
        : action.type === 'stack'
          ? `[${action.order.order}]`
          : '',
    )
    .join('');
}

export const moduleSockets: FuzzTarget = {
  name: 'module-sockets',
  corpus: socketCommandLines,
  dictionary: socketWords,
  // Each case lets a quarter of an hour of the module's time pass, twice or thrice.
  cpuMs: 1000,
  attempt({ octets, pieces, random }) {
    const isConnected = onceIn(random, 2);
    assert.equal(
      outcome(pieces, isConnected),
      outcome([octets], isConnected),
      'another result when it comes in pieces',
    );
    const { bench } = terminal(isConnected);
    for (const piece of pieces.slice(0, MOST_EVENTS)) {
      bench.write(textOf(piece));
      if (onceIn(random, 2)) {
        bench.feed({ type: 'stack', happening: pick(random, HAPPENINGS) });
      }
      bench.advanceBy(pick(random, [0, 0, 5, 200, 31_000]));
    }
    bench.settle();
    assert.equal(bench.server.deadline, undefined, 'the module does not come to rest');
  },
  endless: [
    {
      name: 'octets behind a prompt',
      piece: latin1('x'.repeat(1000)),
      open() {
        const { bench } = terminal(true);
        bench.write('AT+QISEND=0\r');
        bench.advanceBy(10);
        return (octets: Uint8Array) => {
          bench.write(textOf(octets));
          bench.recorded = [];
        };
      },
    },
    {
      name: 'lines behind a context that does not come',
      piece: latin1('AT+CSQ\r'.repeat(140)),
      open() {
        const { bench } = terminal(false);
        bench.write('AT+QICSGP=1,1,"apn"\r');
        bench.advanceBy(10);
        bench.write('AT+QIACT=1\r');
        bench.advanceBy(10);
        return (octets: Uint8Array) => {
          bench.write(textOf(octets));
          bench.recorded = [];
        };
      },
    },
    {
      name: 'octets that nobody reads',
      piece: new Uint8Array(1000),
      // The network does not stop as it was told to: the machine keeps what it is given.
      heldBytes: 2 * 1024 * 1024,
      open() {
        const { bench } = terminal(true);
        return (octets: Uint8Array) => {
          bench.feed({ type: 'stack', happening: { what: 'received', connection: 0, bytes: octets } });
          bench.recorded = [];
        };
      },
    },
  ],
};
