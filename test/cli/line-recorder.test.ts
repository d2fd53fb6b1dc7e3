import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadRecording } from '../../src/config/recording-file.ts';
import { fixture, kadec21 } from './kadec21.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadec21-recorder-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('keeps each session of kadec21 send in a file of its own, secrets masked where that is asked for', async () => {
  const settings = fixture('settings/moshiri-as-shipped.yaml');
  const file = join(folder, 'field.jsonl');
  const what = ['--settings', settings, '--at', '2008-10-15', '--for', '10min', '--quiet'];
  const { status } = await kadec21('send', ...what, '--record', file, '--redact');
  expect(status).toBe(1);
  expect(existsSync(join(folder, 'field-3.jsonl'))).toBe(false);
  for (const name of ['field.jsonl', 'field-2.jsonl']) {
    const { header, events } = await loadRecording(join(folder, name));
    expect(header).toMatchObject({ port: 'sim', isRedacted: true });
    expect(events.length).toBeGreaterThan(50);
    expect(readFileSync(join(folder, name), 'utf8')).toContain('ATD*99**24#');
  }
}, 120_000);
