/**
 * The one source of randomness. A run prints its seed; the same seed gives the same run.
 * Keys that protect something real come from `node:crypto`, never from here.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** An integer, both bounds included. */
  integer(from: number, to: number): number;
  /** A fraction, 0 <= x < 1. */
  fraction(): number;
  octets(count: number): Uint8Array;
  /** An independent source: what one part draws does not shift what another gets. */
  fork(purpose: string): Random;
}

/** @param seed any integer; only its low 32 bits count */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const integer = (from: number, to: number) => uniformInt(generator, from, to);
  return {
    integer,
    fraction: () => integer(0, 0xffff_ffff) / 0x1_0000_0000,
    octets: (count) => Uint8Array.from({ length: count }, () => integer(0, 255)),
    fork: (purpose) => seededRandom(fnv1a(`${seed}/${purpose}`)),
  };
}

/** FNV-1a, 32 bit: spreads names over seeds; nothing secret hangs on it. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const octet of Buffer.from(text)) {
    hash = Math.imul(hash ^ octet, 0x01000193);
  }
  return hash | 0;
}
