/** What notices faults of mail servers: the same by whatever way the module gets there. */
import type { FaultRow } from './fault-matrix.ts';

export const mailFaults: readonly FaultRow[] = [
  ['smtp-greeting-delay:delay=20s', 'none', ''],
  ['smtp-greeting-delay:delay=10min', 'ehlo', 'SMTP_NO_ANSWER'],
  ['smtp-reply:verb=greeting,code=554', 'ehlo', 'SMTP_REFUSED'],
  ['smtp-reply:verb=EHLO,code=421', 'ehlo', 'SMTP_REFUSED'],
  ['smtp-reply:verb=MAIL', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-reply:verb=RCPT,code=550', 'test-mail', 'SMTP_REFUSED'],
  ['smtp-reply:verb=DATA', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-reply:verb=end-of-data,code=452', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-greylisting', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-auth-refused', 'auth', 'SMTP_AUTH_FAILED'],
  ['smtp-auth-refused:how=temporary', 'auth', 'SMTP_AUTH_FAILED'],
  ['smtp-starttls-refused', 'ehlo', 'SMTP_TLS_NOT_OFFERED'],
  ['smtp-starttls-refused:how=refused', 'certificate', 'SMTP_TLS_NOT_OFFERED'],
  ['smtp-bad-certificate', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-bad-certificate:flaw=wrong-name', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-bad-certificate:flaw=self-signed', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-bad-certificate:flaw=unknown-ca', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-stall:verb=EHLO', 'ehlo', 'SMTP_NO_ANSWER'],
  ['smtp-stall:verb=content', 'test-mail', 'SMTP_TIMED_OUT'],
  ['smtp-lost', 'test-mail', 'SMTP_CONNECTION_LOST'],
];
