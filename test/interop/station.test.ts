/** `kadec21 serve` with a hundred devices at once, each with a mail a minute, for an hour of virtual time. */

import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { manyLines } from '../serve/many-lines.ts';
import { reasonAgainstLong } from './programs.ts';

// Memory is weighed after a collection.
setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc');

const LINES = Number(process.env.KADEC21_STATION_LINES ?? 100);
const MINUTES = Number(process.env.KADEC21_STATION_MINUTES ?? 60);
/** Nothing grows: what the last fifth of the time holds more than the second. */
const LARGEST_GROWTH = 16 * 1024 * 1024;

const tooLong = reasonAgainstLong('a hundred lines for an hour');

it.skipIf(tooLong !== undefined)(
  'loses nothing, doubles nothing, and its memory stays flat',
  { timeout: 1_800_000 },
  async () => {
    const { sent, arrived, failures, heap } = await manyLines(LINES, MINUTES);
    expect(sent).toHaveLength(LINES * MINUTES);
    expect(new Set(sent).size).toBe(sent.length);
    expect(arrived).toEqual(sent);
    expect(failures).toBe(0);
    const [, second = 0, , , last = 0] = heap;
    process.stderr.write(`heap: ${heap.map((octets) => `${(octets / 1e6).toFixed(1)} MB`).join(', ')}\n`);
    expect(last - second).toBeLessThan(LARGEST_GROWTH);
  },
);
