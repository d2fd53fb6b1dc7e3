/** `kadec21 replay` as a user runs it: over a pty, with `kadec21 send` at the other end. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AS_SHIPPED, recordedMail } from '../replay/recorded-mail.ts';
import { type Finished, kadec21 } from './kadec21.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-replay-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function there(path: string): Promise<void> {
  for (let turn = 0; !existsSync(path) && turn < 200; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The recording at one end of a pty, a device that sends its mail at the other. */
async function sentTo(recording: string): Promise<{ replay: Finished; send: Finished }> {
  const file = join(folder, 'mail.jsonl');
  const link = join(folder, 'module');
  writeFileSync(file, recording);
  const playing = kadec21('replay', file, '--pty', link, '--json', '--quiet', '--timeout', '10s');
  await there(link);
  const send = await kadec21('send', '--settings', AS_SHIPPED, '--line', link, '--quiet');
  return { send, replay: await playing };
}

describe('kadec21 replay', { timeout: 180_000 }, () => {
  it('plays the module to a device that sends the same mail: exit 0, and the mail counts as delivered', async () => {
    const { replay, send } = await sentTo(await recordedMail('no signals'));
    const { schema, difference } = JSON.parse(replay.stdout);
    expect([schema, difference]).toEqual(['kadec21/replay/1', undefined]);
    expect([replay.status, send.status]).toEqual([0, 0]);
    expect(existsSync(join(folder, 'module'))).toBe(false);
  });

  it('stops at the first command that is another one: exit 1', async () => {
    const recording = (await recordedMail('no signals')).replace('"text":"ATD', '"text":"ATDT1');
    const { replay } = await sentTo(recording);
    expect(replay.status).toBe(1);
    expect(JSON.parse(replay.stdout)).toMatchObject({
      outcome: 'different',
      difference: { expected: expect.stringContaining('ATDT1'), found: expect.stringContaining('ATD') },
    });
  });

  it('ends with 3 where no device comes', async () => {
    const file = join(folder, 'mail.jsonl');
    writeFileSync(file, await recordedMail('no signals'));
    const { status, stderr } = await kadec21('replay', file, '--tcp', '0', '--wait', '1s');
    expect([status, stderr]).toEqual([3, expect.stringContaining('No device came')]);
  });

  it.each([
    [[], '--pty LINK'],
    [['--pty', 'a', '--tcp', '0'], 'one line'],
    [['--as', 'device'], '--line'],
    [['--pty', 'a', '--speed', 'fast'], 'real, max'],
  ])('is used wrongly: %j ends with 2', async (args, told) => {
    const file = join(folder, 'mail.jsonl');
    writeFileSync(file, await recordedMail('no signals'));
    const { status, stderr } = await kadec21('replay', file, ...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(told)]);
  });

  it('names the line of a file that is no recording: exit 2', async () => {
    const file = join(folder, 'other.json');
    writeFileSync(file, '{"schema":"other"}\n');
    const { status, stderr } = await kadec21('replay', file, '--tcp', '0');
    expect([status, stderr]).toEqual([2, expect.stringContaining(`${file}:1`)]);
  });
});
