/** Which SASL mechanism a session uses, and whether it may use one at all (RFC 4954, RFC 2195, RFC 4616). */
import type { SmtpAccount, SubmissionFailure } from './submission.ts';

export type NodemailerMechanism = 'PLAIN' | 'LOGIN' | 'CRAM-MD5';

export type AuthChoice =
  | { readonly mechanism: NodemailerMechanism }
  | { readonly failure: Extract<SubmissionFailure, 'auth-not-offered' | 'auth-needs-tls'> };

/** One round trip, then two with a readable password, then two and an old hash. */
const UNDER_TLS: readonly NodemailerMechanism[] = ['PLAIN', 'LOGIN', 'CRAM-MD5'];
const IN_CLEAR: readonly NodemailerMechanism[] = ['CRAM-MD5', 'PLAIN', 'LOGIN'];

/**
 * @param offered mechanisms of the server's last EHLO reply
 * @param isEncrypted whether TLS protects the session
 */
export function chooseMechanism(
  account: SmtpAccount,
  offered: readonly string[],
  isEncrypted: boolean,
): AuthChoice {
  const wanted = account.auth?.mechanism ?? 'auto';
  const candidates = (isEncrypted ? UNDER_TLS : IN_CLEAR).filter(
    (name) => offered.includes(name) && (wanted === 'auto' || name === wanted.toUpperCase()),
  );
  if (candidates.length === 0) {
    return { failure: 'auth-not-offered' };
  }
  const mayShowPassword = isEncrypted || account.allowCleartextAuth === true;
  const [mechanism] = candidates.filter((name) => mayShowPassword || name === 'CRAM-MD5');
  return mechanism === undefined ? { failure: 'auth-needs-tls' } : { mechanism };
}
