/** Mails: how many there are that are as expected; and where there are not, what the nearest one differs in. */

import { ms } from '../../base/units.ts';
import { formatInstant } from '../../config/japan-time.ts';
import { type ExpectedMail, matches } from '../../config/scenario-expect.ts';
import type { Failure, MailResult } from '../case-result.ts';
import { instantOf } from '../timeline.ts';
import { counted, failureAt, isOneOf, isWithin, type JudgedRun, rangeText, reasonOf } from './judged-run.ts';

const ONE = { min: 1, max: 1 };
const NONE = { min: 0, max: 0 };

export function judgeMails(run: JudgedRun): Failure[] {
  const { mails, mailCount, duplicates = NONE } = run.scenario.expect;
  const distinct = distinctMails(run.mails);
  const failures = mails.flatMap((expected, index) => judgeGroup(run, distinct, expected, index));
  if (mailCount !== undefined && !isWithin(mailCount, distinct.length)) {
    const found = counted(distinct.length, 'mail');
    const message = `${found} arrived, expected ${rangeText(mailCount)}. ${reasonOf(run)}`.trim();
    failures.push(failureAt(run, 'expect.mailCount', { message, expected: rangeText(mailCount), found }));
  }
  const copies = run.mails.length - distinct.length;
  if (!isWithin(duplicates, copies)) {
    const message = `A mail arrived that was there already with the same Message-ID: ${copies} times, expected ${rangeText(duplicates)}.`;
    failures.push(
      failureAt(run, 'expect.duplicates', {
        message,
        expected: rangeText(duplicates),
        found: String(copies),
      }),
    );
  }
  return failures;
}

/** The first of each Message-ID. */
export function distinctMails(mails: readonly MailResult[]): MailResult[] {
  const known = new Set<string>();
  return mails.filter(({ messageId }) => {
    const isNew = messageId === '' || !known.has(messageId);
    known.add(messageId);
    return isNew;
  });
}

function judgeGroup(
  run: JudgedRun,
  mails: readonly MailResult[],
  expected: ExpectedMail,
  index: number,
): Failure[] {
  const { count = ONE } = expected;
  const judged = mails.map((mail) => ({ mail, differences: differencesOf(run, mail, expected) }));
  const fitting = judged.filter(({ differences }) => differences.length === 0);
  if (isWithin(count, fitting.length)) {
    return [];
  }
  const path = `expect.mails[${index}]`;
  const nearest = judged
    .filter(({ differences }) => differences.length > 0)
    .sort((one, other) => one.differences.length - other.differences.length)[0];
  const [difference] = nearest?.differences ?? [];
  const found = `${fitting.length} of ${counted(mails.length, 'mail')}`;
  if (fitting.length < count.min && difference !== undefined) {
    const { key, what, wanted, is } = difference;
    const message = `${counted(fitting.length, 'mail')} as expected here (expected ${rangeText(count)}): the nearest differs in ${what}, ${is} instead of ${wanted}.`;
    return [failureAt(run, `${path}.${key}`, { message, expected: wanted, found: is })];
  }
  const message = `${counted(fitting.length, 'mail')} as expected here, expected ${rangeText(count)}. ${reasonOf(run, expected.device)}`;
  return [failureAt(run, path, { message: message.trim(), expected: rangeText(count), found })];
}

interface Difference {
  readonly key: string;
  readonly what: string;
  readonly wanted: string;
  readonly is: string;
}

const quoted = (text: string) => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text);

function differencesOf(run: JudgedRun, mail: MailResult, expected: ExpectedMail): Difference[] {
  const differences: Difference[] = [];
  const differ = (key: string, what: string, wanted: string, is: string) =>
    differences.push({ key, what, wanted, is });
  const { to, from, subject, body, attachment } = expected;
  if (expected.device !== undefined && !isOneOf(run, mail.device, expected.device)) {
    differ('device', 'its device', expected.device, String(mail.device));
  }
  for (const [key, name] of [
    ['host', 'the mail server'],
    ['port', 'the port'],
    ['tls', 'encryption'],
    ['auth', 'authentication'],
  ] as const) {
    if (expected[key] !== undefined && expected[key] !== mail[key]) {
      differ(key, name, String(expected[key]), String(mail[key]));
    }
  }
  const { recipients } = expected;
  const isExactly =
    recipients?.length === mail.to.length && recipients.every((pattern) => isAmong(pattern, mail.to));
  if (recipients !== undefined && !isExactly) {
    differ('recipients', 'the recipients (RCPT TO)', recipients.join(', '), mail.to.join(', '));
  }
  if (to !== undefined && !isAmong(to, mail.to)) {
    differ('to', 'the recipient (RCPT TO)', to, mail.to.join(', '));
  } else if (to !== undefined && !isAmong(to, mail.headerTo)) {
    differ('to', 'the recipient (To)', to, mail.headerTo.join(', '));
  }
  if (from !== undefined && !isAmong(from, [mail.from])) {
    differ('from', 'the sender (MAIL FROM)', from, mail.from);
  } else if (from !== undefined && !isAmong(from, [mail.headerFrom])) {
    differ('from', 'the sender (From)', from, mail.headerFrom);
  }
  if (subject !== undefined && !matches(subject, mail.subject, 'equal')) {
    differ('subject', 'the subject', quoted(subject), quoted(mail.subject));
  }
  if (body !== undefined && !matches(body, mail.text, 'within')) {
    differ('body', 'the text', quoted(body), quoted(mail.text));
  }
  differences.push(...attachmentDifferences(mail, attachment), ...timeDifferences(run, mail, expected));
  return differences;
}

const isAmong = (pattern: string, addresses: readonly string[]) =>
  addresses.some((address) =>
    matches(pattern.startsWith('/') ? pattern : pattern.toLowerCase(), address.toLowerCase(), 'equal'),
  );

function attachmentDifferences(
  { attachments }: MailResult,
  expected: ExpectedMail['attachment'],
): Difference[] {
  if (expected === undefined) {
    return [];
  }
  const { name, contains, rows } = expected;
  const named = attachments.filter((one) => name === undefined || matches(name, one.name, 'equal'));
  const [first] = named;
  if (first === undefined) {
    const is = attachments.map((one) => one.name).join(', ') || 'no attachment';
    return [{ key: 'attachment.name', what: 'the attachment', wanted: name ?? 'an attachment', is }];
  }
  if (contains !== undefined && !named.some(({ text }) => matches(contains, text, 'within'))) {
    return [
      {
        key: 'attachment.contains',
        what: 'the attachment',
        wanted: quoted(contains),
        is: quoted(first.text),
      },
    ];
  }
  const found = first.text.trim().split(/\r?\n/).length - 1;
  if (rows !== undefined && !isWithin(rows, found)) {
    return [
      {
        key: 'attachment.rows',
        what: 'the attachment',
        wanted: `${rangeText(rows)} rows`,
        is: counted(found, 'row'),
      },
    ];
  }
  return [];
}

function timeDifferences(
  { startedAt }: JudgedRun,
  { at }: MailResult,
  { by, after }: ExpectedMail,
): Difference[] {
  const latest = by === undefined ? undefined : instantOf(by, ms(startedAt));
  const earliest = after === undefined ? undefined : instantOf(after, ms(startedAt));
  const is = formatInstant(ms(at));
  return [
    ...(latest === undefined || at <= latest
      ? []
      : [{ key: 'by', what: 'when it came', wanted: `by ${formatInstant(latest)}`, is }]),
    ...(earliest === undefined || at >= earliest
      ? []
      : [{ key: 'after', what: 'when it came', wanted: `after ${formatInstant(earliest)}`, is }]),
  ];
}
