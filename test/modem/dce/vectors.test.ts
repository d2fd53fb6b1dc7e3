import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { atDce } from '../../vectors/at-dce.ts';

const document: unknown = JSON.parse(readFileSync('fixtures/vectors/at.json', 'utf8'));

describe('the AT vectors of direction dce', () => {
  it('all pass, however the octets are cut', async () => {
    const results = [];
    for await (const result of atDce.run(document)) {
      results.push(result);
    }
    expect(results.filter(({ difference }) => difference !== undefined)).toEqual([]);
    expect(results).toHaveLength(36);
  });
});
