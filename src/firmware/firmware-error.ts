/** What the comms firmware itself cannot do, whatever the world outside does. */
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';

export type FirmwareErrorCode =
  /** No such release. */
  | 'FIRMWARE_UNKNOWN_RELEASE'
  /** The release is for another comms board. */
  | 'FIRMWARE_WRONG_BOARD'
  /** The module's identity answer is none that the release knows. */
  | 'FIRMWARE_UNSUPPORTED_MODULE'
  /** The release cannot authenticate at the mail server, or not by the mechanism that is set. */
  | 'FIRMWARE_NO_AUTH'
  /** The release cannot encrypt, or not in the way that is set. */
  | 'FIRMWARE_NO_TLS'
  /** The release cannot send mail to the port that is set. */
  | 'FIRMWARE_UNSUPPORTED_PORT'
  /** The settings have a format that the release does not read. */
  | 'FIRMWARE_UNSUPPORTED_SETTINGS'
  /** The session took longer than the settings allow. */
  | 'FIRMWARE_SESSION_TOO_LONG';

export class FirmwareError extends Kadec21Error {
  readonly layer = 'firmware';
  readonly code: FirmwareErrorCode;

  constructor(code: FirmwareErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}
