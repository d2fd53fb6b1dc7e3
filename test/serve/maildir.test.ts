import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Maildir } from '../../src/serve/maildir.ts';
import { acceptedMail } from './given.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-maildir-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

it('keeps mails in new/, under names of their own, for this user only', () => {
  const path = join(folder, 'box');
  const maildir = new Maildir(path);
  const names = Array.from({ length: 50 }, () => maildir.deliver(acceptedMail()));
  expect(readdirSync(join(path, 'new')).sort()).toEqual(names.sort());
  expect(new Set(names).size).toBe(50);
  expect(readdirSync(join(path, 'tmp'))).toEqual([]);
  expect(statSync(join(path, 'new', names[0] ?? '')).mode & 0o777).toBe(0o600);
});

it('adds what a delivering server adds, and leaves the mail as it is', () => {
  const maildir = new Maildir(folder);
  const mail = acceptedMail({ body: 'line\r\n.dot' });
  const text = readFileSync(join(folder, 'new', maildir.deliver(mail)), 'utf8');
  expect(text).toBe(
    [
      'Return-Path: <moshiri@north-one.example>',
      'Delivered-To: office@north-one.example',
      'Received: from [100.64.0.2] ([100.64.0.2])',
      `\tby mail.north-one.example with ESMTPSA id ${mail.id}`,
      '\tfor <office@north-one.example>;',
      '\tWed, 01 May 2024 06:00:00 +0900',
      Buffer.from(mail.raw).toString().replaceAll('\r\n', '\n'),
    ].join('\n'),
  );
});

it('lets no client write header fields by its envelope', () => {
  const maildir = new Maildir(folder);
  const mail = { ...acceptedMail(), helo: 'a\nX-Evil: 1', from: 'x\r\nBcc: y' };
  const text = readFileSync(join(folder, 'new', maildir.deliver(mail)), 'utf8');
  expect(text).not.toMatch(/^(X-Evil|Bcc)/m);
});

it('says what is wrong where it cannot be', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => new Maildir(join(folder, 'file'))).toThrow(/cannot be a Maildir/);
});
