import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CaseResult } from '../../../src/scenario/case-result.ts';
import { Snapshots, snapshotPath } from '../../../src/scenario/suite/snapshot.ts';
import { givenResult } from './given.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-snapshot-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const mail: CaseResult['mails'][number] = {
  id: 'q1',
  messageId: '<1@unit>',
  at: 0,
  device: 'unit',
  host: 'mail.north-one.example',
  port: 587,
  tls: true,
  auth: 'CRAM-MD5',
  from: 'unit@north-one.example',
  to: ['snow@north-one.example'],
  headerFrom: '',
  headerTo: [],
  subject: '積雪深',
  text: '',
  attachments: [],
  raw: '',
};

const given = (changes: Partial<CaseResult> = {}) => {
  const file = join(folder, 'story.yaml');
  return givenResult('delivers', { file, id: `${file}#delivers`, mails: [mail], ...changes });
};

const taken = () => {
  const snapshots = new Snapshots(true);
  snapshots.review(given());
  return snapshots.write();
};

test('a case without a snapshot is judged by its expectations alone', () => {
  expect(new Snapshots(false).review(given())).toEqual(given());
  expect(existsSync(snapshotPath(join(folder, 'story.yaml')))).toBe(false);
});

test('--update writes what there is, once', () => {
  expect(taken()).toEqual([join(folder, 'story.snapshot.json')]);
  expect(taken()).toEqual([]);
  expect(readFileSync(join(folder, 'story.snapshot.json'), 'utf8')).toContain('"subject": "積雪深"');
});

test('what hangs on the seed makes no difference', () => {
  taken();
  const other = given({ seed: 2, mails: [{ ...mail, id: 'q9', messageId: '<2@unit>', at: 99 }] });
  expect(new Snapshots(false).review(other).verdict).toBe('passed');
});

test('names what has changed, and how to take it over', () => {
  taken();
  const changed = new Snapshots(false).review(given({ mails: [{ ...mail, port: 25 }] }));
  expect(changed.verdict).toBe('failed');
  expect(changed.failures).toEqual([
    expect.objectContaining({ path: 'snapshot.mails.0.port', expected: '587', found: '25' }),
  ]);
  expect(changed.failures[0]?.message).toMatch(
    /^mails\.0\.port is not what the snapshot .* --update takes it over/,
  );
});

test('a mail that is missing is a difference', () => {
  taken();
  expect(new Snapshots(false).review(given({ mails: [] })).failures).toHaveLength(1);
});
