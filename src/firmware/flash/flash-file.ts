/**
 * A flash in a file: byte for byte what a programmer would read out of the chip. Each operation goes into the
 * file when it is performed and before the next one, so that killing the process is what a power cut is to the
 * device: the next boot goes on from there. A new file appears whole or not at all.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import {
  type BootConfig,
  bootConfigProblem,
  decodeBootConfig,
  encodeBootConfig,
  MAX_BOOT_CONFIG_BYTES,
} from '../boot/boot-config.ts';
import { writeWholeFile } from '../image/output-file.ts';
import { FlashFileError } from './flash-error.ts';
import { MAX_FLASH_BYTES } from './layout.ts';
import { type FlashStore, NorFlash } from './nor-flash.ts';
import { decodeWear, encodeWear, type Wear, wearPath, wearPlace } from './wear-file.ts';

/** A flash file that is open; `close` when done. */
export interface FlashFile {
  readonly path: string;
  readonly flash: NorFlash;
  readonly config: BootConfig;
  close(): void;
}

/**
 * Makes an erased flash with a bootloader.
 * @param replace whether a file that is there may go
 * @throws FlashFileError FLASH_LAYOUT_INVALID, FLASH_FILE_EXISTS
 * @throws ImageInputError FILE_NOT_WRITTEN
 */
export function createFlashFile(path: string, config: BootConfig, replace = false): void {
  const problem = bootConfigProblem(config);
  if (problem !== undefined) {
    throw new FlashFileError('FLASH_LAYOUT_INVALID', `No flash can have ${problem}.`);
  }
  if (!replace && existsSync(path)) {
    throw new FlashFileError('FLASH_FILE_EXISTS', `${path} is already there.`, {
      advice: 'Choose another name, or give --force to make a new flash of it.',
    });
  }
  const { size, sectorSize, erasedValue } = config.layout;
  const bytes = new Uint8Array(size).fill(erasedValue);
  bytes.set(encodeBootConfig(config));
  const wear: Wear = { securityCounter: 0, eraseCounts: new Uint32Array(size / sectorSize) };
  writeWholeFile(wearPath(path), [encodeWear(wear)]);
  writeWholeFile(path, [bytes]);
}

/**
 * @param access `read` leaves the file as it is: what is performed on the flash is in memory only
 * @throws FlashFileError FLASH_FILE_UNREADABLE, FLASH_FILE_INVALID
 */
export function openFlashFile(path: string, access: 'read' | 'write'): FlashFile {
  const file = openFile(path, access);
  try {
    const bytes = readWhole(file, path);
    const config = decodeBootConfig(bytes.subarray(0, MAX_BOOT_CONFIG_BYTES), path);
    const { layout } = config;
    if (bytes.length !== layout.size) {
      const sizes = `${bytes.length} bytes, its bootloader knows ${layout.size}`;
      throw new FlashFileError(
        'FLASH_FILE_INVALID',
        `${path} is cut short or longer than its flash: ${sizes}.`,
      );
    }
    const wear = readWear(path, layout.size / layout.sectorSize);
    if (access === 'read') {
      closeSync(file);
      return { path, flash: new NorFlash({ layout, bytes, ...wear }), config, close: () => {} };
    }
    writeWholeFile(wearPath(path), [encodeWear(wear)]);
    const wearFile = openFile(wearPath(path), 'write');
    const flash = new NorFlash({ layout, bytes, ...wear, store: storeIn(file, wearFile) });
    const close = (): void => {
      closeSync(file);
      closeSync(wearFile);
    };
    return { path, flash, config, close };
  } catch (failure) {
    closeSync(file);
    throw failure;
  }
}

/** Opens a flash file, works on it and closes it, whatever happens. */
export function withFlashFile<Result>(
  path: string,
  access: 'read' | 'write',
  use: (file: FlashFile) => Result,
): Result {
  const file = openFlashFile(path, access);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

function storeIn(file: number, wearFile: number): FlashStore {
  const number = Buffer.alloc(4);
  const writeNumber = (value: number, at: number): void => {
    number.writeUInt32LE(value >>> 0);
    writeAll(wearFile, number, at);
  };
  return {
    changed: (offset, bytes) => writeAll(file, bytes, offset),
    erased: (sector, count) => writeNumber(count, wearPlace.eraseCount(sector)),
    counted: (securityCounter) => writeNumber(securityCounter, wearPlace.securityCounter),
  };
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
}

function openFile(path: string, access: 'read' | 'write'): number {
  try {
    return openSync(path, access === 'read' ? 'r' : 'r+');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function readWhole(file: number, path: string): Uint8Array {
  const stat = fstatSync(file);
  if (!stat.isFile() || stat.size > MAX_FLASH_BYTES) {
    const why = stat.isFile() ? `${stat.size} bytes, at most ${MAX_FLASH_BYTES}` : 'no ordinary file';
    throw new FlashFileError('FLASH_FILE_INVALID', `${path} is no flash of the emulation: ${why}.`);
  }
  const bytes = new Uint8Array(stat.size);
  let length = 0;
  for (let got = -1; got !== 0 && length < bytes.length; length += got) {
    got = readSync(file, bytes, length, bytes.length - length, length);
  }
  return bytes.subarray(0, length);
}

/** A file that is missing, or another flash's, counts as none. */
function readWear(path: string, sectors: number): Wear {
  const none: Wear = { securityCounter: 0, eraseCounts: new Uint32Array(sectors) };
  try {
    return decodeWear(readFileSync(wearPath(path)), sectors) ?? none;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return none;
    throw unreadable(wearPath(path), cause);
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';

function unreadable(path: string, cause: unknown): FlashFileError {
  const code = codeOf(cause);
  if (code === 'unknown error') throw cause;
  const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be opened (${code})`;
  return new FlashFileError('FLASH_FILE_UNREADABLE', `${path}: ${why}.`, {
    cause,
    ...(code === 'ENOENT' ? { advice: 'Make one with: kadec21 flash init FILE' } : {}),
  });
}
