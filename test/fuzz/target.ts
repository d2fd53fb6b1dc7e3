/** What a target of the fuzz run is: a part of the product that takes octets from outside. */
import assert from 'node:assert/strict';
import type { Random } from '../../src/base/random.ts';

export interface FuzzCase {
  /** A valid input after some damage. */
  readonly octets: Uint8Array;
  /** The same octets as they come down the line. */
  readonly pieces: readonly Uint8Array[];
  /** For every other choice of the case. */
  readonly random: Random;
}

/** A stream that never gives what its reader waits for. */
export interface EndlessStream {
  readonly name: string;
  /** Repeated until 1 MiB has been pushed. */
  readonly piece: Uint8Array;
  /** How much the reader may hold, where its bounds add up to more than the ordinary limit. */
  readonly heldBytes?: number;
  /** Makes a fresh reader. What the returned function keeps alive counts as held; an empty piece is the end. */
  open(): (piece: Uint8Array) => void | Promise<void>;
}

export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs. */
  readonly corpus: readonly Uint8Array[];
  /** Words that the mutations put in. */
  readonly dictionary?: readonly string[];
  /** CPU time for each 64 KiB begun, where it is not the ordinary one: machines whose cases are long. */
  readonly cpuMs?: number;
  /** Throws when something is wrong. */
  attempt(given: FuzzCase): void | Promise<void>;
  readonly endless?: readonly EndlessStream[];
}

/** Holds a reader to its word that it does not matter how its input is cut. */
export function assertSameInPieces(given: FuzzCase, read: (pieces: readonly Uint8Array[]) => unknown): void {
  assert.deepEqual(read(given.pieces), read([given.octets]), 'another result when it comes in pieces');
}

export const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
export const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');

/** One of a list. */
export function pick<Item>(random: Random, list: readonly [Item, ...Item[]] | readonly Item[]): Item {
  const index = random.integer(0, Math.max(0, list.length - 1));
  for (const item of list.slice(index, index + 1)) {
    return item;
  }
  throw new RangeError('An empty list has nothing to pick.');
}

/** True once in so many times. */
export const onceIn = (random: Random, times: number): boolean => random.integer(1, times) === 1;
