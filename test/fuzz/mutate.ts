/** Damage to valid inputs, and cuts: what lines, peers and editors do to octets, and what attackers do. */
import type { Random } from '../../src/base/random.ts';
import { latin1, onceIn, pick } from './target.ts';

const MOST_MUTATIONS = 5;
const LONGEST_INPUT = 64 * 1024;
const LONGEST_INSERT = 40;
/** Now and then a slice is repeated until the input is as long as it may be. */
const HUGE_ONCE_IN = 40;
/** Longer inputs are not cut into single octets. */
const LONGEST_SINGLE_CUTS = 2048;

const TELLING_OCTETS = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x7d, 0x7e, 0x7f, 0x80, 0xc0, 0xff];
const TELLING_LENGTHS = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff];
const TELLING_WIDE = [...TELLING_LENGTHS, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];

type Mutation = (octets: Uint8Array, random: Random, others: Material) => Uint8Array;

interface Material {
  readonly corpus: readonly Uint8Array[];
  readonly dictionary: readonly string[];
}

/** One input of the corpus, damaged in up to five ways; sometimes in none. */
export function mutant(
  random: Random,
  corpus: readonly Uint8Array[],
  dictionary: readonly string[] = [],
): Uint8Array {
  let octets = Uint8Array.from(pick(random, corpus));
  const count = random.integer(0, MOST_MUTATIONS);
  for (let done = 0; done < count; done += 1) {
    octets = Uint8Array.from(pick(random, mutations)(octets, random, { corpus, dictionary }));
  }
  return octets.subarray(0, LONGEST_INPUT);
}

/** The octets in the pieces in which they come: all at once, one by one, or cut anywhere. */
export function cut(octets: Uint8Array, random: Random): Uint8Array[] {
  if (onceIn(random, 4)) {
    return [octets];
  }
  const isSingle = octets.length <= LONGEST_SINGLE_CUTS && onceIn(random, 3);
  const longest = isSingle ? 1 : pick(random, [3, 16, 100, 1500]);
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < octets.length; ) {
    const end = from + random.integer(1, longest);
    pieces.push(octets.subarray(from, end));
    from = end;
  }
  return pieces;
}

/** Where a slice begins and ends. */
function slice(octets: Uint8Array, random: Random): readonly [from: number, to: number] {
  const from = random.integer(0, octets.length);
  return [from, random.integer(from, Math.min(octets.length, from + 256))];
}

/** Octets with a part of them replaced. */
const replaced = (octets: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array =>
  Buffer.concat([octets.subarray(0, from), by, octets.subarray(to)]);

/** Writes a number over a field of so many octets, in either order. */
function lie(octets: Uint8Array, random: Random, width: 2 | 4, value: number): Uint8Array {
  if (octets.length >= width) {
    const view = new DataView(octets.buffer, octets.byteOffset);
    const at = random.integer(0, octets.length - width);
    const isLittle = onceIn(random, 2);
    if (width === 2) {
      view.setUint16(at, value, isLittle);
    } else {
      view.setUint32(at, value, isLittle);
    }
  }
  return octets;
}

const mutations: readonly Mutation[] = [
  function flipBit(octets, random) {
    const at = random.integer(0, Math.max(0, octets.length - 1));
    octets[at] = (octets[at] ?? 0) ^ (1 << random.integer(0, 7));
    return octets;
  },
  function setOctet(octets, random) {
    octets[random.integer(0, Math.max(0, octets.length - 1))] = pick(random, TELLING_OCTETS);
    return octets;
  },
  function nudgeOctet(octets, random) {
    const at = random.integer(0, Math.max(0, octets.length - 1));
    octets[at] = (octets[at] ?? 0) + random.integer(-3, 3);
    return octets;
  },
  (octets, random) => lie(octets, random, 2, pick(random, TELLING_LENGTHS)),
  (octets, random) => lie(octets, random, 4, pick(random, TELLING_WIDE)),
  function truncate(octets, random) {
    return octets.subarray(0, random.integer(0, octets.length));
  },
  function loseHead(octets, random) {
    return octets.subarray(random.integer(0, Math.min(octets.length, 64)));
  },
  function lose(octets, random) {
    const [from, to] = slice(octets, random);
    return replaced(octets, from, to, new Uint8Array(0));
  },
  function duplicate(octets, random) {
    const [from, to] = slice(octets, random);
    return replaced(octets, from, from, octets.subarray(from, to));
  },
  function repeat(octets, random) {
    const [from, to] = slice(octets, random);
    const isHuge = onceIn(random, HUGE_ONCE_IN);
    const room = (isHuge ? LONGEST_INPUT : 1024) - octets.length;
    const count = Math.max(1, Math.floor(room / Math.max(1, to - from)));
    const copies = Buffer.alloc(count * (to - from), octets.subarray(from, to));
    return replaced(octets, from, from, copies);
  },
  function splice(octets, random, { corpus }) {
    const other = pick(random, corpus);
    const [from, to] = slice(other, random);
    const at = random.integer(0, octets.length);
    return replaced(octets, at, onceIn(random, 2) ? octets.length : at, other.subarray(from, to));
  },
  function append(octets, random, { corpus }) {
    return Buffer.concat([octets, pick(random, corpus)]);
  },
  function insertNoise(octets, random) {
    const at = random.integer(0, octets.length);
    return replaced(octets, at, at, random.octets(random.integer(1, LONGEST_INSERT)));
  },
  function insertWord(octets, random, { dictionary }) {
    if (dictionary.length === 0) {
      return octets;
    }
    const at = random.integer(0, octets.length);
    return replaced(octets, at, at, latin1(pick(random, dictionary)));
  },
];
