/**
 * Runs AT vectors of direction `dce`: what a DTE sends to the emulated module's machine, and what must come
 * of it. Each runs three times: as given, one octet per write, and joined where no silence is asked for.
 */

import { DceBench } from './at-dce/bench.ts';
import { type Chunking, chunkings, type Step, stepsOf } from './at-dce/chunks.ts';
import { compare } from './at-dce/expectations.ts';
import { type Observation, observe } from './at-dce/observation.ts';
import { applySetup } from './at-dce/setup.ts';
import { isRecord, UnknownKeyError, type Vector } from './at-dce/vector.ts';
import type { VectorFamily } from './family.ts';

/** For people; nothing to check. */
const REMARKS = ['name', 'direction', 'why', 'level', 'needs', 'source', 'note', 'notes', 'comment'];
const KEYS = [...REMARKS, 'chunks', 'gapsMs', 'setup', 'expect'];

export const atDce: VectorFamily = {
  name: 'at-dce',
  recognises: (document) =>
    Array.isArray(document) &&
    document.length > 0 &&
    document.every((vector) => isRecord(vector) && ['dce', 'dte'].includes(String(vector.direction))),
  async *run(document) {
    for (const vector of Array.isArray(document) ? document : []) {
      if (isRecord(vector) && vector.direction === 'dce') {
        const difference = differenceOf(vector);
        const name = String(vector.name);
        yield difference === undefined ? { name } : { name, difference };
      }
    }
  },
};

function differenceOf(vector: Vector): string | undefined {
  try {
    const unknown = Object.keys(vector).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) {
      throw new UnknownKeyError('vector', unknown);
    }
    const steps = stepsOf(vector);
    const given = observed(vector, steps);
    for (const chunking of chunkings) {
      const observation = chunking.name === 'as given' ? given : observed(vector, chunking.apply(steps));
      const difference = compare(vector, observation) ?? inequality(chunking, given, observation);
      if (difference !== undefined) {
        return `${chunking.name}: ${difference}`;
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof UnknownKeyError) {
      return error.message;
    }
    throw error;
  }
}

function observed(vector: Vector, steps: readonly Step[]): Observation {
  const bench = new DceBench(isRecord(vector.setup) ? vector.setup : {});
  applySetup(bench, vector.setup ?? {});
  for (const { gapMs, input } of steps) {
    bench.advanceBy(gapMs);
    if (typeof input === 'string') {
      bench.write(input);
    } else {
      bench.happen(input);
    }
  }
  bench.settle();
  return observe(bench);
}

function inequality(chunking: Chunking, given: Observation, other: Observation): string | undefined {
  for (const part of ['output', 'toPeer'] as const) {
    if (given[part] !== other[part]) {
      return `${part} is ${JSON.stringify(other[part])}, but ${JSON.stringify(given[part])} as given (${chunking.name})`;
    }
  }
  return undefined;
}
