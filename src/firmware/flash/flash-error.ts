/** What goes wrong with a flash: its own rules (exit status 1), or the file that is to be one (exit status 2). */
import { type ErrorDetails, Kadec21Error } from '../../base/errors.ts';

export type FlashErrorCode =
  /** A write would have to set a bit that is 0: only erasing does. */
  | 'FLASH_BIT_NOT_ERASED'
  /** An address or a length that is no multiple of the write size, or no sector. */
  | 'FLASH_UNALIGNED'
  | 'FLASH_OUT_OF_RANGE'
  /** The trailer of a slot holds neither a good magic nor an erased one. */
  | 'FLASH_BAD_TRAILER'
  /** A swap of the slots was cut off: the bootloader has to finish it first. */
  | 'FLASH_SWAP_UNFINISHED'
  /** What is to be written does not fit into the region. */
  | 'FLASH_TOO_LARGE'
  /** A slot or the settings partition holds nothing to work with. */
  | 'FLASH_EMPTY';

export class FlashError extends Kadec21Error {
  readonly layer = 'flash';
  readonly code: FlashErrorCode;

  constructor(code: FlashErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}

export type FlashFileErrorCode =
  /** No flash file, or one that was cut short. */
  | 'FLASH_FILE_INVALID'
  | 'FLASH_FILE_EXISTS'
  | 'FLASH_FILE_UNREADABLE'
  /** The layout asked for cannot be. */
  | 'FLASH_LAYOUT_INVALID';

export class FlashFileError extends Kadec21Error {
  readonly layer = 'usage';
  readonly code: FlashFileErrorCode;

  constructor(code: FlashFileErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}
