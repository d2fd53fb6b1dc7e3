/** Why a session ended without a verdict of the server, from what nodemailer, OpenSSL and the connection report. */
import type { NodemailerError } from 'nodemailer';
import type { Dialogue } from './dialogue.ts';
import type { SmtpAccount, SubmissionFailure } from './submission.ts';

/** A session that ended, by this side or under it. */
export class SessionBroken extends Error {
  readonly failure: SubmissionFailure;
  readonly causeCode: string | undefined;

  constructor(failure: SubmissionFailure, message: string, causeCode?: string) {
    super(message);
    this.failure = failure;
    this.causeCode = causeCode;
  }
}

/** What OpenSSL and Node say about a certificate that does not hold (node:tls, "X509 certificate error codes"). */
const CERTIFICATE_ERRORS: ReadonlySet<string> = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
]);

/** nodemailer's own names of what it was doing (nodemailer/errors): no causes. */
const NODEMAILER_CODE = /^E(?:CONNECTION|TIMEDOUT|SOCKET|TLS|PROTOCOL|ENVELOPE|MESSAGE|AUTH|STREAM)$/;

/** The code of whatever was thrown, where it has one. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Finds the class of failure behind an error of nodemailer. */
export function sessionBrokenBy(
  error: NodemailerError,
  dialogue: Dialogue,
  account: SmtpAccount,
): SessionBroken {
  const causeCode = [error.originalCode, errorCode(error)].find(
    (code) => code !== undefined && !NODEMAILER_CODE.test(code),
  );
  if (causeCode !== undefined && CERTIFICATE_ERRORS.has(causeCode)) {
    return new SessionBroken('certificate', error.message, causeCode);
  }
  const code = error.responseCode ?? 0;
  if (code >= 400) {
    const lacksTls =
      code >= 500 &&
      (dialogue.phase === 'starttls' || (dialogue.phase === 'ehlo' && account.tls === 'required'));
    return new SessionBroken(lacksTls ? 'tls-not-offered' : 'refused', error.message);
  }
  if (dialogue.nonsense !== undefined || error.code === 'EPROTOCOL' || code > 0) {
    return new SessionBroken(
      'protocol',
      `the server said ${JSON.stringify(dialogue.nonsense ?? error.message)}`,
    );
  }
  if (error.code === 'ETIMEDOUT' && error.originalCode === undefined) {
    return new SessionBroken('timeout', error.message);
  }
  const failure = dialogue.phase === 'tls' ? 'tls-failed' : 'connection-lost';
  return new SessionBroken(failure, error.message, causeCode);
}
