/** `kadec21 serve` as a process: what it says of wrong options, how it ends, and its keys. */
import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { northOneCertificate } from '../../src/aunet/certificates/north-one.ts';
import { command, kadec21 } from './kadec21.ts';

/** Processes start and end here, on a machine that may be busy. */
const PATIENCE_MS = 120_000;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-serve-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !isSo(); ) {
    if (performance.now() > end) {
      throw new Error(`${what} did not come`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('an option that does not go with the others', { timeout: PATIENCE_MS }, () => {
  it.each([
    [['serve'], 'There is no line: give --pty LINK'],
    [['serve', '--tcp', '0', '--pap', '--chap'], '--pap and --chap exclude each other'],
    [['serve', '--pty', 'a', '--pty', 'b', '--count', '2'], '--count multiplies one --pty LINK'],
    [['send', '--device-key', 'key.json'], '--device-key opens what a flash holds'],
  ])('%j is told in a sentence: exit 2', async (args, sentence) => {
    const { status, stdout, stderr } = await kadec21(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stderr).toContain(sentence);
  });
});

describe('a module without a cell', { timeout: PATIENCE_MS }, () => {
  it.each([
    [['--at', '2024-05-01'], /^On 2024-05-01 there is no cell for the module dual-band, and no call/],
    [['--at', '2024-05-01', '--module', '3gpp'], /^(?!.*no cell)/s],
    [['--at', '2008-10-15'], /^(?!.*no cell)/s],
  ])('is told of at the start: %j', async (args, says) => {
    const { status, stderr } = await kadec21('serve', '--tcp', '0', '--for', '1s', ...args);
    expect(status).toBe(0);
    expect(stderr).toMatch(says);
  });
});

it('writes the authority that a device under test has to trust', { timeout: PATIENCE_MS }, async () => {
  const file = join(folder, 'ca.pem');
  const { status } = await kadec21('serve', '--tcp', '0', '--for', '1s', '--authority', file);
  expect(status).toBe(0);
  const authority = new X509Certificate(readFileSync(file));
  expect(authority.ca).toBe(true);
  expect(new X509Certificate(northOneCertificate.certificatePem).verify(authority.publicKey)).toBe(true);
});

describe('a station', { timeout: 2 * PATIENCE_MS }, () => {
  const everything = ['--pty', 'modem', '--unix', 'socket', '--control', 'control', '--trace', 'trace'];

  async function started(...args: readonly string[]): Promise<{ child: ChildProcess; said: () => string }> {
    const child = spawn(process.execPath, [command, 'serve', ...args], { cwd: folder, stdio: 'pipe' });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (part) => {
        text += part;
      });
    }
    const lines = args.filter((arg) => ['--pty', '--unix', '--tcp'].includes(arg)).length;
    await until('ready', () => text.split(': ready').length > lines);
    return { child, said: () => text };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('ends by %s with %i, and leaves nothing behind but its files', async (signal, status) => {
    const { child, said } = await started(...everything);
    expect(lstatSync(join(folder, 'modem')).isSymbolicLink()).toBe(true);
    child.kill(signal);
    expect(await once(child, 'exit'), said()).toEqual([status, null]);
    expect(readdirSync(folder)).toEqual(['trace']);
  });

  it('is refused the files of another one', async () => {
    const { child } = await started('--tcp', '0', '--pcap', 'line.pcapng');
    const second = await kadec21('serve', '--tcp', '0', '--pcap', join(folder, 'line.pcapng'), '--for', '1s');
    expect(second).toMatchObject({ status: 2, stdout: '' });
    expect(second.stderr).toContain(`is written to already, by process ${child.pid}`);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(existsSync(join(folder, 'line.pcapng.lock'))).toBe(false);
  });

  it.each([
    ['q', 0],
    ['\u0003', 130],
  ])(
    'on a terminal shows its state, takes a fault, cuts the power, and ends by %j with %i',
    async (key, status) => {
      const terminal = spawnOnTerminal(process.execPath, [command, 'serve', '--pty', 'modem'], {
        cwd: folder,
        cols: 200,
      });
      let text = '';
      terminal.onData((part) => {
        text += part;
      });
      const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
      const answers = (keys: string, answer: RegExp) => {
        const from = text.length;
        terminal.write(keys);
        return until(String(answer), () => answer.test(text.slice(from)));
      };
      await until('help', () => /q quit/.test(text));
      await answers('?', /p power cycle of all modules/);
      await answers('s', /"schema": "kadec21\/serve-status/);
      await answers('f', /fault> $/);
      // The backspace takes the last letter away.
      await answers('busyx\u007f@times=2\r', /"spec": "busy@times=2"/);
      await answers('f', /"id": 1.*fault> $/s);
      await answers('-1\r', /"removed": 1/);
      await answers('f', /fault> $/);
      await answers('dusy\r', /did you mean "busy"/);
      await answers('p', /"modem"/);
      terminal.write(key);
      expect(await ended).toBe(status);
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});
