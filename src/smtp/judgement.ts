/**
 * What a failure means for the mail: try again, wait for the settings, or give up. Pure. The first digit of a
 * reply decides, the code and the enhanced code only refine it (RFC 5321 §4.2.1, RFC 3463).
 */
import type { SmtpPhase, SmtpReply, SubmissionFailure } from './submission.ts';

export type AlertKind =
  /** The server does not take the account, or offers no way to show it. */
  | 'auth-failed'
  | 'tls-required'
  | 'tls-cert'
  | 'too-big'
  /** Refused for good by the server, for some recipient at least. */
  | 'delivery-failed'
  /** The settings do not fit the server or the network. */
  | 'config-error'
  | 'expired';

export type Judgement =
  | { readonly verdict: 'retry'; readonly isDeferral?: boolean }
  /** Once in a new session; the second time it is a failure. */
  | { readonly verdict: 'retry-once'; readonly alert: AlertKind }
  | { readonly verdict: 'hold' | 'fail'; readonly alert: AlertKind };

const RETRY: Judgement = { verdict: 'retry' };
const FAILURES: Readonly<Record<Exclude<SubmissionFailure, 'refused'>, Judgement>> = {
  'not-connected': RETRY,
  timeout: RETRY,
  'connection-lost': RETRY,
  protocol: RETRY,
  // A handshake that breaks may be the network's fault: again, but never in clear.
  'tls-failed': RETRY,
  'tls-not-offered': { verdict: 'fail', alert: 'tls-required' },
  certificate: { verdict: 'fail', alert: 'tls-cert' },
  'auth-not-offered': { verdict: 'hold', alert: 'auth-failed' },
  'auth-needs-tls': { verdict: 'hold', alert: 'auth-failed' },
  'too-big': { verdict: 'fail', alert: 'too-big' },
};

/** 534 mechanism too weak, 535 credentials (RFC 4954 §6), 538 encryption needed (RFC 2554 §6). */
const AUTH_CODES: readonly number[] = [534, 535, 538];
/** RFC 3463 §3.4 and §3.3: message too big for the system, for the mailbox. */
const TOO_BIG_CODES: readonly (string | undefined)[] = ['5.3.4', '5.2.3'];

/** Judges a session that ended without the server's verdict on the mail. */
export function judgeFailure(failure: Exclude<SubmissionFailure, 'refused'>): Judgement {
  return FAILURES[failure];
}

/** Judges a refusal by the server, of the mail or of one recipient. */
export function judgeRefusal(phase: SmtpPhase, reply: SmtpReply): Judgement {
  const { code, enhancedCode } = reply;
  if (code < 500) {
    // 450, 451 and 452 for the mail itself: greylisting, a full disk. Asking again at once does not help.
    return { verdict: 'retry', isDeferral: code !== 421 };
  }
  if (code === 503) {
    // Bad sequence of commands: the session was at fault, not the mail.
    return { verdict: 'retry-once', alert: 'delivery-failed' };
  }
  if (code === 530) {
    return { verdict: 'hold', alert: 'config-error' };
  }
  if (phase === 'auth' || AUTH_CODES.includes(code)) {
    return { verdict: 'hold', alert: 'auth-failed' };
  }
  if (phase === 'starttls') {
    return { verdict: 'fail', alert: 'tls-required' };
  }
  if (
    TOO_BIG_CODES.includes(enhancedCode) ||
    (code === 552 && enhancedCode === undefined && phase !== 'rcpt')
  ) {
    return { verdict: 'fail', alert: 'too-big' };
  }
  if (phase === 'rcpt' && enhancedCode === '5.5.3') {
    // RFC 5321 §4.5.3.1.10: too many recipients at once; the rest goes in a transaction of its own.
    return RETRY;
  }
  return { verdict: 'fail', alert: 'delivery-failed' };
}
