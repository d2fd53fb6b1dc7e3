/**
 * What a case leaves behind that did not pass: its time line as a page, trace, captures, mails, flash images, the
 * result, and the command that runs it again.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ms } from '../../base/units.ts';
import { formatPreciseInstant } from '../../config/japan-time.ts';
import { writeWholeFile } from '../../firmware/image/output-file.ts';
import type { CaseResult, EvidenceEvent } from '../case-result.ts';
import { timelinePage } from './timeline-page.ts';

/** More mails than these are not evidence any more; the first ones tell how it began. */
const MOST_MAILS = 200;

/**
 * @param out folder of the whole run
 * @returns the folder that was written, seen from `out`
 */
export function keepEvidence(out: string, result: CaseResult, replay: string): string {
  const folder = join('evidence', folderName(result));
  const path = join(out, folder);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  const write = (name: string, content: string | Uint8Array) =>
    writeWholeFile(join(path, name), [typeof content === 'string' ? Buffer.from(content) : content]);

  const { evidence, ...summary } = result;
  write('timeline.html', timelinePage(result, replay));
  write('trace.txt', evidence.events.map(traceLine).join(''));
  write('result.json', `${JSON.stringify({ ...summary, replay }, null, 2)}\n`);
  write('replay.sh', `#!/bin/sh\nexec ${replay} "$@"\n`);
  for (const [device, capture] of Object.entries(evidence.captures)) {
    write(`${plain(device)}.pcapng`, Buffer.from(capture, 'base64'));
  }
  for (const [device, flash] of Object.entries(evidence.flashes)) {
    write(`${plain(device)}.flash`, gunzipSync(Buffer.from(flash, 'base64')));
  }
  for (const [index, { raw }] of result.mails.slice(0, MOST_MAILS).entries()) {
    write(`mail-${index + 1}.eml`, Buffer.from(raw, 'base64'));
  }
  return folder;
}

/** Readable, valid on every file system, and different for different cases and seeds. */
function folderName({ id, name, seed }: CaseResult): string {
  const mark = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `${plain(name).slice(0, 60)}-${mark}-seed-${seed}`;
}

const plain = (text: string): string =>
  text.replace(/[^A-Za-z0-9_]+/g, '-').replace(/^-+|-+$/g, '') || 'case';

const traceLine = ({ at, device, layer, direction, text }: EvidenceEvent): string =>
  `${formatPreciseInstant(ms(at))} ${(device ?? '-').padEnd(12)} ${layer.padEnd(8)} ${direction} ${text}\n`;
