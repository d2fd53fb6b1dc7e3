import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { smtpFaults } from '../vectors/smtp-faults.ts';
import { differences } from './fault-check.ts';
import { runScenario } from './fault-run.ts';
import { readScenario } from './fault-scenario.ts';
import { tcpPair } from './tcp-pair.ts';

interface Document {
  readonly defaults: unknown;
  readonly scenarios: readonly unknown[];
}

const FILES = ['smtp-faults.json', 'smtp-fault-table.json'];
const read = (name: string): Document =>
  JSON.parse(readFileSync(new URL(`../../fixtures/vectors/${name}`, import.meta.url), 'utf8'));

async function results(document: unknown) {
  const all: Record<string, string> = {};
  for await (const { name, difference } of smtpFaults.run(document)) {
    all[name] = difference ?? 'passed';
  }
  return all;
}

describe.each(FILES)('every fault of %s', (file) => {
  test('ends as it should', async () => {
    const document = read(file);
    expect(smtpFaults.recognises(document)).toBe(true);
    const all = await results(document);
    expect(Object.keys(all)).toHaveLength(document.scenarios.length);
    expect(Object.entries(all).filter(([, result]) => result !== 'passed')).toEqual([]);
  });

  test.each([
    ['a good line', undefined],
    ['a line that loses every ninth packet', 9],
  ])('ends the same way over our own TCP and %s', async (_line, lossEvery) => {
    const document = read(file);
    const found: string[] = [];
    for (const vector of document.scenarios) {
      const scenario = readScenario(vector, document.defaults);
      const run = await runScenario(scenario, tcpPair(lossEvery));
      found.push(...differences(scenario, run).map((difference) => `${scenario.name}: ${difference}`));
    }
    expect(found).toEqual([]);
  });
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

test('a scenario that expects something else differs, in words', async () => {
  const wrong = {
    id: 'X',
    name: 'x',
    server: { sessions: [{ rcpt: '550 5.1.1 no' }] },
    expect: {
      outcome: 'delivered',
      attempts: 2,
      alert: 'none',
      copiesAtServer: 1,
      serverMustNotSee: ['RCPT'],
    },
  };
  const all = await results({ format: 1, scenarios: [wrong] });
  for (const words of [
    /outcome is failed, expected delivered/,
    /attempts: 1, expected 2/,
    /alert is delivery-failed/,
    /copies at the server: 0/,
    /the server has seen RCPT/,
  ]) {
    expect(all['X x']).toMatch(words);
  }
});
