/** What can be wrong with a mail before it is sent: all of it is in the user's settings or in the record's text. */
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';

export type MailDraftErrorCode =
  | 'MAIL_BAD_ADDRESS'
  | 'MAIL_BAD_HEADER'
  | 'MAIL_BAD_MESSAGE_ID'
  | 'MAIL_BAD_ATTACHMENT'
  | 'MAIL_TOO_MANY_RECIPIENTS'
  | 'MAIL_NO_RECIPIENT';

/** A mail that cannot be composed as drafted. Sending it later would not help. */
export class MailDraftError extends Kadec21Error {
  readonly code: MailDraftErrorCode;
  readonly layer = 'settings';

  constructor(code: MailDraftErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}
