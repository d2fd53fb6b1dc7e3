/** What a user gets who installs the package: the documented examples run there, their types are right, the command works. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installed, installedPackage, nodeIn } from './installed-package.ts';
import { pipelinesOfGuide } from './pipelines.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const BUILD_TIMEOUT_MS = 300_000;
const TIMEOUT_MS = 600_000;

let installed: Installed;
beforeAll(async () => {
  installed = await installedPackage(['vitest', 'typescript', '@types/node']);
  for (const [name, text] of examples()) {
    writeFileSync(join(installed.project, name), text);
  }
}, BUILD_TIMEOUT_MS);
afterAll(() => installed?.remove(), TIMEOUT_MS);

/** Examples of the guide that are whole files: their first line is their name. */
function examples(): [name: string, text: string][] {
  const guide = readFileSync(join(root, 'docs', 'scenarios.md'), 'utf8');
  return [...guide.matchAll(/^```(?:ts|js)\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, name = '', text = '']) => [name, text],
  );
}

const inProject = (...args: readonly string[]) => nodeIn(installed.project, ...args);
const module = (path: string) => join('node_modules', path);

describe('the package', () => {
  it('has what is needed, and nothing else', () => {
    const folders = new Set(
      installed.files.map((path) =>
        path
          .split('/')
          .slice(0, path.startsWith('fixtures') ? 2 : 1)
          .join('/'),
      ),
    );
    expect([...folders].sort()).toEqual([
      'CHANGELOG.md',
      'README.md',
      'bin',
      'dist',
      'docs',
      'fixtures/data',
      'fixtures/scenarios',
      'package.json',
    ]);
    const built = installed.files.filter((path) => path.startsWith('dist/'));
    expect(built.filter((path) => !/\.(js|d\.ts)$/.test(path))).toEqual([]);
    expect(built).toContain('dist/index.d.ts');
  });

  it('has a command that works without the checkout', { timeout: TIMEOUT_MS }, async () => {
    const command = module('kadec21/bin/kadec21.js');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await inProject(command, '--version')).toEqual({ status: 0, output: `${version}\n` });
    const scenario = module('kadec21/fixtures/scenarios/field-recordings.yaml');
    const { status, output } = await inProject(command, 'test', scenario, '--workers', '1');
    expect(output).toContain('3 passed');
    expect(status).toBe(0);
  });
});

describe('the pipelines of the guide to CI', () => {
  it.each(pipelinesOfGuide())('run: $name', { timeout: TIMEOUT_MS }, async ({ name, shards, merge }) => {
    expect([shards.length, merge.length]).toEqual([4, 1]);
    const folder = join(installed.project, name.replaceAll(' ', '-'));
    mkdirSync(join(folder, 'scenarios'), { recursive: true });
    for (const file of ['_unit.yaml', '_as-shipped.yaml', 'as-shipped.yaml']) {
      cpSync(join(root, 'fixtures/scenarios', file), join(folder, 'scenarios', file));
    }
    const command = join(installed.project, module('kadec21/bin/kadec21.js'));
    for (const args of [...shards, ...merge]) {
      const { status, output } = await nodeIn(folder, command, ...args);
      expect(status, `${args.join(' ')}\n${output}`).toBe(0);
    }
    expect(readdirSync(join(folder, 'results'))).toEqual(
      expect.arrayContaining(['index.html', 'results-4-of-4.json']),
    );
  });
});

describe('the examples of the guide', () => {
  it('are there', () => {
    expect(examples().map(([name]) => name)).toEqual(['season.test.ts', 'season.test.mjs']);
  });

  it('run in vitest', { timeout: TIMEOUT_MS }, async () => {
    const { status, output } = await inProject(module('vitest/vitest.mjs'), 'run', 'season.test.ts');
    expect(output).toMatch(/Tests\s+2 passed/);
    expect(status).toBe(0);
  });

  it('run in node:test', { timeout: TIMEOUT_MS }, async () => {
    mkdirSync(join(installed.project, 'scenarios'), { recursive: true });
    for (const name of ['_unit.yaml', '_as-shipped.yaml', 'provider-relay.yaml']) {
      cpSync(join(root, 'fixtures/scenarios', name), join(installed.project, 'scenarios', name));
    }
    const { status, output } = await inProject('--test', 'season.test.mjs');
    expect(output).toMatch(/fail 0/);
    expect(output).not.toMatch(/tests 1\n/);
    expect(status).toBe(0);
  });

  it('have the types that they seem to have', { timeout: TIMEOUT_MS }, async () => {
    const wrong = `
import { device, world } from 'kadec21';
// @ts-expect-error there is no such setting
device('logger', { sendEvry: '24h' });
// @ts-expect-error at is missing
world({ op25b: 'on' });
`;
    writeFileSync(join(installed.project, 'wrong.ts'), wrong);
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = module('typescript/bin/tsc');
    const found = await inProject(tsc, ...options, '--skipLibCheck', 'season.test.ts', 'wrong.ts');
    expect(found).toEqual({ status: 0, output: '' });
    // The declarations themselves need no package that a user would not have.
    writeFileSync(join(installed.project, 'declarations.ts'), "export * from 'kadec21';\n");
    expect(await inProject(tsc, ...options, 'declarations.ts')).toEqual({ status: 0, output: '' });
  });
});
