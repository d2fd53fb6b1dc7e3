/** A fault that a user asked for does not make sense. */
import { Kadec21Error } from '../base/errors.ts';

export class FaultError extends Kadec21Error {
  readonly code = 'FAULT_INVALID';
  readonly layer = 'usage';
}
