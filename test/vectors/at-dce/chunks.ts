/** The chunks of a vector in three ways that must not matter. */
import { isRecord, UnknownKeyError, type Vector } from './vector.ts';

export interface Step {
  /** Silence before it. */
  readonly gapMs: number;
  /** Octets as latin1, or an event of the line or the call. */
  readonly input: string | Vector;
}

export interface Chunking {
  readonly name: string;
  apply(steps: readonly Step[]): readonly Step[];
}

export const chunkings: readonly Chunking[] = [
  { name: 'as given', apply: (steps) => steps },
  { name: 'octet by octet', apply: (steps) => steps.flatMap(octetByOctet) },
  { name: 'joined', apply: joined },
];

export function stepsOf(vector: Vector): readonly Step[] {
  const { chunks, gapsMs = [] } = vector;
  if (!Array.isArray(chunks) || !Array.isArray(gapsMs)) {
    throw new UnknownKeyError('chunks', String(chunks));
  }
  return chunks.map((input: unknown, index) => {
    const gapMs = Number(gapsMs[index] ?? 0);
    if (typeof input !== 'string' && !isRecord(input)) {
      throw new UnknownKeyError('chunks', String(input));
    }
    return { gapMs, input };
  });
}

function octetByOctet({ gapMs, input }: Step): readonly Step[] {
  if (typeof input !== 'string' || input.length === 0) {
    return [{ gapMs, input }];
  }
  return [...input].map((octet, index) => ({ gapMs: index === 0 ? gapMs : 0, input: octet }));
}

function joined(steps: readonly Step[]): readonly Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    const last = result.at(-1);
    if (typeof last?.input === 'string' && typeof step.input === 'string' && step.gapMs === 0) {
      result[result.length - 1] = { gapMs: last.gapMs, input: last.input + step.input };
    } else {
      result.push(step);
    }
  }
  return result;
}
