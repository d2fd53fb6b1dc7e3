/** Why a packet call ended that neither end hung up in an orderly way. */
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';

export type RadioErrorCode =
  /** The last cell of the call's band went off the air, or the receiver was switched off. */
  | 'RADIO_COVERAGE_LOST'
  /** The network took the call down. */
  | 'RADIO_CALL_RELEASED';

export class RadioError extends Kadec21Error {
  readonly code: RadioErrorCode;
  readonly layer = 'radio';

  constructor(code: RadioErrorCode, message: string, details?: ErrorDetails) {
    super(message, details);
    this.code = code;
  }
}
