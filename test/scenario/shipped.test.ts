import { describe, expect, it } from 'vitest';
import { runCase } from '../../src/scenario/run-case.ts';
import { shippedCase, shippedCases } from './shipped.ts';

describe('the shipped scenarios', () => {
  it.each(shippedCases)('$id', async (one) => {
    const { verdict, failures } = await runCase(one, { seed: 1 });
    expect(failures).toEqual([]);
    expect(verdict).toBe('passed');
  });

  it('come out the same with the same seed, event by event', async () => {
    const one = shippedCase('the power goes in the middle of the session');
    const [first, again] = [
      await runCase(one, { seed: 5, evidence: 'always' }),
      await runCase(one, { seed: 5, evidence: 'always' }),
    ];
    expect({ ...again, realMs: 0, evidence: again.evidence.events }).toEqual({
      ...first,
      realMs: 0,
      evidence: first.evidence.events,
    });
  });

  it('give plain data', async () => {
    const result = await runCase(shippedCase('as shipped, before OP25B'), { seed: 1, evidence: 'always' });
    expect(JSON.parse(JSON.stringify(result))).toEqual(structuredClone(JSON.parse(JSON.stringify(result))));
    expect(result.evidence.captures.logger).toMatch(/^Cg0NC/);
    expect(result.evidence.events.length).toBeGreaterThan(50);
  });
});

describe('a scenario that cannot be run', () => {
  it('is broken, and says why', async () => {
    const one = shippedCase('as shipped, before OP25B');
    const document = { ...(one.document as object), timeout: '1s', until: 'never' };
    const { verdict } = await runCase({ ...one, document }, { seed: 1 });
    expect(verdict).toBe('broken');
  });
});
