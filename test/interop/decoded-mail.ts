/** What Python's email package and ripmime make of a mail of ours. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixture } from '../cli/kadec21.ts';
import { run } from './programs.ts';

const script = fileURLToPath(new URL('decode-mail.py', import.meta.url));

export interface DecodedMail {
  readonly defects: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly messageId: string;
  readonly date: string;
  readonly charset: string;
  readonly body: string;
  readonly attachments: readonly { readonly name: string; readonly type: string; readonly base64: string }[];
}

export const decodedByPython = (raw: Uint8Array): DecodedMail =>
  JSON.parse(run('python3', [script], raw).toString());

/** @returns the part of that name, as ripmime unpacks it */
export function unpackedByRipmime(raw: Uint8Array, name: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'kadec21-ripmime-'));
  try {
    run('ripmime', ['-i', '-', '-d', folder], raw);
    return readFileSync(join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const measurementsFile = fixture('data/moshiri-2004-02.csv');

/** The file of measurements as an attachment has it: the same, with the line ends of RFC 4180 §2. */
export const expectedCsv = (): Buffer =>
  Buffer.from(readFileSync(measurementsFile, 'latin1').replaceAll('\n', '\r\n'), 'latin1');
