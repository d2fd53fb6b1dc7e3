import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { atDte } from '../../vectors/at-dte.ts';
import type { VectorResult } from '../../vectors/family.ts';

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/vectors/${name}`, import.meta.url), 'utf8'));

async function differing(document: unknown): Promise<VectorResult[]> {
  const results: VectorResult[] = [];
  for await (const result of atDte.run(document)) {
    results.push(result);
  }
  expect(results.length).toBeGreaterThan(0);
  return results.filter(({ difference }) => difference !== undefined);
}

it('reads every answer of the shared vectors, however it is cut', async () => {
  expect(await differing(load('at.json'))).toEqual([]);
});
