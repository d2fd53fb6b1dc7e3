/** What a run of many scenarios gives: one file a run, or one a shard, which `kadec21 test merge` puts together. */
import { z } from 'zod';
import type { CaseResult, Verdict } from '../case-result.ts';

export const SUITE_SCHEMA = 'kadec21/test-results/1';

/** A case without its evidence, which lies in a folder of its own. */
export interface CaseSummary extends Omit<CaseResult, 'evidence'> {
  /** Folder of the evidence, seen from the result file; of what did not pass. */
  readonly evidence?: string | undefined;
  /** The command that runs just this case again. */
  readonly replay: string;
}

export interface Shard {
  /** Counts from 1. */
  readonly index: number;
  readonly count: number;
}

export interface SuiteResult {
  readonly schema: typeof SUITE_SCHEMA;
  /** The first seed; a repeated case takes the ones that follow. */
  readonly seed: number;
  readonly repeat: number;
  /** Absent: everything that was asked for is here. */
  readonly shard?: Shard | undefined;
  /** Runs of all shards together. */
  readonly planned: number;
  /** Runs of this shard that `--bail` left out. */
  readonly leftOut: number;
  /** Milliseconds since 1970, of the wall clock. */
  readonly startedAt: number;
  readonly realMs: number;
  readonly workers: number;
  readonly results: readonly CaseSummary[];
}

/** Enough of a result file to know that it is one; what the reporters read of its cases. */
export const suiteResultSchema: z.ZodType<SuiteResult> = z.looseObject({
  schema: z.literal(SUITE_SCHEMA),
  seed: z.int(),
  repeat: z.int().min(1),
  shard: z.object({ index: z.int().min(1), count: z.int().min(1) }).optional(),
  planned: z.int().min(0),
  leftOut: z.int().min(0),
  startedAt: z.number(),
  realMs: z.number(),
  workers: z.int(),
  results: z.array(
    z.custom<CaseSummary>(isCaseSummary, { error: 'a result of a case (kadec21/case-result/1)' }),
  ),
});

function isCaseSummary(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schema' in value &&
    value.schema === 'kadec21/case-result/1' &&
    'id' in value &&
    typeof value.id === 'string' &&
    'seed' in value &&
    'verdict' in value &&
    'failures' in value &&
    Array.isArray(value.failures)
  );
}

export interface Tally extends Readonly<Record<Verdict, number>> {
  readonly total: number;
}

export function tallyOf(results: readonly CaseSummary[]): Tally {
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict).length;
  return {
    total: results.length,
    passed: count('passed'),
    failed: count('failed'),
    broken: count('broken'),
  };
}

/** A suite is good when something was run and all of it passed. */
export const isGood = ({ results, leftOut }: SuiteResult): boolean =>
  results.length > 0 && leftOut === 0 && results.every(({ verdict }) => verdict === 'passed');

/** A case whose verdict depends on the seed: what `--repeat` looks for. */
export interface Wavering {
  readonly id: string;
  readonly seeds: Readonly<Record<Verdict, readonly number[]>>;
}

/** @returns the cases that did not come out alike with every seed */
export function waveringCases(results: readonly CaseSummary[]): Wavering[] {
  const byId = new Map<string, CaseSummary[]>();
  for (const result of results) {
    byId.set(result.id, [...(byId.get(result.id) ?? []), result]);
  }
  return [...byId].flatMap(([id, ofCase]) => {
    const seedsOf = (verdict: Verdict) =>
      ofCase.filter((result) => result.verdict === verdict).map(({ seed }) => seed);
    const seeds = { passed: seedsOf('passed'), failed: seedsOf('failed'), broken: seedsOf('broken') };
    const verdicts = Object.values(seeds).filter((list) => list.length > 0).length;
    return verdicts > 1 ? [{ id, seeds }] : [];
  });
}
