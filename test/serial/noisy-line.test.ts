import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { damage, NoisyLine } from '../../src/serial/noisy-line.ts';

const noise = (changes: object, seed = 1) => ({
  bitErrors: 0,
  lost: 0,
  doubled: 0,
  random: seededRandom(seed),
  ...changes,
});
const million = new Uint8Array(100_000).fill(0x55);

async function given() {
  const { dte, dce } = createMemoryLine();
  const line = new NoisyLine(dce);
  const atModule: number[] = [];
  const atDevice: number[] = [];
  line.on('data', (bytes) => atModule.push(...bytes));
  dte.on('data', (bytes) => atDevice.push(...bytes));
  const say = async () => {
    dte.write(Uint8Array.of(1, 2, 3));
    line.write(Uint8Array.of(4, 5, 6));
    await Promise.resolve();
  };
  return { line, say, atModule, atDevice };
}

describe('a noisy line', () => {
  it('passes all as it is while nothing is wrong', async () => {
    const { say, atModule, atDevice } = await given();
    await say();
    expect([atModule, atDevice]).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('damages one wire only where that is asked for, until it is ended', async () => {
    const { line, say, atModule, atDevice } = await given();
    const end = line.disturb({ wires: new Set(['to-device']), noise: noise({ bitErrors: 1 }) });
    await say();
    expect([atModule, atDevice]).toEqual([
      [1, 2, 3],
      [251, 250, 249],
    ]);
    end();
    await say();
    expect(atDevice.slice(3)).toEqual([4, 5, 6]);
  });

  it('is silent until every silence has ended', async () => {
    const { line, say, atModule, atDevice } = await given();
    const [one, other] = [line.silence(), line.silence()];
    await say();
    one();
    one();
    await say();
    expect([atModule, atDevice]).toEqual([[], []]);
    other();
    await say();
    expect(atDevice).toEqual([4, 5, 6]);
  });

  it('counts what passes', async () => {
    const { line, say } = await given();
    let octets = 0;
    const end = line.watch((count) => {
      octets += count;
    });
    await say();
    end();
    await say();
    expect(octets).toBe(6);
  });
});

describe('damage', () => {
  it('turns over about as many bits as it is told', () => {
    const wrong = damage(million, noise({ bitErrors: 0.001 })).filter((octet) => octet !== 0x55).length;
    expect(wrong).toBeGreaterThan(700);
    expect(wrong).toBeLessThan(900);
  });

  it('loses and doubles about as many octets as it is told', () => {
    expect(damage(million, noise({ lost: 0.1 })).length / million.length).toBeCloseTo(0.9, 2);
    expect(damage(million, noise({ doubled: 0.1 })).length / million.length).toBeCloseTo(1.1, 2);
  });

  it('is the same with the same seed, and nothing without a chance', () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.uint8Array(), chance, chance, fc.integer(), (bytes, bitErrors, lost, seed) => {
        const once = () => damage(bytes, noise({ bitErrors, lost, doubled: lost }, seed));
        expect(once()).toEqual(once());
        expect(damage(bytes, noise({}, seed))).toEqual(bytes);
      }),
    );
  });
});
