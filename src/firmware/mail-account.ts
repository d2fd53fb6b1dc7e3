/** The mail account of the settings, as the SMTP client takes it. */
import type { MailSettings } from '../config/settings-schema.ts';
import type { SmtpAccount } from '../smtp/submission.ts';
import { deviceTimeLimits, type SmtpTimeLimits } from '../smtp/time-limits.ts';

export function mailAccount({ server, auth }: MailSettings): SmtpAccount {
  const { host, port, tls, ca } = server;
  if (auth.mechanism === 'none') {
    return { host, port, tls, ca };
  }
  const { mechanism, user, password, allowCleartext } = auth;
  return { host, port, tls, ca, auth: { user, password, mechanism }, allowCleartextAuth: allowCleartext };
}

export function mailTimeLimits({ timeLimits }: MailSettings): SmtpTimeLimits {
  return deviceTimeLimits(timeLimits);
}
