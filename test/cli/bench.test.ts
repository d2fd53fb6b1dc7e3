/** `kadec21 bench` as a user runs it, on lines that need no module. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kadec21 } from './kadec21.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('kadec21 bench', { timeout: 180_000 }, () => {
  it('lists the stations and what they cost, without a port', async () => {
    const { status, stdout } = await kadec21('bench', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toMatch(/dial .*money/);
    expect(stdout).toMatch(/test-mail .*sends a mail/);
  });

  it('ends with 3 where the port is not there, and writes its reports whole', async () => {
    const { status, stdout } = await kadec21(
      'bench',
      '--port',
      join(folder, 'none'),
      '--json',
      '--reporter',
      'html',
      '--out',
      folder,
    );
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'kadec21/bench/1', outcome: 'failed' });
    expect(readdirSync(folder)).toEqual(['bench.html']);
  });

  it.each([
    [['--only', 'signl', '--port', 'x'], 'did you mean signal?'],
    [[], '--port is missing'],
    [['--port', 'x', '--reporter', 'pdf'], 'There is no reporter pdf'],
    [['--port', 'x', '--reporter', 'text,json'], 'Only one report can go to stdout'],
    [['--port', 'x', '--profile', 'none-such'], 'there is no such module'],
    [['--port', 'tcp:nowhere'], 'expected tcp:HOST:PORT'],
  ])('is used wrongly: %j ends with 2', async (args, told) => {
    const { status, stderr, stdout } = await kadec21('bench', ...args);
    expect([status, stderr + stdout]).toEqual([2, expect.stringContaining(told)]);
  });

  it('compares what is no report: exit 2', async () => {
    const file = join(folder, 'a.json');
    writeFileSync(file, '{"schema":"other"}');
    const { status, stderr } = await kadec21('bench', 'diff', file, file);
    expect([status, stderr]).toEqual([2, expect.stringContaining('schema')]);
  });
});
