import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import type { LinkPhase } from '../../../src/net/ppp/link-machine.ts';
import { HdlcDecoder } from '../../../src/wire/hdlc.ts';
import { encodeOptions } from '../../../src/wire/ppp/configure-option.ts';
import { encodeControlPacket } from '../../../src/wire/ppp/control-packet.ts';
import { PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';
import { clientOptions, type End, Pair, serverOptions, type WireFrame } from './pair.ts';

/** One frame in leads to so many out at most: begin anew (request, reply) and say goodbye. */
const MOST_ANSWERS = 4;
const MRU = 1500;
const phases: readonly LinkPhase[] = ['Dead', 'Establish', 'Authenticate', 'Network', 'Terminate'];

const octet = fc.nat({ max: 255 });

/** Options that mean something, with values good and bad. */
const option = fc.record({
  type: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 2, 3, 5, 7, 8, 129, 131, 13) }, octet),
  data: fc.oneof(
    fc
      .constantFrom('', '05dc', '0000', '00000000', 'deadbeef', 'c023', 'c22305', 'c22380', '0a000002')
      .map((text) => Uint8Array.from(Buffer.from(text, 'hex'))),
    fc.uint8Array({ maxLength: 6 }),
  ),
});

const data = fc.oneof(
  fc.array(option, { maxLength: 5 }).map(encodeOptions),
  fc.constantFrom('8021', 'c021', 'c023', 'c223', '01', '0107').map((text) => Buffer.from(text, 'hex')),
  fc.uint8Array({ maxLength: 40 }),
  fc.constant(new Uint8Array(1480)),
);

const packet = fc
  .record({ code: fc.nat({ max: 14 }), identifier: fc.nat({ max: 4 }), data })
  .map(encodeControlPacket);

const protocol = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<number>(...Object.values(PppProtocol)) },
  fc.nat({ max: 0xffff }),
);

type Input = WireFrame | 'timeout' | 'echo of its own';
const input: fc.Arbitrary<Input> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ protocol, payload: fc.oneof(packet, fc.uint8Array({ maxLength: 60 })) }),
  },
  fc.constant<Input>('timeout'),
  fc.constant<Input>('echo of its own'),
);

/** An end that some good deliveries have taken to some phase. */
function endIn(role: 'client' | 'server', deliveries: number, demanded: 'pap' | 'chap-md5' | 'none') {
  const pair = new Pair(
    clientOptions({ echoInterval: ms(10_000) }),
    serverOptions(demanded === 'none' ? [] : [demanded], { echoInterval: ms(10_000) }),
  );
  pair.open();
  let carried = 0;
  pair.run(() => {
    carried += 1;
    return carried > deliveries;
  });
  return { pair, end: pair[role] };
}

function feed(end: End, event: Input, now: { at: number }): void {
  const before = end.wire.length;
  const sent = end.wire.at(-1);
  if (event === 'timeout') {
    now.at = Math.max(now.at, end.machine.deadline ?? 0);
    end.step({ type: 'timeout' }, ms(now.at));
  } else {
    const frame = event === 'echo of its own' ? sent : event;
    if (frame !== undefined) {
      end.step({ type: 'frame', ...frame }, ms(now.at));
    }
  }
  const answers = end.wire.slice(before);
  expect(answers.length).toBeLessThanOrEqual(MOST_ANSWERS);
  expect(answers.every(({ payload }) => payload.length <= MRU)).toBe(true);
  expect(phases).toContain(end.machine.phase);
  expect(end.downs.length).toBeLessThanOrEqual(1);
  if (end.downs.length === 1) {
    expect(end.machine.phase).toBe('Dead');
    expect(end.machine.deadline).toBeUndefined();
    expect(end.machine.passesIp).toBe(false);
  } else {
    // Whatever came: there is always something that the end waits for, with a limit.
    expect(end.machine.deadline).toBeDefined();
  }
}

describe('whatever comes, in each phase and role', () => {
  it('a link stays sound, and says little', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('client', 'server'),
        fc.constantFrom('pap', 'chap-md5', 'none'),
        fc.nat({ max: 24 }),
        fc.array(input, { maxLength: 40 }),
        (role, demanded, deliveries, inputs) => {
          const { pair, end } = endIn(role, deliveries, demanded);
          const now = { at: pair.now };
          for (const event of inputs) {
            feed(end, event, now);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('a link that comes to rest does so in bounded time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('client', 'server'),
        fc.nat({ max: 24 }),
        fc.array(input, { maxLength: 20 }),
        (role, deliveries, inputs) => {
          const { pair, end } = endIn(role, deliveries, 'chap-md5');
          const now = { at: pair.now };
          for (const event of inputs) {
            feed(end, event, now);
          }
          // From now on the peer is silent.
          for (let ticks = 0; ticks < 200 && end.downs.length === 0; ticks += 1) {
            feed(end, 'timeout', now);
          }
          expect(end.downs).toHaveLength(1);
          expect(now.at - pair.now).toBeLessThan(10 * 60_000);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('octets of any kind go through decoder and link without harm', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('client', 'server'),
        fc.nat({ max: 24 }),
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }),
        (role, deliveries, chunks) => {
          const { pair, end } = endIn(role, deliveries, 'pap');
          const decoder = new HdlcDecoder();
          for (const chunk of chunks) {
            decoder.push(chunk, (number, payload) =>
              feed(end, { protocol: number, payload }, { at: pair.now }),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
