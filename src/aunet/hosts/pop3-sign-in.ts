/** USER, PASS and APOP as the emulated servers judge them (RFC 1939 §7). */
import { createHash } from 'node:crypto';
import type { MailAccount, MailHost } from './mail-host.ts';
import type { SignInOutcome } from './sign-in.ts';

export interface Pop3SignIn {
  readonly user: string;
  readonly mechanism: 'USER' | 'APOP';
  /** The password, or the digest in hexadecimal digits. */
  readonly proof: string;
}

export interface JudgedSignIn {
  readonly outcome: SignInOutcome;
  /** Whose mailboxes are opened. */
  readonly account?: MailAccount;
}

/** @param timestamp of the greeting, with its angle brackets */
export function judgePop3(
  host: MailHost,
  { user, mechanism, proof }: Pop3SignIn,
  timestamp: string,
): JudgedSignIn {
  const account = accountOf(host, user);
  if (account === undefined) {
    return { outcome: { verdict: 'refused', reason: 'unknown user' } };
  }
  const isRight =
    mechanism === 'USER'
      ? proof === account.password
      : proof.toLowerCase() === digest(timestamp, account.password);
  return isRight
    ? { outcome: { verdict: 'accepted', user: account.user }, account }
    : { outcome: { verdict: 'refused', reason: 'wrong password' } };
}

/** Programs leave the domain of their own mail server out, or put it in. */
function accountOf({ accounts, domains }: MailHost, user: string): MailAccount | undefined {
  const isMeant = ({ user: known }: MailAccount) =>
    domains.some((domain) => known === `${user}@${domain}` || user === `${known}@${domain}`);
  return accounts.find((account) => account.user === user) ?? accounts.find(isMeant);
}

const digest = (timestamp: string, password: string): string =>
  createHash('md5').update(timestamp).update(password).digest('hex');
