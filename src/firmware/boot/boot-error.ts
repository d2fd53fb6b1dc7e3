/** A device that does not come up: the bootloader or what it would start. */
import { type ErrorDetails, Kadec21Error } from '../../base/errors.ts';

export type BootErrorCode =
  /** Slot 0 holds no image that the bootloader starts. */
  | 'BOOT_NOTHING_BOOTABLE'
  /** The image is good and holds no release of the comms firmware that the emulation could run. */
  | 'BOOT_NO_RELEASE'
  /** Neither the settings partition nor the image holds settings. */
  | 'BOOT_NO_SETTINGS';

export class BootError extends Kadec21Error {
  readonly layer = 'flash';
  readonly code: BootErrorCode;

  constructor(code: BootErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}
