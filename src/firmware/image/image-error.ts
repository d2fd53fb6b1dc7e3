/** What goes wrong with an image (exit status 1) or with what an image is made from (exit status 2). */
import { type ErrorDetails, Kadec21Error } from '../../base/errors.ts';

export type ImageErrorCode =
  /** No MCUboot image, or one whose parts contradict one another. */
  | 'IMAGE_MALFORMED'
  /** A bootloader with this slot, sector size and swap mode would refuse it. */
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_ALREADY_SIGNED'
  /** The protected TLVs, settings among them, do not fit into the 64 KiB that the format has for them. */
  | 'IMAGE_TLVS_TOO_LARGE'
  /** The settings record has a bad checksum, is cut short or is none. */
  | 'SETTINGS_RECORD_DAMAGED'
  /** Written by a newer format. */
  | 'SETTINGS_UNKNOWN_VERSION'
  /** Sealed for another device, or the device key is damaged. */
  | 'SETTINGS_WRONG_DEVICE_KEY'
  | 'SETTINGS_TOO_LARGE';

export class ImageError extends Kadec21Error {
  readonly layer = 'image';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}

export type ImageInputErrorCode =
  | 'FILE_UNREADABLE'
  | 'FILE_NOT_WRITTEN'
  /** A file that is already there would be lost. */
  | 'FILE_EXISTS'
  /** HEX, S-record, UF2 or ELF file with a mistake; the message names the line. */
  | 'PAYLOAD_MALFORMED'
  /** The file is good but cannot be what is asked for: too large, nothing in it, addresses too far apart. */
  | 'PAYLOAD_UNUSABLE'
  | 'RELEASE_INVALID'
  | 'KEY_UNUSABLE'
  | 'USAGE';

export class ImageInputError extends Kadec21Error {
  readonly layer = 'usage';
  readonly code: ImageInputErrorCode;

  constructor(code: ImageInputErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}

export const usageError = (message: string, advice?: string): ImageInputError =>
  new ImageInputError('USAGE', message, advice === undefined ? {} : { advice });
