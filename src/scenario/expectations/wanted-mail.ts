/** A mail as a test in code describes it. */
import type { CaseResult, MailResult } from '../case-result.ts';

type Text = string | RegExp;

/** Texts are whole, `body` is part of the text. */
export interface WantedMail {
  readonly to?: Text;
  readonly from?: Text;
  readonly subject?: Text;
  readonly body?: Text;
  readonly attachment?: Text;
  readonly host?: Text;
  readonly port?: number;
  readonly tls?: boolean;
  readonly auth?: string;
  readonly device?: string;
}

/** @returns how many are like that, and what the nearest one differs in */
export function mailDifferences(
  { mails }: Pick<CaseResult, 'mails'>,
  wanted: WantedMail,
): { readonly count: number; readonly nearest: string | undefined } {
  const judged = mails
    .map((mail) => differences(mail, wanted))
    .sort((one, other) => one.length - other.length);
  const nearest = judged.find((each) => each.length > 0);
  return { count: judged.filter((each) => each.length === 0).length, nearest: nearest?.join('; ') };
}

function differences(mail: MailResult, wanted: WantedMail): string[] {
  const found = {
    to: mail.to,
    from: [mail.from],
    subject: [mail.subject],
    body: [mail.text],
    attachment: mail.attachments.map(({ name }) => name),
    host: [mail.host],
    port: [mail.port],
    tls: [mail.tls],
    auth: [mail.auth],
    device: mail.fleet === undefined ? [mail.device] : [mail.device, mail.fleet],
  };
  return (Object.keys(found) as (keyof typeof found)[]).flatMap((key) => {
    const want = wanted[key];
    return want === undefined || found[key].some((value) => isLike(want, value, key === 'body'))
      ? []
      : [
          `${key} is ${JSON.stringify(found[key].join(', '))} instead of ${want instanceof RegExp ? want : JSON.stringify(want)}`,
        ];
  });
}

function isLike(wanted: Text | number | boolean, value: unknown, isPart: boolean): boolean {
  if (wanted instanceof RegExp) {
    return wanted.test(String(value));
  }
  return isPart ? String(value).includes(String(wanted)) : wanted === value;
}
