/** Puts the results of the shards of one suite together. */
import { Kadec21Error } from '../../base/errors.ts';
import { type CaseSummary, SUITE_SCHEMA, type SuiteResult } from './suite-result.ts';

export class MergeError extends Kadec21Error {
  readonly code: 'MERGE_NOT_ONE_SUITE' | 'MERGE_INCOMPLETE';
  readonly layer = 'usage';

  constructor(code: MergeError['code'], message: string, advice: string) {
    super(message, { advice });
    this.code = code;
  }
}

export interface NamedResult {
  readonly file: string;
  readonly result: SuiteResult;
}

/**
 * @param parts the result files of all shards, in any order
 * @returns what a single run without shards would have given; times are those of the machines together
 * @throws MergeError where the files are not the whole of one suite: a shard that never ran must not go unseen
 */
export function mergeResults(parts: readonly NamedResult[]): SuiteResult {
  const [first] = parts;
  if (first === undefined) {
    throw new MergeError(
      'MERGE_INCOMPLETE',
      'There is no result to merge.',
      'Name the result files of all shards.',
    );
  }
  for (const part of parts) {
    refuseOther(first, part);
  }
  refuseGaps(parts, first.result.shard?.count ?? 1);
  const results = inOrder(parts.map(({ result }) => result));
  return {
    schema: SUITE_SCHEMA,
    seed: first.result.seed,
    repeat: first.result.repeat,
    planned: first.result.planned,
    leftOut: parts.reduce((sum, { result }) => sum + result.leftOut, 0),
    startedAt: Math.min(...parts.map(({ result }) => result.startedAt)),
    realMs: Math.max(...parts.map(({ result }) => result.realMs)),
    workers: parts.reduce((sum, { result }) => sum + result.workers, 0),
    results,
  };
}

function refuseOther(first: NamedResult, other: NamedResult): void {
  for (const fact of ['seed', 'repeat', 'planned'] as const) {
    const [expected, found] = [first.result[fact], other.result[fact]];
    if (expected !== found) {
      throw new MergeError(
        'MERGE_NOT_ONE_SUITE',
        `${other.file} is of another run than ${first.file}: ${fact} is ${found}, expected ${expected}.`,
        'Give every shard the same files and the same --seed and --repeat.',
      );
    }
  }
  const [expected, found] = [first.result.shard?.count ?? 1, other.result.shard?.count ?? 1];
  if (expected !== found) {
    throw new MergeError(
      'MERGE_NOT_ONE_SUITE',
      `${other.file} is one of ${found} shards, ${first.file} is one of ${expected}.`,
      'Merge the shards of one run.',
    );
  }
}

function refuseGaps(parts: readonly NamedResult[], count: number): void {
  const filesOf = (index: number) =>
    parts.filter(({ result }) => (result.shard?.index ?? 1) === index).map(({ file }) => file);
  const missing: number[] = [];
  for (let index = 1; index <= count; index += 1) {
    const files = filesOf(index);
    if (files.length > 1) {
      throw new MergeError(
        'MERGE_NOT_ONE_SUITE',
        `Shard ${index}/${count} is there more than once: ${files.join(', ')}.`,
        'Name each result file once.',
      );
    }
    if (files.length === 0) {
      missing.push(index);
    }
  }
  if (missing.length > 0) {
    throw new MergeError(
      'MERGE_INCOMPLETE',
      `Of ${count} shards there is no result of ${missing.map((index) => `${index}/${count}`).join(', ')}.`,
      'Look at the job that should have run it; a suite is only green as a whole.',
    );
  }
}

/** As a single run would have told them: shards took turns, case by case. */
function inOrder(parts: readonly SuiteResult[]): CaseSummary[] {
  const shards = [...parts].sort((a, b) => (a.shard?.index ?? 1) - (b.shard?.index ?? 1));
  const longest = Math.max(...shards.map(({ results }) => results.length));
  return Array.from({ length: longest }, (_, turn) =>
    shards.flatMap(({ results }) => results.slice(turn, turn + 1)),
  ).flat();
}
