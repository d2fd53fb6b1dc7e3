/** From what a mail server said, or did not say, to what stopped the mail (mail semantics: RFC 5321, 4954, 3207). */
import type { Layer } from '../base/errors.ts';
import { formatSmtpReply } from '../smtp/smtp-reply.ts';
import type { SubmissionReply } from '../smtp/submission.ts';
import type { Blockage } from './comms-report.ts';
import type { Observations } from './diagnosis.ts';

interface Finding {
  readonly layer?: Layer;
  readonly code: string;
  readonly sentence: string;
  readonly advice?: string;
}

/** @param reply of an attempt that had a connection; `undefined`: every recipient was accepted */
export function diagnoseReply(reply: SubmissionReply, seen: Observations): Blockage | undefined {
  const finding = reply.failure === undefined ? refusedRecipients(reply) : findingOf(reply, seen);
  return finding === undefined ? undefined : { layer: 'smtp', ...finding, evidence: reply.evidence };
}

function refusedRecipients({ recipients }: SubmissionReply): Finding | undefined {
  const refused = [...recipients].flatMap(([address, result]) =>
    result.status === 'refused' ? [`${address} (${formatSmtpReply(result.reply)})`] : [],
  );
  return refused.length === 0
    ? undefined
    : {
        code: 'SMTP_RECIPIENT_REFUSED',
        sentence: `The mail server refused a part of the recipients: ${refused.join(', ')}.`,
        advice: 'Check mail.to.',
      };
}

function findingOf(reply: SubmissionReply, { host }: Observations): Finding {
  switch (reply.failure) {
    case 'timeout':
      return {
        code: 'SMTP_TIMED_OUT',
        sentence: `${host} stopped answering (${reply.phase}): ${reply.text}.`,
      };
    case 'connection-lost':
      return {
        code: 'SMTP_CONNECTION_LOST',
        sentence: `The connection to ${host} broke (${reply.phase}): ${reply.text}.`,
      };
    case 'protocol':
      return {
        code: 'SMTP_PROTOCOL',
        sentence: `What answers at ${host} is no mail server as it should be: ${reply.text}.`,
      };
    case 'tls-not-offered':
      return {
        layer: 'tls',
        code: 'SMTP_NO_TLS',
        sentence: `${host} offers no encryption (STARTTLS), and the settings require it: nothing was sent.`,
        advice: 'Use a server with STARTTLS, or tls: implicit on port 465.',
      };
    case 'tls-failed':
      return { layer: 'tls', code: 'TLS_FAILED', sentence: `TLS with ${host} failed: ${reply.text}.` };
    case 'certificate':
      return {
        layer: 'tls',
        code: 'TLS_CERTIFICATE',
        sentence: `The certificate of ${host} is not to be trusted (${reply.causeCode ?? reply.text}): nothing was sent.`,
        advice: 'Name the authority in mail.server.caFile, or correct the server (name, date, chain).',
      };
    case 'auth-not-offered':
      return {
        code: 'SMTP_AUTH_NOT_OFFERED',
        sentence: `${host} does not offer the authentication that the settings ask for.`,
        advice: 'Set mail.auth.mechanism to auto, or use a server with SMTP AUTH on this port.',
      };
    case 'auth-needs-tls':
      return {
        code: 'SMTP_AUTH_NEEDS_TLS',
        sentence: `${host} takes only a readable password, and the connection is not encrypted.`,
        advice:
          'Set mail.server.tls to required; or, knowing what it means, mail.auth.allowCleartext to true.',
      };
    case 'too-big':
      return {
        code: 'SMTP_TOO_BIG',
        sentence: `The mail is larger than ${host} takes: ${reply.text}.`,
        advice: 'Shorten schedule.sendEvery, or set mail.attachCsv to false.',
      };
    default:
      return refusal(reply, host);
  }
}

/** The server said no: RFC 5321 §4.2.1, the first digit tells whether for now or for ever. */
function refusal(reply: SubmissionReply, host: string): Finding {
  const answer = reply.reply === undefined ? reply.text : formatSmtpReply(reply.reply);
  const code = reply.reply?.code ?? 0;
  if (code === 530) {
    return {
      code: 'SMTP_AUTH_REQUIRED',
      sentence: `${host} wants authentication first: ${answer}`,
      advice: 'Fill in mail.auth (comms firmware 1.x cannot authenticate).',
    };
  }
  if (code === 538) {
    return {
      code: 'SMTP_AUTH_NEEDS_TLS',
      sentence: `${host} wants encryption before authentication: ${answer}`,
      advice: 'Set mail.server.tls to required.',
    };
  }
  if (reply.phase === 'auth' && code >= 500) {
    return {
      code: 'SMTP_AUTH_FAILED',
      sentence: `${host} refuses the mail account: ${answer}`,
      advice: 'Check mail.auth.user and mail.auth.password; the mail is held until the settings change.',
    };
  }
  if (code >= 400 && code < 500) {
    return { code: 'SMTP_TRY_LATER', sentence: `${host} cannot take the mail now: ${answer}` };
  }
  return { code: 'SMTP_REFUSED', sentence: `${host} refuses the mail (${reply.phase}): ${answer}` };
}
