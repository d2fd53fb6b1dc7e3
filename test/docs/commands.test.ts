import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kadec21In } from '../cli/kadec21.ts';
import { buildCommand } from './built-command.ts';
import { type PageLine, pageLines } from './page-commands.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const BUILD_TIMEOUT_MS = 300_000;
/** A page may have some dozen commands, each a process. */
const PAGE_TIMEOUT_MS = 600_000;

let command: string;
beforeAll(() => {
  command = process.env.KADEC21_COMMAND ?? buildCommand('docs');
}, BUILD_TIMEOUT_MS);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true });
  }
});

/** What npm does by itself, without a script of that name. */
const NPM_OWN = ['ci', 'install'];

const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

const pages = ['README.md', ...guides.map((name) => `docs/${name}`)].map((path) => ({
  path,
  lines: pageLines(read(path)),
}));

describe.concurrent('the commands of a page', { timeout: PAGE_TIMEOUT_MS }, () => {
  it.for(pages)('work in the order of $path', async ({ path, lines }) => {
    const folder = folderOf(path);
    for (const line of lines) {
      if (line.kind === 'kadec21') {
        const { status, stdout, stderr } = await kadec21In(folder, line.args, command);
        expect(status, `${line.text}\n${stdout}${stderr}`).toBe(line.status);
      }
    }
  });
});

describe.for(pages)('$path', ({ lines }) => {
  it('names npm scripts that are there, and nothing that no test can hold', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const line of lines) {
      expect(line.kind, line.text).not.toBe('other');
      if (line.kind === 'npm') {
        expect([...NPM_OWN, ...Object.keys(scripts)], line.text).toContain(scriptOf(line.args));
      }
    }
  });

  for (const line of lines.filter((each) => each.kind === 'skipped')) {
    it.skip(`${line.text} (${line.reason})`);
  }
});

describe('the lines of a page', () => {
  it('come with the status that they end with, and the reason why they cannot be run', () => {
    const page = [
      '```sh',
      'npx kadec21 send --at "2008-10-15 06:00"   # exits 1',
      'kadec21 send --line /dev/ttyUSB0  # not run: needs a module',
      'npm run perf',
      'rm -r /',
      '```',
      '```text',
      'kadec21 unread',
      '```',
    ].join('\n');
    const expected: Partial<PageLine>[] = [
      { kind: 'kadec21', args: ['send', '--at', '2008-10-15 06:00'], status: 1 },
      { kind: 'skipped', reason: 'needs a module' },
      { kind: 'npm', args: ['run', 'perf'] },
      { kind: 'other', text: 'rm -r /' },
    ];
    expect(pageLines(page)).toMatchObject(expected);
  });
});

function folderOf(page: string): string {
  const folder = mkdtempSync(join(tmpdir(), `kadec21-${page.replaceAll('/', '-')}-`));
  folders.push(folder);
  symlinkSync(join(root, 'fixtures'), join(folder, 'fixtures'));
  return folder;
}

/** The script that an npm command runs: `npm start`, `npm run perf`; `npm cit` is ci and test. */
function scriptOf([command = '', name = '']: readonly string[]): string {
  if (command === 'run') {
    return name;
  }
  return command === 'cit' ? 'test' : command;
}
