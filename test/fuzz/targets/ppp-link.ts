/** The PPP link machine, both roles, in each phase: a peer that sends anything. */
import assert from 'node:assert/strict';
import { ms } from '../../../src/base/units.ts';
import { HdlcDecoder } from '../../../src/wire/hdlc.ts';
import { PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';
import { clientOptions, type End, Pair, serverOptions, type WireFrame } from '../../net/ppp/pair.ts';
import { negotiation } from '../corpus/ppp.ts';
import { mutant } from '../mutate.ts';
import { type FuzzTarget, onceIn, pick } from '../target.ts';

const MOST_DELIVERIES = 24;
const MOST_EVENTS = 40;
/** One frame in leads to so many out at most: begin anew (request, reply) and say goodbye. */
const MOST_ANSWERS = 4;
const MRU = 1500;
const MOST_SILENT_TICKS = 200;
const LONGEST_END_MS = 10 * 60_000;

const payloads = negotiation.map(({ payload }) => payload);
const protocols = Object.values(PppProtocol);

interface Bench {
  readonly end: End;
  now: number;
}

function step(bench: Bench, event: WireFrame | 'timeout'): void {
  const { end } = bench;
  const before = end.wire.length;
  if (event === 'timeout') {
    bench.now = Math.max(bench.now, end.machine.deadline ?? 0);
    end.step({ type: 'timeout' }, ms(bench.now));
  } else {
    end.step({ type: 'frame', ...event }, ms(bench.now));
  }
  const answers = end.wire.slice(before);
  assert.ok(answers.length <= MOST_ANSWERS, `${answers.length} answers to one event`);
  assert.ok(
    answers.every(({ payload }) => payload.length <= MRU),
    'an answer above the MRU',
  );
  assert.ok(end.downs.length <= 1, 'down twice');
  if (end.downs.length === 1) {
    assert.equal(end.machine.phase, 'Dead');
    assert.equal(end.machine.deadline, undefined);
  } else {
    assert.ok(end.machine.deadline !== undefined, 'nothing more to wait for, and not down');
  }
}

export const pppLink: FuzzTarget = {
  name: 'ppp-link',
  corpus: payloads,
  attempt({ octets, pieces, random }) {
    const echoInterval = ms(10_000);
    const demanded = pick(random, [['pap'], ['chap-md5'], []] as const);
    const pair = new Pair(clientOptions({ echoInterval }), serverOptions(demanded, { echoInterval }));
    const deliveries = random.integer(0, MOST_DELIVERIES);
    let carried = 0;
    pair.open();
    pair.run(() => {
      carried += 1;
      return carried > deliveries;
    });
    const bench: Bench = { end: pair[pick(random, ['client', 'server'] as const)], now: pair.now };
    const protocol = () => (onceIn(random, 8) ? random.integer(0, 0xffff) : pick(random, protocols));
    step(bench, { protocol: protocol(), payload: octets.subarray(0, MRU) });
    const decoder = new HdlcDecoder();
    const count = random.integer(0, MOST_EVENTS);
    for (let events = 0; events < count; events += 1) {
      const echo = bench.end.wire.at(-1);
      switch (random.integer(0, 5)) {
        case 0:
          step(bench, 'timeout');
          break;
        case 1:
          step(bench, echo ?? 'timeout');
          break;
        case 2: {
          const original = pick(random, negotiation);
          step(bench, { ...original, payload: mutant(random, [original.payload]).subarray(0, MRU) });
          break;
        }
        case 3:
          decoder.push(pick(random, pieces.length === 0 ? [octets] : pieces), (number, payload) =>
            step(bench, { protocol: number, payload }),
          );
          break;
        default:
          step(bench, { protocol: protocol(), payload: mutant(random, payloads).subarray(0, MRU) });
      }
    }
    const silentSince = bench.now;
    for (let ticks = 0; ticks < MOST_SILENT_TICKS && bench.end.downs.length === 0; ticks += 1) {
      step(bench, 'timeout');
    }
    assert.equal(bench.end.downs.length, 1, 'a silent peer is not noticed');
    assert.ok(bench.now - silentSince < LONGEST_END_MS, 'a silent peer is noticed late');
  },
  endless: [
    {
      name: 'echo requests',
      piece: Buffer.from(`090001080000${'00'.repeat(258)}`, 'hex'),
      open: openLink(PppProtocol.lcp),
    },
    {
      name: 'requests',
      piece: Buffer.from(`01010100010405dc0506deadbeef${'0d0306'.repeat(80)}0d02`, 'hex'),
      open: openLink(PppProtocol.lcp),
    },
    { name: 'unknown protocols', piece: Buffer.alloc(1000), open: openLink(0x1235) },
  ],
};

/** A link that is up, and a peer that sends the same packet over and over. */
function openLink(protocol: number) {
  return () => {
    const pair = new Pair(clientOptions(), serverOptions());
    pair.open();
    pair.run(() => pair.isUp);
    const { machine } = pair.client;
    return (payload: Uint8Array) => {
      machine.step({ type: 'frame', protocol, payload }, pair.now);
    };
  };
}
