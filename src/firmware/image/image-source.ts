/** Reads an image from a file of any format: one run of bytes that begins with the header. */
import type { StartAddress } from '../../wire/hex-record/contents.ts';
import type { FileFormat } from './file-format.ts';
import { flatten } from './flatten.ts';
import { readAddressedFile } from './input-file.ts';

export interface ImageSource {
  readonly path: string;
  readonly format: Exclude<FileFormat, 'json'>;
  readonly bytes: Uint8Array;
  /** Where the file says that its first byte belongs; undefined for a bin file. */
  readonly base?: number;
  readonly start?: StartAddress;
  readonly warnings: readonly string[];
}

/** @throws ImageInputError FILE_UNREADABLE, PAYLOAD_MALFORMED, PAYLOAD_UNUSABLE */
export function readImageFile(path: string, erasedValue = 0xff): ImageSource {
  const { format, segments, hasAddresses, start, warnings } = readAddressedFile(path);
  const { base, bytes } = flatten(segments, erasedValue, path);
  return {
    path,
    format,
    bytes,
    warnings,
    ...(hasAddresses ? { base } : {}),
    ...(start === undefined ? {} : { start }),
  };
}
