import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Kadec21Error } from '../../src/base/errors.ts';
import { imageCommand } from '../../src/cli/image.ts';
import { encodeSettingsRecord } from '../../src/firmware/image/settings-record.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const path = (name: string): string => join(folder, name);
const settings = (name: string): string =>
  new URL(`../../fixtures/settings/${name}.yaml`, import.meta.url).pathname;

/** Runs `kadec21 image ...`: what stands on stdout and stderr, and the exit status or the code of the failure. */
async function image(...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  process.exitCode = undefined;
  const program = new Command()
    .exitOverride()
    .version('0')
    .enablePositionalOptions()
    .addCommand(await imageCommand(args));
  let status: number | string | undefined;
  try {
    await program.parseAsync(['image', ...args], { from: 'user' });
    status = process.exitCode ?? 0;
  } catch (failure) {
    if (failure instanceof CommanderError) status = 'usage';
    else if (failure instanceof Kadec21Error) status = failure.code;
    else throw failure;
  }
  vi.restoreAllMocks();
  process.exitCode = undefined;
  return { status, stdout, stderr, json: () => JSON.parse(stdout) };
}

/** A signed image of release 2.0 with the settings of 2008. */
async function built(name: string, ...options: readonly string[]): Promise<string> {
  const output = path(name);
  const made = await image(
    'build',
    '--app',
    'release:2.0',
    '--version',
    '2.0.1+5',
    '--settings',
    settings('moshiri-2008'),
    '-o',
    output,
    '-q',
    ...options,
  );
  expect(made.status).toBe(0);
  return output;
}

async function key(name = 'key.pem', type = 'ed25519'): Promise<string> {
  const made = await image('keygen', '--type', type, '-o', path(name), '--public', path(`${name}.pub`));
  expect(made.status).toBe(0);
  return path(name);
}

