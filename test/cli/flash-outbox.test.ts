import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixture, kadec21In } from './kadec21.ts';

let folder = '';
const kadec21 = async (status: number, ...args: readonly string[]) => {
  const made = await kadec21In(folder, args);
  expect(made.status, made.stdout + made.stderr).toBe(status);
  return made.stdout;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-outbox-'));
  const settings = fixture('settings/moshiri-moved.yaml');
  await kadec21(0, 'image', 'build', '--app', 'release:2.1', '--settings', settings, '-o', 'n2.bin', '-q');
  await kadec21(0, 'flash', 'init', 'n2.flash', '-q');
  await kadec21(0, 'flash', 'write', 'n2.flash', 'n2.bin', '--to', 'slot0', '-q');
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('sends in the next run what a run could not deliver, with its Message-ID, once', async () => {
  const send = (status: number, ...more: readonly string[]) =>
    kadec21(status, 'send', '--flash', 'n2.flash', '--json', '-q', ...more);
  const failed = JSON.parse(await send(1, '--at', '2012-08-01', '--module', 'existing'));
  const [{ messageId }] = failed.mails;
  expect(await kadec21(0, 'flash', 'info', 'n2.flash')).toContain(messageId);
  const again = JSON.parse(await send(1, '--at', '2012-08-03', '--module', 'existing'));
  expect(again.mails).toMatchObject([{ messageId, attempts: 2 }]);

  const sent = JSON.parse(await send(0, '--at', '2012-08-05'));
  expect(sent.mails).toMatchObject([{ messageId, status: 'delivered', attempts: 3 }]);
  const info = JSON.parse(await kadec21(0, 'flash', 'info', 'n2.flash', '--json'));
  expect(info.outbox).toMatchObject({ waiting: [], dropped: 0, damaged: 0 });
}, 180_000);
