/** What can go wrong between the device and its module: one class for each cause that a caller can act on. */
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';
import type { Failure } from './command.ts';

export type ModemErrorCode =
  /** Nothing that can be read comes back at any bit rate. */
  | 'MODEM_NO_ANSWER'
  /** It answers, but is not the module that the profile describes. */
  | 'MODEM_UNKNOWN_MODULE'
  | 'MODEM_NO_SERVICE'
  | 'MODEM_SIM_MISSING'
  /** It started anew by itself. */
  | 'MODEM_RESET'
  | 'MODEM_PORT_LOST'
  /** More came or was to be sent than the driver holds. */
  | 'MODEM_OVERFLOW'
  /** A command was asked for while data state lasts. */
  | 'MODEM_IN_CALL'
  /** The call could not be ended. */
  | 'MODEM_STUCK'
  /** The packet network does not take the user or the password of the module's own context. */
  | 'MODEM_CONTEXT_REJECTED';

export class ModemError extends Kadec21Error {
  readonly code: ModemErrorCode;
  readonly layer = 'modem';

  constructor(code: ModemErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}

export type CommandErrorCode = 'MODEM_COMMAND_FAILED' | 'MODEM_COMMAND_TIMEOUT';

/** A command was refused or not answered in time. */
export class CommandError extends Kadec21Error {
  readonly code: CommandErrorCode;
  readonly layer = 'modem';
  /** The line as people may see it. */
  readonly command: string;
  /** What the module said; absent after a timeout. */
  readonly kind: 'CME' | 'CMS' | 'vendor' | 'generic' | undefined;
  /** The number of +CME ERROR or +CMS ERROR. */
  readonly number: number | undefined;

  constructor(
    code: CommandErrorCode,
    message: string,
    details: ErrorDetails & { readonly command: string; readonly failure?: Failure },
  ) {
    super(message, details);
    this.code = code;
    this.command = details.command;
    this.kind = details.failure?.kind;
    this.number = details.failure?.code;
  }
}

export type DialErrorCode =
  | 'MODEM_BUSY'
  /** It rang, nobody took the call. */
  | 'MODEM_CALL_NOT_ANSWERED'
  | 'MODEM_NO_CARRIER'
  | 'MODEM_NO_DIALTONE'
  /** The module refused to dial at all. */
  | 'MODEM_DIAL_REFUSED'
  /** Neither CONNECT nor a failure within the profile's time. */
  | 'MODEM_DIAL_TIMEOUT'
  /** The caller hung up before the call was there. */
  | 'MODEM_DIAL_ABORTED';

/** A call did not come about. */
export class DialError extends Kadec21Error {
  readonly code: DialErrorCode;
  readonly layer = 'modem';
  readonly number: string;

  constructor(code: DialErrorCode, message: string, details: ErrorDetails & { readonly number: string }) {
    super(message, details);
    this.code = code;
    this.number = details.number;
  }
}

/** A call that was there is over, and nobody here ended it. */
export class CallLostError extends Kadec21Error {
  readonly code = 'MODEM_CALL_LOST';
  readonly layer = 'modem';
}

/** Which failure a dial that ended without CONNECT is. */
export function dialErrorOf(failure: Failure, number: string, evidence: readonly string[]): DialError {
  const reason = failure.reason ?? 'ERROR';
  const known = DIAL_FAILURES[reason];
  if (known !== undefined) {
    return new DialError(known.code, `Dialling ${number} ended with ${reason}.`, {
      advice: known.advice,
      evidence,
      number,
    });
  }
  const detail = describeFailure(failure);
  return new DialError('MODEM_DIAL_REFUSED', `The module refused to dial ${number}: ${detail}.`, {
    advice: 'Check the number, the packet context and that no other call is up.',
    evidence,
    number,
  });
}

const DIAL_FAILURES: Readonly<Record<string, { readonly code: DialErrorCode; readonly advice: string }>> = {
  BUSY: { code: 'MODEM_BUSY', advice: 'Dial again later: the network had no channel free.' },
  DELAYED: { code: 'MODEM_BUSY', advice: 'The module asks for a pause before it dials that number again.' },
  'NO ANSWER': {
    code: 'MODEM_CALL_NOT_ANSWERED',
    advice: 'Check the number: the far end rang and did not answer.',
  },
  'NO CARRIER': {
    code: 'MODEM_NO_CARRIER',
    advice: 'Check the reception and the contract of the module; then dial again.',
  },
  'NO DIALTONE': {
    code: 'MODEM_NO_DIALTONE',
    advice: 'The module found no network to dial in: check aerial and frequencies.',
  },
  'NO DIAL TONE': {
    code: 'MODEM_NO_DIALTONE',
    advice: 'The module found no network to dial in: check aerial and frequencies.',
  },
};

/** `+CME ERROR 10`, `ERROR`, ... as a part of a sentence. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'CME':
    case 'CMS':
      return `+${failure.kind} ERROR ${failure.text ?? 'without a number'}`;
    case 'vendor':
      return failure.text ?? 'ERROR';
    default:
      return failure.reason ?? 'ERROR';
  }
}
