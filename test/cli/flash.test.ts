import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Kadec21Error } from '../../src/base/errors.ts';
import { flashCommand } from '../../src/cli/flash.ts';
import { imageCommand } from '../../src/cli/image.ts';
import { bootFlashFile } from '../../src/firmware/boot/boot-flash-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-flash-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const path = (name: string): string => join(folder, name);
const settings = (name: string): string =>
  new URL(`../../fixtures/settings/${name}.yaml`, import.meta.url).pathname;

/** Runs `kadec21 ...`: what stands on stdout and stderr, and the exit status or the code of the failure. */
async function kadec21(...args: readonly string[]) {
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
    .addCommand(await imageCommand(args.slice(1)))
    .addCommand(flashCommand());
  let status: number | string | undefined;
  try {
    await program.parseAsync(args, { from: 'user' });
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

const good = async (...args: readonly string[]) => {
  const made = await kadec21(...args);
  expect(made, args.join(' ')).toMatchObject({ status: 0 });
  return made;
};

const device = (): string => path('n2.flash');

/** A flash whose bootloader knows a key, and signed images of two releases. */
async function fleet(...init: readonly string[]): Promise<void> {
  await good('image', 'keygen', '--type', 'ed25519', '-o', path('key.pem'));
  await good('flash', 'init', device(), '--key', path('key.pem'), ...init);
  for (const release of ['2.0', '2.1']) {
    const app = [
      '--app',
      `release:${release}`,
      '--settings',
      settings('moshiri-2008'),
      '--key',
      path('key.pem'),
    ];
    await good('image', 'build', ...app, '-o', path(`${release}.bin`), '-q');
  }
  await good('flash', 'write', device(), path('2.0.bin'), '--to', 'slot0');
}

describe('kadec21 flash', () => {
  it('boots what a factory wrote, tries an update, keeps it when it is confirmed', async () => {
    await fleet();
    expect((await good('flash', 'boot', device())).stdout).toContain('boots 2.0.0+0 from slot 0');
    await good('flash', 'write', device(), path('2.1.bin'), '--test');
    const trial = (await good('flash', 'boot', device(), '--json')).json();
    expect(trial).toMatchObject({
      schema: 'kadec21/flash-boot/1',
      swapType: 'test',
      action: 'swapped',
      isOnTrial: true,
    });
    expect((await good('flash', 'confirm', device(), '--json')).json()).toMatchObject({ changed: true });
    expect((await good('flash', 'boot', device())).stdout).toContain('boots 2.1.0+0');
    const info = (await good('flash', 'info', device(), '--json')).json();
    expect(info).toMatchObject({ nextSwap: 'none', slot0: { release: '2.1' }, slot1: { release: '2.0' } });
    expect(info.eraseCounts.slot0.most).toBeGreaterThan(0);
  });

  it('goes back when an update is not confirmed', async () => {
    await fleet('--swap-mode', 'move');
    await good('flash', 'write', device(), path('2.1.bin'), '--test');
    await good('flash', 'boot', device());
    expect((await good('flash', 'boot', device())).stdout).toContain('boots 2.0.0+0');
  });

  it('gives the firmware its release and its settings, the password open', async () => {
    await fleet();
    const fromImage = bootFlashFile(device());
    expect(fromImage).toMatchObject({ settingsFrom: 'image', release: { version: '2.0' } });
    await good('flash', 'write', device(), settings('moshiri-2008'), '--to', 'settings');
    const booted = bootFlashFile(device());
    expect(booted).toMatchObject({ settingsFrom: 'partition', report: { isBootable: true } });
    const { auth } = booted.settings.mail;
    const password = auth.mechanism === 'none' ? '' : auth.password.reveal();
    expect(password.length).toBeGreaterThan(6);
    expect(readFileSync(device()).includes(password)).toBe(false);
    expect((await good('flash', 'info', device())).stdout).not.toContain(password);
  });

  it('reads a slot out as it was written, and a whole flash as a file for a programmer', async () => {
    await fleet();
    await good('flash', 'read', device(), '--from', 'slot0', '-o', path('slot.bin'));
    const image = readFileSync(path('2.0.bin'));
    expect(readFileSync(path('slot.bin')).subarray(0, image.length).equals(image)).toBe(true);
    const hex = ['--target', 'flash', '--settings', settings('moshiri-2008'), '--key', path('key.pem')];
    await good('image', 'build', '--app', 'release:2.1', ...hex, '-o', path('factory.hex'), '-q');
    await good('flash', 'write', device(), path('factory.hex'), '--to', 'flash');
    expect(bootFlashFile(device())).toMatchObject({ settingsFrom: 'partition', release: { version: '2.1' } });
  });

  it('ends with status 1 and says why when nothing boots', async () => {
    await good('flash', 'init', device(), '-q');
    const booted = await kadec21('flash', 'boot', device(), '-q');
    expect(booted).toMatchObject({ status: 1 });
    expect(booted.stdout).toContain('IMAGE_BAD_MAGIC');
    expect(() => bootFlashFile(device())).toThrow(expect.objectContaining({ code: 'BOOT_NOTHING_BOOTABLE' }));
  });

  it('refuses files that are no flash, layouts that cannot be, and to replace a flash', async () => {
    expect(await kadec21('flash', 'boot', path('missing'))).toMatchObject({
      status: 'FLASH_FILE_UNREADABLE',
    });
    writeFileSync(path('text'), 'not a flash');
    expect(await kadec21('flash', 'info', path('text'))).toMatchObject({ status: 'FLASH_FILE_INVALID' });
    await good('flash', 'init', device(), '-q');
    expect(await kadec21('flash', 'init', device())).toMatchObject({ status: 'FLASH_FILE_EXISTS' });
    truncateSync(device(), 100_000);
    expect(await kadec21('flash', 'boot', device())).toMatchObject({ status: 'FLASH_FILE_INVALID' });
    const odd = await kadec21('flash', 'init', path('odd'), '--slot-size', '1000');
    expect(odd).toMatchObject({ status: 'FLASH_LAYOUT_INVALID' });
    expect(existsSync(path('odd'))).toBe(false);
    expect(await kadec21('flash', 'init', path('odd'), '--swap-mode', 'twist')).toMatchObject({
      status: 'usage',
    });
  });

  it('keeps erase counts and the security counter beside the flash', async () => {
    await fleet();
    expect(statSync(device()).size).toBe(4 * 1024 * 1024);
    rmSync(`${device()}.wear`);
    const info = (await good('flash', 'info', device(), '--json')).json();
    expect(info.eraseCounts.slot0.most).toBe(0);
    expect(existsSync(`${device()}.wear`)).toBe(false);
  });
});
