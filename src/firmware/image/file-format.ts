/** The formats that bytes for a flash come in, told by the file's name or, failing that, by how it begins. */
import { extname } from 'node:path';
import { isElf } from '../../wire/elf.ts';

export type OutputFormat = 'bin' | 'hex' | 'srec' | 'uf2';
export type FileFormat = OutputFormat | 'elf' | 'json';

export const OUTPUT_FORMATS: readonly OutputFormat[] = ['bin', 'hex', 'srec', 'uf2'];

const BY_EXTENSION: Readonly<Record<string, FileFormat>> = {
  '.bin': 'bin',
  '.img': 'bin',
  '.hex': 'hex',
  '.ihex': 'hex',
  '.ihx': 'hex',
  '.srec': 'srec',
  '.s19': 'srec',
  '.s28': 'srec',
  '.s37': 'srec',
  '.mot': 'srec',
  '.uf2': 'uf2',
  '.elf': 'elf',
  '.axf': 'elf',
  '.json': 'json',
};

export function formatByName(path: string): FileFormat | undefined {
  return BY_EXTENSION[extname(path).toLowerCase()];
}

/** @param head the first bytes of the file, some hundred are enough */
export function formatByContent(head: Uint8Array): Exclude<FileFormat, 'json'> {
  if (isElf(head)) return 'elf';
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64)).toString('latin1');
  if (text.startsWith('UF2\n')) return 'uf2';
  if (/^\s*:[0-9a-f]{10}/i.test(text)) return 'hex';
  if (/^\s*S[0-9][0-9a-f]{6}/i.test(text)) return 'srec';
  return 'bin';
}

export function isOutputFormat(format: string): format is OutputFormat {
  return OUTPUT_FORMATS.some((known) => known === format);
}
