/** Every target of the fuzz run for a moment, with a fixed seed; `npm run fuzz` takes its time. */
import { describe, expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { targets } from './targets.ts';

const SEED = 20_080_930;
const ITERATIONS = 300;
const MS = 150;

describe('hostile octets do no harm to', () => {
  it.each(targets.map((target) => [target.name, target] as const))('%s', async (_name, target) => {
    const limits = { seed: SEED, iterations: ITERATIONS, ms: MS };
    const { finding, iterations } = await campaign(target, limits);
    expect(finding?.what).toBeUndefined();
    expect(iterations).toBeGreaterThan(0);
  });
});
