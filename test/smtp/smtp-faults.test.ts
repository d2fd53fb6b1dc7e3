import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { smtpFaults } from '../vectors/smtp-faults.ts';

async function results(document: unknown) {
  const all: Record<string, string> = {};
  for await (const { name, difference } of smtpFaults.run(document)) {
    all[name] = difference ?? 'passed';
  }
  return all;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/vectors/${name}`, import.meta.url), 'utf8'));

test('every fault of the vector file ends as it should', async () => {
  const document = read('smtp-faults.json');
  expect(smtpFaults.recognises(document)).toBe(true);
  const all = await results(document);
  expect(Object.keys(all).length).toBeGreaterThan(0);
  expect(Object.entries(all).filter(([, result]) => result !== 'passed')).toEqual([]);
});

describe('a scenario with a key that is not known differs', () => {
  const scenario = { id: 'X', name: 'x', server: { sessions: [{}] }, expect: { outcome: 'delivered' } };
  test.each([
    ['in the scenario', { ...scenario, moon: 'full' }],
    ['in a session', { ...scenario, server: { sessions: [{ moon: 'full' }] } }],
    ['in a step', { ...scenario, server: { sessions: [{ mail: { moon: 'full' } }] } }],
    ['in what is expected', { ...scenario, expect: { moon: 'full' } }],
  ])('%s', async (_where, changed) => {
    const all = await results({ format: 1, scenarios: [changed] });
    expect(all['X x']).toMatch(/"moon".* does not know/);
  });
});
