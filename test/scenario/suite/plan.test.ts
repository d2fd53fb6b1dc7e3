import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planOf, type Selection } from '../../../src/scenario/suite/plan.ts';
import { givenCase } from './given.ts';

const cases = ['before OP25B', 'after OP25B', 'end of 800 MHz'].map((name) => givenCase(name));
const all: Selection = { seed: 1, repeat: 1 };

const namesOf = (selection: Selection) =>
  planOf(cases, selection).runs.map(({ scenarioCase }) => scenarioCase.name);

test('runs every case once, in the order of the files', () => {
  expect(namesOf(all)).toEqual(['before OP25B', 'after OP25B', 'end of 800 MHz']);
});

test('takes a case by its name or by its identifier', () => {
  expect(namesOf({ ...all, only: ['after OP25B'] })).toEqual(['after OP25B']);
  expect(namesOf({ ...all, only: ['suite/story.yaml#before OP25B'] })).toEqual(['before OP25B']);
});

test('takes the cases whose identifier has the pattern', () => {
  expect(namesOf({ ...all, grep: /OP25B/u })).toEqual(['before OP25B', 'after OP25B']);
});

test('gives every repetition the next seed', () => {
  const { runs } = planOf(cases, { ...all, only: ['after OP25B'], seed: 0xffff_ffff, repeat: 2 });
  expect(runs.map(({ seed }) => seed)).toEqual([0xffff_ffff, 0]);
});

test('asks whether a name that is not there was meant otherwise', () => {
  expect(() => planOf(cases, { ...all, only: ['after OP25'] })).toThrow(
    expect.objectContaining({ code: 'TEST_NOTHING_SELECTED', advice: 'Did you mean "after OP25B"?' }),
  );
});

test('refuses to call a suite good that runs nothing', () => {
  expect(() => planOf(cases, { ...all, grep: /2031/u })).toThrow(/No scenario is left/);
});

test('gives each run to exactly one shard, and each shard nearly as many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 12 }), (count, repeat) => {
      const whole = planOf(cases, { ...all, repeat });
      const shards = Array.from({ length: count }, (_, index) =>
        planOf(cases, { ...all, repeat, shard: { index: index + 1, count } }),
      );
      const sizes = shards.map(({ runs }) => runs.length);
      expect(new Set(shards.flatMap(({ runs }) => runs.map(keyOf)))).toEqual(new Set(whole.runs.map(keyOf)));
      expect(sizes.reduce((sum, size) => sum + size)).toBe(whole.runs.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(shards.every(({ planned }) => planned === whole.runs.length)).toBe(true);
    }),
  );
});

const keyOf = ({ scenarioCase, seed }: { scenarioCase: { id: string }; seed: number }) =>
  `${scenarioCase.id} ${seed}`;
