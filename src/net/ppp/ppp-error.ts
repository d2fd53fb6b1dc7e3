/** Why a PPP link did not come up, or ended. */
import { type ErrorDetails, Kadec21Error } from '../../base/errors.ts';

export type PppErrorCode =
  | 'PPP_NO_ANSWER'
  | 'PPP_AUTH_REJECTED'
  | 'PPP_LINK_LOST'
  | 'PPP_LOOPBACK'
  | 'PPP_PEER_TERMINATED'
  | 'PPP_NEGOTIATION_FAILED'
  /** This end closed the link itself. */
  | 'PPP_CLOSED';

const advices: Readonly<Record<PppErrorCode, string | undefined>> = {
  PPP_NO_ANSWER: 'Check that the number dialled leads to a PPP server, and that the line passes 8 data bits.',
  PPP_AUTH_REJECTED: 'Check user name and password of the packet service subscription.',
  PPP_LINK_LOST: 'Check reception and the cable, then dial again.',
  PPP_LOOPBACK: 'The line sends back what it is sent: check that a call is up, and the cable.',
  PPP_PEER_TERMINATED: 'Dial again; if it recurs, the server limits the session.',
  PPP_NEGOTIATION_FAILED: 'Compare the options that both ends ask for in the evidence.',
  PPP_CLOSED: undefined,
};

export class PppError extends Kadec21Error {
  readonly code: PppErrorCode;
  readonly layer = 'ppp';

  /** @param details `advice` defaults to the one for the code */
  constructor(code: PppErrorCode, message: string, details: ErrorDetails = {}) {
    const advice = details.advice ?? advices[code];
    super(message, advice === undefined ? details : { ...details, advice });
    this.code = code;
  }
}
