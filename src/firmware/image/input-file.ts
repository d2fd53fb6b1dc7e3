/**
 * Reads files of every format into addressed pieces. Texts are read piece by piece, so that a HEX file of any
 * size costs its data and not its text.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { decodeElf } from '../../wire/elf.ts';
import type { HexDecoded, StartAddress } from '../../wire/hex-record/contents.ts';
import { IntelHexDecoder } from '../../wire/intel-hex.ts';
import { MAX_COLLECTED_BYTES, type Segment } from '../../wire/memory-segments.ts';
import { SRecordDecoder } from '../../wire/s-record.ts';
import { decodeUf2 } from '../../wire/uf2.ts';
import { type FileFormat, formatByContent, formatByName } from './file-format.ts';
import { ImageInputError } from './image-error.ts';

export interface FileContents {
  readonly format: Exclude<FileFormat, 'json'>;
  /** Sorted, without overlap; a bin file is one piece at address 0. */
  readonly segments: readonly Segment[];
  /** Whether the file itself says where its bytes belong: all but bin. */
  readonly hasAddresses: boolean;
  readonly start?: StartAddress;
  readonly familyId?: number;
  /** For people, with the line. */
  readonly warnings: readonly string[];
}

/** Little enough to stay in the processor's cache while it is decoded. */
const READ_BYTES = 256 * 1024;

/**
 * @param format what to take the file for, whatever it is called
 * @throws ImageInputError FILE_UNREADABLE, PAYLOAD_MALFORMED
 */
export function readAddressedFile(path: string, format?: Exclude<FileFormat, 'json'>): FileContents {
  const named = format ?? formatByName(path);
  const chosen = named === undefined || named === 'json' ? formatByContent(readHead(path)) : named;
  switch (chosen) {
    case 'hex':
    case 'srec':
      return readHexText(path, chosen);
    case 'uf2': {
      const decoded = decodeUf2(readWhole(path));
      if (!decoded.ok) throw malformed(path, `block ${decoded.failure.block}`, decoded.failure.message);
      const familyId = decoded.familyId === undefined ? {} : { familyId: decoded.familyId };
      return { format: 'uf2', segments: decoded.segments, hasAddresses: true, warnings: [], ...familyId };
    }
    case 'elf': {
      const decoded = decodeElf(readWhole(path));
      if (!decoded.ok) throw malformed(path, undefined, decoded.failure.message);
      const start: StartAddress = { kind: 'linear', address: decoded.entry };
      return { format: 'elf', segments: decoded.segments, hasAddresses: true, start, warnings: [] };
    }
    case 'bin': {
      const data = readWhole(path);
      const segments = data.length === 0 ? [] : [{ address: 0, data }];
      return { format: 'bin', segments, hasAddresses: false, warnings: [] };
    }
  }
}

function readHexText(path: string, format: 'hex' | 'srec'): FileContents {
  const decoder = withFile(path, (file) => {
    const { size } = fstatSync(file);
    const reading = format === 'hex' ? new IntelHexDecoder(size) : new SRecordDecoder(size);
    // No Buffer: the decoder's own store is none, and one kind of array everywhere is faster than two.
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const length = readSync(file, buffer, 0, READ_BYTES, null);
      if (length === 0) return reading;
      reading.push(buffer.subarray(0, length));
    }
  });
  const decoded: HexDecoded = decoder.finish();
  if (!decoded.ok) throw malformed(path, `line ${decoded.failure.line}`, decoded.failure.message);
  const { segments, start, warnings } = decoded;
  return {
    format,
    segments,
    hasAddresses: true,
    ...(start === undefined ? {} : { start }),
    warnings: warnings.map(({ line, message }) => `${path}:${line}: ${message}`),
  };
}

function readHead(path: string): Uint8Array {
  return withFile(path, (file) => {
    const buffer = Buffer.alloc(512);
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0));
  });
}

function readWhole(path: string): Uint8Array {
  return withFile(path, (file) => {
    const { size } = fstatSync(file);
    if (size > MAX_COLLECTED_BYTES) {
      const sizes = `${size} bytes, expected at most ${MAX_COLLECTED_BYTES}`;
      throw new ImageInputError('PAYLOAD_UNUSABLE', `${path} is too large for any flash: ${sizes}.`);
    }
    // One read of known length; what is no ordinary file (a pipe) does not know its length.
    if (size === 0) return readFileSync(file);
    const bytes = new Uint8Array(size);
    let length = 0;
    for (let got = -1; got !== 0 && length < size; length += got) {
      got = readSync(file, bytes, length, size - length, null);
    }
    return bytes.subarray(0, length);
  });
}

/** A small text file, such as a key. */
export function readTextFile(path: string): string {
  return withFile(path, (file) => readFileSync(file, 'utf8'));
}

function withFile<Result>(path: string, use: (file: number) => Result): Result {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return use(file);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new ImageInputError('FILE_UNREADABLE', `${path}: ${whyUnreadable(cause)}.`, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const isSystemError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && 'syscall' in cause;

function whyUnreadable({ code }: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'this file may not be read by you',
    EISDIR: 'this is a directory, expected a file',
  };
  return known[code ?? ''] ?? `cannot be read (${code})`;
}

function malformed(path: string, place: string | undefined, message: string): ImageInputError {
  const where = place === undefined ? path : `${path}: ${place}`;
  return new ImageInputError('PAYLOAD_MALFORMED', `${where}: ${message}.`, {
    advice: 'The file is damaged, cut short or of another format.',
  });
}
