/**
 * AT vectors of direction `dte`: what a module writes to the driver, in three ways of cutting it (as given,
 * octet by octet, and joined where no silence is asked for). The events must be the same every time.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Played, play } from './at-dte/play.ts';
import { type AtDteVector, type Chunk, readVector } from './at-dte/vector.ts';
import type { VectorFamily, VectorResult } from './family.ts';

/** V.250 5.5, where a vector sets up no other. */
const DEFAULT_GAP_MS = 100;

export const atDte: VectorFamily = {
  name: 'at-dte',
  recognises: (document) => vectorsOf(document).length > 0,
  async *run(document) {
    for (const vector of vectorsOf(document)) {
      yield runOne(vector);
    }
  },
};

function vectorsOf(document: unknown): readonly object[] {
  return Array.isArray(document)
    ? document.filter((one: unknown): one is object => isRecord(one) && one.direction === 'dte')
    : [];
}

function runOne(document: object): VectorResult {
  const name = 'name' in document ? String(document.name) : 'vector without a name';
  const vector = readVector(document);
  if (typeof vector === 'string') {
    return { name, difference: `cannot be run: ${vector}` };
  }
  const ways: readonly (readonly [string, readonly Chunk[]])[] = [
    ['as given', vector.chunks],
    ['octet by octet', vector.chunks.flatMap(cut)],
    ['joined', join(vector.chunks)],
  ];
  for (const [way, chunks] of ways) {
    const difference = differenceOf(vector, chunks);
    if (difference !== undefined) {
      return { name, difference: `${way}: ${difference}` };
    }
  }
  return { name };
}

function differenceOf(vector: AtDteVector, chunks: readonly Chunk[]): string | undefined {
  const played = play(vector, chunks, 0);
  const { events, mode, notSent, nextWriteNotBeforeMs } = vector.expect;
  if (events !== undefined && !isSame(events, played)) {
    return `expected ${JSON.stringify(events)}, got ${JSON.stringify(played.events)}`;
  }
  if (mode !== undefined && !isInMode(mode, played)) {
    return `expected ${mode} state, got ${played.mode} state`;
  }
  const paced = play(vector, chunks, vector.setup.gapMs ?? DEFAULT_GAP_MS);
  for (const text of typeof notSent === 'string' ? [notSent] : (notSent ?? [])) {
    if (paced.written.join('').includes(text)) {
      return `${JSON.stringify(text)} was sent: ${JSON.stringify(paced.written)}`;
    }
  }
  if (nextWriteNotBeforeMs !== undefined && paced.nextWriteAt < nextWriteNotBeforeMs) {
    return `expected no write before ${nextWriteNotBeforeMs} ms, wrote at ${paced.nextWriteAt} ms`;
  }
  return undefined;
}

/** Every event of the one is there, in order, with at least these values; and no other event. */
function isSame(expected: readonly Readonly<Record<string, unknown>>[], played: Played): boolean {
  return (
    expected.length === played.events.length &&
    expected.every((event, index) =>
      Object.entries(event).every(([key, value]) => isDeepStrictEqual(played.events[index]?.[key], value)),
    )
  );
}

function isInMode(mode: string, played: Played): boolean {
  return mode === 'onlineCommand' || mode === 'online-command'
    ? played.mode === 'command' && played.holdsCall
    : played.mode === mode;
}

function cut(chunk: Chunk): readonly Chunk[] {
  return chunk.event !== 'bytes' || chunk.bytes.length === 0
    ? [chunk]
    : Array.from(chunk.bytes, (octet, index) => ({
        gapMs: index === 0 ? chunk.gapMs : 0,
        event: 'bytes',
        bytes: Uint8Array.of(octet),
      }));
}

function join(chunks: readonly Chunk[]): readonly Chunk[] {
  const joined: Chunk[] = [];
  for (const chunk of chunks) {
    const last = joined.at(-1);
    if (chunk.event === 'bytes' && chunk.gapMs === 0 && last?.event === 'bytes') {
      joined[joined.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, chunk.bytes]) };
    } else {
      joined.push(chunk);
    }
  }
  return joined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
