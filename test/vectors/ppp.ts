/**
 * PPP and TCP/IP: octets for a link in some state, and what it answers. Each vector is run in each role it is
 * for, and three ways: as given, octet by octet, and in one piece; all must answer the same.
 */
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { hexOf } from '../../src/wire/ppp/octets.ts';
import type { VectorFamily, VectorResult } from './family.ts';
import { PEER_MAGIC } from './ppp/addresses.ts';
import { ANSWER_MS, Bench, pause } from './ppp/bench.ts';
import {
  isPppDocument,
  type PppVector,
  type Role,
  readScenario,
  readVector,
  UnreadableVectorError,
} from './ppp/document.ts';
import { difference, type Observation } from './ppp/expectation.ts';
import { factsOf } from './ppp/facts.ts';
import { playScenario } from './ppp/scenarios.ts';

const KNOWN_PARTS = ['about', 'note', 'vectors', 'stateful'];

export const ppp: VectorFamily = {
  name: 'ppp',
  recognises: isPppDocument,
  async *run(document) {
    if (!isPppDocument(document)) {
      return;
    }
    const unknown = Object.keys(document).filter((key) => !KNOWN_PARTS.includes(key));
    if (unknown.length > 0) {
      yield {
        name: 'the document',
        difference: `It has parts this runner does not know: ${unknown.join(', ')}.`,
      };
    }
    for (const value of listIn(document.vectors)) {
      yield* results(value, readVector, runVector);
    }
    for (const value of listIn(document.stateful)) {
      yield* results(value, readScenario, ({ sut_role = 'any' }, role) => ({
        isFor: sut_role === 'any' || sut_role === role,
        play: () => playScenario(readScenario(value), role),
      }));
    }
  },
};

interface Playable {
  readonly isFor: boolean;
  /** @returns what differs */
  play(): Promise<string | undefined>;
}

/** One result per role. */
async function* results<T extends { readonly id: string }>(
  value: unknown,
  read: (value: unknown) => T,
  playable: (vector: T, role: Role) => Playable,
): AsyncGenerator<VectorResult> {
  for (const role of ['server', 'client'] as const) {
    const name = `${nameOf(value)} (${role})`;
    try {
      const { isFor, play } = playable(read(value), role);
      if (isFor) {
        const found = await inVirtualTime({ startAt: ms(1_222_700_400_000), random: seededRandom(5) }, play);
        yield found === undefined ? { name } : { name, difference: found };
      }
    } catch (error) {
      yield { name, difference: sentenceOf(error) };
    }
  }
}

function runVector(vector: PppVector, role: Role): Playable {
  return {
    isFor: vector.sut_role === 'any' || vector.sut_role === role,
    play: async () => {
      const writes = [vector.in_hex].flat().map((hex) => Buffer.from(hex, 'hex'));
      const whole = Buffer.concat(writes);
      const asGiven = await observe(vector, role, writes);
      const found = difference(vector.expect, asGiven.observation);
      if (found !== undefined) {
        return found;
      }
      const single = await observe(
        vector,
        role,
        Array.from(whole, (octet) => Uint8Array.of(octet)),
      );
      const merged = await observe(vector, role, [whole]);
      if (single.wire !== asGiven.wire) {
        return `octet by octet it answers otherwise:\n${asGiven.wire}\n${single.wire}`;
      }
      return merged.wire === asGiven.wire
        ? undefined
        : `in one piece it answers otherwise:\n${asGiven.wire}\n${merged.wire}`;
    },
  };
}

async function observe(
  { state }: PppVector,
  role: Role,
  writes: readonly Uint8Array[],
): Promise<{ observation: Observation; wire: string }> {
  const bench = new Bench({
    state,
    role,
    onSyn: ({ destination }) =>
      destination.port === 587
        ? { verdict: 'accept', onSocket: (socket) => socket.on('error', () => {}).resume() }
        : { verdict: 'reset' },
  });
  try {
    await bench.begin();
    for (const octets of writes) {
      bench.feed(octets);
    }
    await pause(ANSWER_MS);
    const { frames } = bench;
    return {
      wire: frames.map(({ protocol, payload }) => `${protocol.toString(16)} ${hexOf(payload)}`).join('\n'),
      observation: {
        frames: frames.map(factsOf),
        isDown: bench.downCause !== undefined,
        sutMagic: (bench.peer.sutMagic ?? 0).toString(16).padStart(8, '0'),
        peerMagic: PEER_MAGIC.toString(16),
      },
    };
  } finally {
    bench.end();
  }
}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function nameOf(value: unknown): string {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' ? id : 'a vector without id';
}

function sentenceOf(error: unknown): string {
  if (error instanceof UnreadableVectorError) {
    return error.message;
  }
  return `The run broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
