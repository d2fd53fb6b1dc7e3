import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fixture, kadec21 } from './kadec21.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadec21-'));
const path = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

describe('kadec21 demo', () => {
  it('ends with a table on stdout and leaves its progress to stderr', async () => {
    const { status, stdout, stderr } = await kadec21('demo');
    expect(status).toBe(0);
    expect(stdout).toMatch(/as shipped +-N2 +1\.4 +existing +kona\.co\.jp:25 +✔ mail +✘ OP25B +✘ no service/);
    expect(stderr.trim().split('\n')).toHaveLength(44);
  });

  it('gives one JSON document with a schema and the seed', async () => {
    const { stdout, stderr } = await kadec21('demo', '--json', '--quiet', '--seed', '5');
    const story = JSON.parse(stdout);
    expect(story).toMatchObject({ schema: 'kadec21/demo/1', seed: 5 });
    expect(story.cells[1]).toMatchObject({
      generation: 'N2',
      firmware: '1.4',
      module: 'existing',
      server: 'kona.co.jp:25',
      date: '2008-10-15',
      outcome: 'blocked',
      delivered: false,
      blockedBy: 'OP25B',
    });
    expect(stderr).toBe('');
  });
});

describe('kadec21 send', () => {
  it('delivers the records of a file with the settings of a file', async () => {
    const settings = path('unit.yaml');
    expect((await kadec21('config', 'init', settings)).status).toBe(0);
    const { status, stdout } = await kadec21(
      ...[
        'send',
        '--settings',
        settings,
        '--data',
        fixture('data/moshiri-2004-02.csv'),
        '--at',
        '2024-05-01',
      ],
    );
    expect(stdout).toMatch(/✔ {2}submit +\d+\.\d s +\+\d+\.\d s +250 /);
    expect(stdout).toMatch(/^delivered <data-20040201T0100-20040301T0000\.moshiri-01-0001@/m);
    expect(status).toBe(0);
  });

  it('ends with 1 and the cause when the mail does not get through', async () => {
    const { status, stdout } = await kadec21(
      ...['send', '--settings', fixture('settings/moshiri-as-shipped.yaml'), '--at', '2008-10-15', '--json'],
    );
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      schema: 'kadec21/send/1',
      delivered: false,
      blockedBy: { code: 'OP25B' },
    });
    expect(status).toBe(1);
  });

  it('writes a trace without passwords and a capture', async () => {
    const options = ['--at', '2024-05-01', '--trace', path('trace.txt'), '--pcap', path('line.pcapng')];
    const { status } = await kadec21('send', '--quiet', ...options);
    const trace = readFileSync(path('trace.txt'), 'utf8');
    expect(status).toBe(0);
    expect(trace).toMatch(/^2024-05-01T00:00:0\d\.\d{3}\+09:00 at {7}> AT$/m);
    expect(trace).toMatch(/ smtp +> AUTH PLAIN \*{8}$/m);
    expect(trace).not.toContain('snow-depth');
    expect(readFileSync(path('line.pcapng')).readUInt32LE(0)).toBe(0x0a0d0d0a);
  });

  it('goes on for a while when asked to', async () => {
    const { stdout } = await kadec21(
      ...['send', '--settings', fixture('settings/moshiri-as-shipped.yaml'), '--at', '2008-10-15'],
      ...['--for', '20min', '--json'],
    );
    expect(JSON.parse(stdout).sessions).toHaveLength(3);
  });

  it.each([
    [['--at', 'yesterday'], 2, 'ISO 8601'],
    [['--server', 'mail.example.jp=127.0.0.1:25'], 2, 'HOST:PORT=ADDRESS:PORT'],
    [['--module', 'walkie-talkie'], 2, 'dual-band'],
    [['--settings', '/no/such/file.yaml'], 2, '/no/such/file.yaml'],
    [['--data', '/no/such/file.csv'], 2, '/no/such/file.csv'],
    [['--trace', '/no/such/folder/trace.txt'], 2, '/no/such/folder/trace.txt'],
    [['--line', '/dev/ttyNOSUCH'], 3, 'LINE_NOT_FOUND'],
    [['--line', 'tcp:127.0.0.1:1'], 3, 'LINE_REFUSED'],
    [['--line', 'tcp:somewhere'], 2, 'LINE_BAD_NAME'],
  ])('says what is wrong with %j and ends with %i', async (options, status, told) => {
    const finished = await kadec21('send', ...options);
    expect(finished.status).toBe(status);
    expect(finished.stdout + finished.stderr).toContain(told);
  });
});

describe('kadec21 config', () => {
  it('names file, place, what was found and what was expected', async () => {
    const { status, stderr } = await kadec21('config', 'check', fixture('settings/wrong-port-type.yaml'));
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /wrong-port-type\.yaml:\d+:\d+: mail\.server\.port: found "submission", expected a whole number/,
    );
    expect(stderr).toContain('did you mean "host"?');
    expect(stderr).not.toContain('20081001');
  });

  it('never overwrites a file', async () => {
    writeFileSync(path('mine.yaml'), 'mine');
    const { status } = await kadec21('config', 'init', path('mine.yaml'));
    expect([status, readFileSync(path('mine.yaml'), 'utf8')]).toEqual([2, 'mine']);
  });

  it.each(['settings', 'calendar'])('prints the JSON Schema of %s', async (kind) => {
    const { stdout } = await kadec21('config', 'schema', kind);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object' });
  });
});

describe('kadec21', () => {
  it.each([[[]], [['dance']], [['send', '--sail']]])('ends with 2 on wrong usage: %j', async (args) => {
    const { status, stdout, stderr } = await kadec21(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  it('tells its version', async () => {
    expect((await kadec21('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
