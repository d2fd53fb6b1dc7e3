import { expect, it } from 'vitest';
import { manyLines } from './many-lines.ts';

// The full size, 100 lines for an hour, is test/interop/station.test.ts.
it('loses nothing and doubles nothing: 20 devices, a mail a minute each', async () => {
  const { sent, arrived, failures } = await manyLines(20, 5);
  expect(sent).toHaveLength(100);
  expect(new Set(sent).size).toBe(100);
  expect(arrived).toEqual(sent);
  expect(failures).toBe(0);
});
