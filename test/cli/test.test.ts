import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fixture, kadec21In } from './kadec21.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadec21-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const scenario = (cases: string) => `extends: ${fixture('scenarios/_as-shipped.yaml')}
until: 15min
cases:
${cases}`;

const given = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const run = (...args: readonly string[]) => kadec21In(folder, ['test', ...args]);

const delivers = '  - { name: before OP25B, world: { at: 2008-06-15T05:55 }, expect: { mailCount: 1 } }\n';
const blocked =
  '  - { name: OP25B is forgotten, world: { at: 2008-10-15T05:55 }, expect: { mailCount: 1 } }\n';

test('exits 0 and sums up in one line when every case passes', async () => {
  const { status, stdout, stderr } = await run(given('good.yaml', scenario(delivers)));
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^✔ 1 run: 1 passed · seed 1 · \d+\.\d s on 1 thread\n$/);
  expect(status).toBe(0);
  expect(existsSync(join(folder, 'kadec21-results'))).toBe(false);
});

test('exits 1, names cause, place and the command to run again, and leaves evidence', async () => {
  const file = given('bad.yaml', scenario(blocked));
  const { status, stdout } = await run(file, '--out', 'bad', '--reporter', 'text,junit,json,html,github');
  expect(status).toBe(1);
  expect(stdout).toMatch(/✘ bad\.yaml#OP25B is forgotten \(seed 1\)/);
  expect(stdout).toMatch(/at bad\.yaml:4:\d+ expect\.mailCount/);
  expect(stdout).toContain("kadec21 test bad.yaml --only 'bad.yaml#OP25B is forgotten' --seed 1");
  expect(stdout).toMatch(/^::error file=bad\.yaml,line=4,col=\d+,/m);
  expect(readdirSync(join(folder, 'bad')).sort()).toEqual([
    'evidence',
    'index.html',
    'junit.xml',
    'results.json',
  ]);
  const [kept = ''] = readdirSync(join(folder, 'bad/evidence'));
  const files = readdirSync(join(folder, 'bad/evidence', kept));
  expect(files.sort()).toEqual([
    'logger.flash',
    'logger.pcapng',
    'replay.sh',
    'result.json',
    'timeline.html',
    'trace.txt',
  ]);
  expect(readFileSync(join(folder, 'bad/evidence', kept, 'trace.txt'), 'utf8')).toContain('OP25B');
});

test('runs only what --only names, and says what it did not find', async () => {
  const file = given('two.yaml', scenario(delivers + blocked));
  expect((await run(file, '--only', 'before OP25B')).status).toBe(0);
  const unknown = await run(file, '--only', 'before OP25');
  expect(unknown.status).toBe(2);
  expect(unknown.stderr).toContain('Did you mean "before OP25B"?');
});

test('shards of a suite join into the whole, and a missing one does not go unseen', async () => {
  const file = given('shards.yaml', scenario(delivers + delivers.replace('before', 'long before')));
  const first = await run(file, '--shard', '1/2', '--out', 'shards', '--quiet');
  const second = await run(file, '--shard', '2/2', '--out', 'shards', '--quiet');
  expect([first.status, second.status]).toEqual([0, 0]);
  const results = ['shards/results-1-of-2.json', 'shards/results-2-of-2.json'];
  const merged = await run('merge', ...results, '--json');
  expect(merged.status).toBe(0);
  expect(JSON.parse(merged.stdout)).toMatchObject({
    schema: 'kadec21/test-results/1',
    planned: 2,
    results: [{ name: 'before OP25B' }, { name: 'long before OP25B' }],
  });
  const half = await run('merge', 'shards/results-1-of-2.json');
  expect(half.status).toBe(2);
  expect(half.stderr).toContain('there is no result of 2/2');
});

test('a mistake is told with line, column and a suggestion, and nothing is run', async () => {
  mkdirSync(join(folder, 'typo'));
  const text = scenario(delivers.replace('mailCount', 'mialCount'));
  const { status, stdout, stderr } = await run(given('typo/typo.yaml', text), '--out', 'typo-results');
  expect(status).toBe(2);
  expect(stderr).toMatch(/typo\.yaml:4:\d+: .*unknown key 'mialCount', did you mean 'mailCount'\?/);
  expect(stdout).toBe('');
  expect(existsSync(join(folder, 'typo-results'))).toBe(false);
});

test('--update takes what there is; a later difference is a failure', async () => {
  const file = given('snap.yaml', scenario(delivers));
  const { stderr } = await run(file, '--update');
  expect(stderr).toBe('wrote snap.snapshot.json\n');
  expect((await run(file)).status).toBe(0);
  given(
    'snap.yaml',
    scenario(delivers.replace('2008-06-15', '2008-10-15').replace(', expect: { mailCount: 1 }', '')),
  );
  const changed = await run(file);
  expect(changed.status).toBe(1);
  expect(changed.stdout).toContain(
    'devices.logger.outcome is not what the snapshot snap.snapshot.json holds',
  );
});

test('--bail leaves out the rest, and the suite is not good', async () => {
  const file = given('bail.yaml', scenario(blocked + delivers));
  const { status, stdout } = await run(file, '--bail', '--workers', '1', '--out', 'bail');
  expect(status).toBe(1);
  expect(stdout).toContain('1 run: 0 passed, 1 failed, 1 not run');
});
