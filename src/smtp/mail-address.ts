/**
 * Mail addresses as RFC 5321 §4.1.2 writes a Mailbox: one address, nothing else. Display names, comments,
 * lists and obsolete forms are refused: what is configured is what receives.
 */
import { MailDraftError } from './mail-error.ts';

/** RFC 5321 §4.5.3.1.1 to .3: a path has 256 octets, two of which are the angle brackets. */
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 255;
const MAX_ADDRESS = 254;
/** RFC 1035 §2.3.4. */
const MAX_LABEL = 63;

const DOT_STRING = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/;
const QUOTED_STRING = /^"(?:[\x20\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]|\\["\\])*"$/;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const IPV4_LITERAL = /^\[(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\]$/;

/** An address that passed {@link parseMailAddress}. */
export type MailAddress = string & { readonly mailAddress: unique symbol };

/**
 * Accepts one address, exactly as it would stand between the angle brackets of RCPT TO.
 * @throws MailDraftError `MAIL_BAD_ADDRESS`, with the reason
 */
export function parseMailAddress(text: string): MailAddress {
  const reason = whatIsWrongWith(text);
  if (reason !== undefined) {
    throw new MailDraftError(
      'MAIL_BAD_ADDRESS',
      `${JSON.stringify(text)} is not a mail address: ${reason}.`,
      {
        advice: 'Give one address such as logger@example.jp, without a name, brackets or commas.',
      },
    );
  }
  return text as MailAddress;
}

/** The part behind the last `@`, which a quoted local part may hold as well. */
export function domainOf(address: MailAddress): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function whatIsWrongWith(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (at < 0) return 'there is no @';
  if (text.length > MAX_ADDRESS) return `it has more than ${MAX_ADDRESS} characters`;
  if (local.length === 0 || local.length > MAX_LOCAL_PART)
    return `the part before @ needs 1 to ${MAX_LOCAL_PART} characters`;
  if (!DOT_STRING.test(local) && !QUOTED_STRING.test(local)) {
    return local.includes('..') || local.startsWith('.') || local.endsWith('.')
      ? 'dots at an edge or side by side need quotes, as in "a..b"@example.jp'
      : 'the part before @ holds a character that is not allowed there';
  }
  return whatIsWrongWithDomain(domain);
}

function whatIsWrongWithDomain(domain: string): string | undefined {
  const literal = IPV4_LITERAL.exec(domain);
  if (literal !== null) {
    return literal.slice(1).every((octet) => Number(octet) <= 255)
      ? undefined
      : 'its IP address has a number over 255';
  }
  if (domain.length === 0 || domain.length > MAX_DOMAIN)
    return `the domain needs 1 to ${MAX_DOMAIN} characters`;
  const labels = domain.split('.');
  return labels.every((label) => label.length <= MAX_LABEL && LABEL.test(label))
    ? undefined
    : 'the domain is not made of letters, digits, hyphens and single dots';
}
