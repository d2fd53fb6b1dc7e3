/** `kadec21 bench` as a user runs it, on lines that need no module. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, kadec21 } from './kadec21.ts';

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

  it('is interrupted at a question: nothing is begun, the terminal is as it was, 130', async () => {
    const args = [command, 'bench', '--port', join(folder, 'none'), '--reporter', 'json', '--out', folder];
    const terminal = spawnOnTerminal(process.execPath, args, { cols: 120 });
    let said = '';
    terminal.onData((text) => {
      if (!said.includes('[y/N]') && `${said}${text}`.includes('[y/N]')) {
        terminal.write('\x03');
      }
      said += text;
    });
    const status = await new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    expect([status, said]).toEqual([130, expect.stringContaining('interrupted: nothing was begun')]);
    expect(said).not.toContain('\x1b[?25l');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('compares what is no report: exit 2', async () => {
    const file = join(folder, 'a.json');
    writeFileSync(file, '{"schema":"other"}');
    const { status, stderr } = await kadec21('bench', 'diff', file, file);
    expect([status, stderr]).toEqual([2, expect.stringContaining('schema')]);
  });
});
