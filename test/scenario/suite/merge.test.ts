import { expect, test } from 'vitest';
import { mergeResults } from '../../../src/scenario/suite/merge.ts';
import { isGood, suiteResultSchema } from '../../../src/scenario/suite/suite-result.ts';
import { givenFailure, givenSuite, givenSummary } from './given.ts';

const shard = (index: number, names: readonly string[], count = 2) => ({
  file: `results-${index}-of-${count}.json`,
  result: givenSuite(
    names.map((name) => givenSummary(name)),
    { shard: { index, count }, planned: 3, realMs: 1000 * index },
  ),
});

test('joins the shards into what a single run would have given, in its order', () => {
  const merged = mergeResults([shard(2, ['b']), shard(1, ['a', 'c'])]);
  expect(merged.results.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(merged).toMatchObject({ planned: 3, workers: 4, realMs: 2000 });
  expect(merged.shard).toBeUndefined();
  expect(isGood(merged)).toBe(true);
});

test('is not good when one case of one shard did not pass', () => {
  const failed = {
    file: 'results-2-of-2.json',
    result: givenSuite([givenSummary('b', { failures: [givenFailure()] })], {
      shard: { index: 2, count: 2 },
      planned: 3,
    }),
  };
  expect(isGood(mergeResults([shard(1, ['a', 'c']), failed]))).toBe(false);
});

test('names the shard that never ran', () => {
  expect(() => mergeResults([shard(1, ['a'], 3), shard(3, ['c'], 3)])).toThrow(
    expect.objectContaining({
      code: 'MERGE_INCOMPLETE',
      message: 'Of 3 shards there is no result of 2/3.',
    }),
  );
});

test('refuses the same shard twice', () => {
  expect(() => mergeResults([shard(1, ['a']), shard(1, ['a'])])).toThrow(/more than once/);
});

test('refuses shards of different runs', () => {
  const { file, result } = shard(2, ['b']);
  expect(() => mergeResults([shard(1, ['a']), { file, result: { ...result, seed: 7 } }])).toThrow(
    /results-2-of-2.json is of another run than results-1-of-2.json: seed is 7, expected 1/,
  );
});

test('reads a result file back as it was written', () => {
  const suite = givenSuite([givenSummary('a', { failures: [givenFailure()] })], {
    shard: { index: 1, count: 1 },
  });
  expect(suiteResultSchema.parse(JSON.parse(JSON.stringify(suite)))).toEqual(suite);
});

test('takes no other JSON for a result file', () => {
  expect(suiteResultSchema.safeParse({ schema: 'kadec21/demo/1' }).success).toBe(false);
  expect(suiteResultSchema.safeParse({ ...givenSuite([]), results: [{}] }).success).toBe(false);
});
