/**
 * Writes the bytes of a flash as bin, HEX, S-record or UF2. The file appears whole or not at all: it is written
 * under another name in the same folder, and renamed when it is complete.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { StartAddress } from '../../wire/hex-record/contents.ts';
import { encodeIntelHex } from '../../wire/intel-hex.ts';
import type { Segment } from '../../wire/memory-segments.ts';
import { encodeSRecord } from '../../wire/s-record.ts';
import { encodeUf2 } from '../../wire/uf2.ts';
import type { OutputFormat } from './file-format.ts';
import { flatten } from './flatten.ts';
import { ImageInputError } from './image-error.ts';

export interface FlashView {
  readonly format: OutputFormat;
  readonly segments: readonly Segment[];
  readonly erasedValue: number;
  readonly start?: StartAddress;
  /** Of a UF2 file. */
  readonly familyId?: number;
}

/**
 * The file's bytes, in pieces.
 * @throws ImageInputError PAYLOAD_UNUSABLE when a bin file would have to bridge too large a gap
 */
export function encodeView(view: FlashView, name: string): Iterable<Uint8Array> {
  const { segments, start, erasedValue } = view;
  switch (view.format) {
    case 'bin':
      return [flatten(segments, erasedValue, name).bytes];
    case 'hex':
      return encodeIntelHex(segments, start === undefined ? {} : { start });
    case 'srec': {
      const address = start?.kind === 'segment' ? start.cs * 16 + start.ip : start?.address;
      return encodeSRecord(segments, address === undefined ? {} : { start: address });
    }
    case 'uf2':
      return [
        encodeUf2(segments, {
          erasedValue,
          ...(view.familyId === undefined ? {} : { familyId: view.familyId }),
        }),
      ];
  }
}

export interface WritingOptions {
  readonly mode?: number;
  /** Refuses to replace a file. */
  readonly keepExisting?: boolean;
  /** Waits until the bytes are on the disk: for keys, which nobody can make again. */
  readonly isPrecious?: boolean;
}

/** @throws ImageInputError FILE_NOT_WRITTEN; whatever stood at `path` before is then still there */
export function writeWholeFile(
  path: string,
  pieces: Iterable<Uint8Array>,
  options: WritingOptions = {},
): void {
  let file: number | undefined;
  let partial: string | undefined;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (options.keepExisting && there !== undefined) throw alreadyThere(path);
    const target = there === undefined ? path : realpathSync(path);
    // What is no ordinary file (a pipe, /dev/null) cannot be replaced by a rename.
    const isReplaced = there === undefined || there.isFile();
    if (isReplaced) partial = join(dirname(target), `.${basename(target)}.${process.pid}.part`);

    file = openSync(partial ?? target, isReplaced ? 'wx' : 'w', options.mode ?? 0o666);
    for (const piece of pieces) writeAll(file, piece);
    if (options.isPrecious) fsyncSync(file);
    closeSync(file);
    file = undefined;
    if (partial !== undefined) renameSync(partial, target);
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    if (partial !== undefined) rmSync(partial, { force: true });
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    const code = 'code' in cause ? String(cause.code) : 'unknown error';
    throw new ImageInputError('FILE_NOT_WRITTEN', `${path} could not be written (${code}).`, { cause });
  }
}

function alreadyThere(path: string): ImageInputError {
  return new ImageInputError('FILE_EXISTS', `${path} is already there.`, {
    advice: 'Choose another name, or remove the file first.',
  });
}

function writeAll(file: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at, piece.length - at);
}
