import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plan, run, type Weather } from './two-machines.ts';

const plan: fc.Arbitrary<Plan> = fc.record({
  mtu: fc.constantFrom(128, 296, 576, 1500),
  sendBufferBytes: fc.constantFrom(1000, 8192, 65_536),
  receiveBufferBytes: fc.constantFrom(600, 4096, 65_535),
  octets: fc.constantFrom(0, 1, 700, 5000, 40_000),
  readEveryMs: fc.constantFrom(0, 50, 3000),
});

const weather: fc.Arbitrary<Weather> = fc.record({
  seed: fc.integer(),
  loss: fc.constantFrom(0, 0.02, 0.1, 0.3),
  repetition: fc.constantFrom(0, 0.05, 0.3),
  delayMs: fc.constantFrom<[number, number]>([1, 1], [20, 20], [1, 60], [300, 2000]),
  clearsUpAfterMs: fc.constantFrom(0, 5000, 60_000),
});

describe('two connections with a network between them', () => {
  it('deliver every octet, or say that they failed, whatever the network does', () => {
    fc.assert(
      fc.property(weather, plan, plan, fc.boolean(), (conditions, one, other, isSimultaneous) => {
        const { sides } = run(conditions, [one, other], isSimultaneous);
        for (const side of sides) {
          expect(side.complaint).toBeUndefined();
          expect(side.state).toBe('CLOSED');
          if (sides.every(({ failure }) => failure === undefined)) {
            expect(side.received).toBe(side.wanted);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('never fail when the network gets well again within a minute', () => {
    fc.assert(
      fc.property(weather, plan, plan, (conditions, one, other) => {
        const { sides } = run({ ...conditions, loss: 0.1 }, [one, other], false);
        for (const side of sides) {
          expect(side).toMatchObject({ state: 'CLOSED', failure: undefined, received: side.wanted });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('give up, both, when the network stays dead', () => {
    const good = {
      mtu: 576,
      sendBufferBytes: 8192,
      receiveBufferBytes: 8192,
      octets: 50_000,
      readEveryMs: 0,
    };
    const { sides, elapsedMs } = run(
      { seed: 1, loss: 0.97, repetition: 0, delayMs: [20, 20], clearsUpAfterMs: 9e9 },
      [good, good],
      false,
    );
    expect(sides.some(({ failure }) => failure !== undefined)).toBe(true);
    expect(elapsedMs).toBeLessThan(1000_000);
  });
});
