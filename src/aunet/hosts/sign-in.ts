/** SMTP AUTH as the emulated servers judge it (RFC 4954). */
import type { SMTPServerAuthentication } from 'smtp-server';
import type { MailAccount, SmtpService } from './mail-host.ts';

/** How a sign-in at a mail server ended, whatever its protocol. */
export type SignInOutcome = AcceptedSignIn | RefusedSignIn;

interface AcceptedSignIn {
  readonly verdict: 'accepted';
  readonly user: string;
}

interface RefusedSignIn {
  readonly verdict: 'refused';
  readonly reason: 'unknown user' | 'wrong password' | 'password in clear';
}

/** What is told of it. */
export interface SignInAttempt {
  readonly user: string;
  /** A SASL mechanism of SMTP; `USER` or `APOP` of POP3. */
  readonly mechanism: string;
  readonly tls: boolean;
  readonly verdict: SignInOutcome;
}

export type SignInVerdict =
  | AcceptedSignIn
  /** With the reply code and text of SMTP. */
  | (RefusedSignIn & { readonly code: number; readonly text: string });

/**
 * Whether AUTH of any kind may come before STARTTLS. A digest does not show the password, so a server that offers
 * CRAM-MD5 lets it pass in clear; PLAIN and LOGIN are then refused one by one in `judge`.
 */
export const offersClearAuth = (service: SmtpService, allowsClearPasswords: boolean): boolean =>
  service.tls === 'none' || allowsClearPasswords || service.mechanisms.includes('CRAM-MD5');

/** @param isPrivate the connection is inside TLS, or the service knows none, or clear passwords are allowed */
export function judge(
  accounts: readonly MailAccount[],
  attempt: SMTPServerAuthentication,
  isPrivate: boolean,
): SignInVerdict {
  const isDigest = attempt.method === 'CRAM-MD5';
  if (!isPrivate && !isDigest) {
    return {
      verdict: 'refused',
      reason: 'password in clear',
      code: 538,
      text: 'Encryption required for requested authentication mechanism',
    };
  }
  const account = accounts.find(({ user }) => user === attempt.username);
  const isRight =
    account !== undefined &&
    (isDigest ? attempt.validatePassword(account.password) : attempt.password === account.password);
  if (!isRight) {
    return {
      verdict: 'refused',
      reason: account === undefined ? 'unknown user' : 'wrong password',
      // One answer for both, as servers do, so that nobody can search for users.
      code: 535,
      text: 'Authentication credentials invalid',
    };
  }
  return { verdict: 'accepted', user: account.user };
}