describe('kadec21 image', () => {
  it('makes a key that nobody else can read, and never writes over one', async () => {
    const file = await key();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file);
    expect((await image('keygen', '-o', file)).status).toBe('FILE_EXISTS');
    expect(readFileSync(file)).toEqual(before);
    const device = await image('keygen', '--type', 'device', '-o', path('dev.key'), '--json');
    expect(device.json()).toMatchObject({ schema: 'kadec21/image-keygen/1', type: 'device' });
  });

  it('builds, verifies and inspects, each with one JSON document', async () => {
    const file = await built(
      'a.bin',
      '--key',
      await key(),
      '--security-counter',
      'auto',
      '--dependency',
      '1:1.0.2+7',
    );
    const verified = await image('verify', file, '--key', path('key.pem.pub'), '--json');
    expect(verified).toMatchObject({ status: 0, stderr: '' });
    expect(verified.json()).toMatchObject({ schema: 'kadec21/image-verify/1', ok: true, version: '2.0.1+5' });
    const inspected = await image('inspect', file, '--json');
    expect(inspected.json()).toMatchObject({
      schema: 'kadec21/image-inspect/1',
      release: { version: '2.0' },
      settings: { document: { mail: { auth: { user: 'moshiri', password: '********' } } } },
      tlvs: [
        { name: 'securityCounter', value: 0x2000001 },
        { name: 'dependency', value: 'image 1 >= 1.0.2+7' },
        { name: 'settings' },
        { name: 'sha256' },
        { name: 'keyHash' },
        { name: 'ed25519' },
      ],
    });
    const lines = await image('inspect', file);
    expect(lines.stdout).toContain('mail.auth.password: ********');
    expect(lines.stdout + inspected.stdout).not.toContain('change-me');
  });

  it('verify lists what is wrong with stable codes, and has status 1', async () => {
    const file = await built('a.bin', '--key', await key());
    await key('other.pem');
    const unknown = await image('verify', file, '--key', path('other.pem'));
    expect(unknown).toMatchObject({ status: 1, stdout: expect.stringContaining('IMAGE_UNKNOWN_KEY') });
    const unsigned = await built('b.bin');
    expect((await image('verify', unsigned, '--json')).json()).toMatchObject({
      ok: false,
      reasons: [{ code: 'IMAGE_NOT_SIGNED' }],
      checked: { signature: false, slot: false },
    });
    writeFileSync(path('c.hex'), ':0100000001FF\n');
    const damaged = await image('verify', path('c.hex'), '--json');
    expect(damaged.status).toBe(1);
    expect(damaged.json()).toMatchObject({ reasons: [{ code: 'IMAGE_FILE_MALFORMED' }] });
    expect((await image('verify', path('nothing.bin'))).status).toBe('FILE_UNREADABLE');
  });

  it('signs what was built without a key, padding and all, and refuses to sign twice', async () => {
    const keyFile = await key();
    const unsigned = await built('u.hex', '--pad');
    const signed = path('s.hex');
    expect((await image('sign', unsigned, '--key', keyFile, '-o', signed)).status).toBe(0);
    const direct = await built('d.hex', '--pad', '--key', keyFile);
    expect((await image('diff', signed, direct)).status).toBe(0);
    expect((await image('verify', signed, '--key', keyFile, '--slot-size', '0x180000')).status).toBe(0);
    expect((await image('sign', signed, '--key', keyFile, '-o', path('t.hex'))).status).toBe(
      'IMAGE_ALREADY_SIGNED',
    );
    const other = await key('rsa.pem', 'rsa-2048');
    expect((await image('sign', signed, '--key', other, '--replace', '-o', path('t.bin'))).status).toBe(0);
    expect((await image('verify', path('t.bin'), '--key', other)).status).toBe(0);
  });

  it('compares two images field by field and settings by path, without any secret', async () => {
    const keyFile = await key();
    const one = await built('a.bin', '--key', keyFile);
    const text = readFileSync(settings('moshiri-2008'), 'utf8');
    writeFileSync(
      path('other.yaml'),
      text.replace('change-me', 'winter-2008').replace('port: 587', 'port: 465'),
    );
    const two = path('b.hex');
    await image(
      'build',
      '--app',
      'release:2.0',
      '--settings',
      path('other.yaml'),
      '--key',
      keyFile,
      '-o',
      two,
      '--confirm',
    );
    const compared = await image('diff', one, two, '--json');
    expect(compared.status).toBe(1);
    const paths = compared.json().differences.map((difference: { path: string }) => difference.path);
    expect(paths).toEqual([
      'version',
      'tlv.sha256',
      'tlv.ed25519',
      'settings.mail.auth.password',
      'settings.mail.server.port',
      'trailer',
    ]);
    const lines = await image('diff', one, two);
    expect(lines.stdout).toContain('settings.mail.server.port: 587 -> 465');
    expect(lines.stdout).toContain('settings.mail.auth.password: changed (not shown)');
    expect(lines.stdout + compared.stdout).not.toMatch(/change-me|winter-2008/);
    expect(await image('diff', one, one)).toMatchObject({ status: 0, stdout: 'no difference\n' });
  });

  it('converts there and back, and moves to another base address', async () => {
    const data = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) & 0xff);
    writeFileSync(path('a.bin'), data);
    const formats = ['a.hex', 'a.s37', 'a.uf2', 'b.bin'];
    let from = path('a.bin');
    for (const name of formats) {
      const base = from.endsWith('a.bin') ? ['--base', '0x0801ff00'] : [];
      expect((await image('convert', from, ...base, '-o', path(name))).status).toBe(0);
      from = path(name);
    }
    expect(new Uint8Array(readFileSync(path('b.bin')).subarray(0, data.length))).toEqual(data);
    const moved = await image('convert', path('a.hex'), '--base', '1M', '-o', path('m.hex'), '--json');
    expect(moved.json().segments).toEqual([{ address: 0x100000, length: 70_000 }]);
    expect((await image('convert', path('a.bin'), '-o', path('n.uf2'))).status).toBe('USAGE');
    expect((await image('convert', path('a.hex'), '--base', '0xfffffff0', '-o', path('n.hex'))).status).toBe(
      'USAGE',
    );
  });

  it('refuses arguments that cannot be, before anything is written', async () => {
    const before = readdirSync(folder);
    const wrong = [
      ['--version', '1.2.x'],
      ['--align', '3'],
      ['--swap-mode', 'sideways'],
      ['--header-size', '-1'],
      ['--custom-tlv', '0x0050=x'],
      ['--dependency', '1'],
      ['--security-counter', '4294967296'],
    ];
    for (const options of wrong) {
      expect((await image('build', '--app', 'release:2.0', '-o', path('x.bin'), ...options)).status).toBe(
        'usage',
      );
    }
    expect((await image('build', '-o', path('x.bin'))).status).toBe('usage');
    expect(
      (await image('build', '--app', 'release:2.0', '--slot-size', '1000', '-o', path('x.bin'))).status,
    ).toBe('USAGE');
    expect((await image('inspect', settings('moshiri-2008'))).status).toBe('IMAGE_MALFORMED');
    expect(readdirSync(folder)).toEqual(before);
  });

  it('warns of what was not checked, on stderr and not with --quiet', async () => {
    const file = await built('a.bin', '--key', await key());
    expect((await image('verify', file)).stderr).toContain('Whose signature it is was not checked');
    expect((await image('verify', file, '--quiet')).stderr).toBe('');
  });

  it('shows a settings record of a schema that it does not know, but does not believe it', async () => {
    const record = encodeSettingsRecord({
      schemaVersion: 9,
      generation: 0,
      deviceKeyId: new Uint8Array(8),
      document: { a: 1 },
    });
    const tlv = `0x21a0=0x${Buffer.from(record).toString('hex')}`;
    const output = path('n.bin');
    await image('build', '--app', 'release:2.0', '--custom-tlv', tlv, '--key', await key(), '-o', output);
    expect((await image('inspect', output, '--json')).json().settings).toMatchObject({ schemaVersion: 9 });
    expect((await image('verify', output, '--json')).json().reasons).toMatchObject([
      { code: 'IMAGE_BAD_SETTINGS' },
    ]);
  });
});
