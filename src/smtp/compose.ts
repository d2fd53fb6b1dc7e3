/**
 * A data mail as the device makes it: its own MIME, byte by byte, so that the same record always gives the
 * same mail and a resend is recognised by its Message-ID. RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 1468.
 */
import { createHash } from 'node:crypto';
import type { Ms } from '../base/units.ts';
import { encodeHeaderText, type MailCharset } from './encoded-word.ts';
import { domainOf, type MailAddress, parseMailAddress } from './mail-address.ts';
import { base64Lines, textPart } from './mail-body.ts';
import { MailDraftError } from './mail-error.ts';
import { mimeParameter } from './mime-parameter.ts';

export type { MailCharset } from './encoded-word.ts';

/** RFC 5321 §4.5.3.1.8: what every server has to take in one go. */
export const MAX_RECIPIENTS = 100;
/** Parts of a Message-ID that the device makes itself; keeps the header in one line. */
const MAX_MESSAGE_ID = 250;

export interface Mailbox {
  readonly name?: string | undefined;
  readonly address: string;
}

export interface MailAttachment {
  /** Any language; mailers that know only ASCII get a readable stand-in. */
  readonly fileName: string;
  readonly content: Uint8Array;
  /** Default `text/csv`. */
  readonly mediaType?: string | undefined;
  /** Of the content, where it is text: `Shift_JIS` for instance. */
  readonly charset?: string | undefined;
}

export interface MailDraft {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly subject: string;
  readonly text: string;
  /** When the record was made; written as Japan time. */
  readonly date: Ms;
  /** Whole (`<a@b>`), or what it is to be made of: the same device and record give the same identifier. */
  readonly messageId: string | { readonly device: string; readonly record: string };
  /** Default `iso-2022-jp`. */
  readonly charset?: MailCharset | undefined;
  readonly attachments?: readonly MailAttachment[] | undefined;
}

export interface ComposedMail {
  /** The whole message, CRLF line ends, before dot-stuffing. */
  readonly raw: Uint8Array;
  /** With angle brackets. */
  readonly messageId: string;
  readonly envelope: { readonly from: MailAddress; readonly to: readonly MailAddress[] };
  /** Characters that the charset lacks and that now read as a geta mark (〓). */
  readonly replacedCharacters: readonly string[];
}

/**
 * Composes one mail.
 * @throws MailDraftError when an address, a header, the Message-ID or an attachment cannot be sent as it is
 */
export function composeMail(draft: MailDraft): ComposedMail {
  const charset = draft.charset ?? 'iso-2022-jp';
  const from = parseMailAddress(draft.from.address);
  const to = recipientsOf(draft);
  const messageId = messageIdOf(draft, from);
  const replaced = new Set<string>();
  const encode = (name: string, text: string): string => {
    refuseControls(name, text);
    const encoded = encodeHeaderText(text, charset, name.length + 2);
    for (const character of encoded.replaced) {
      replaced.add(character);
    }
    return encoded.folded;
  };
  const mailboxes = (name: string, boxes: readonly Mailbox[]): string =>
    `${name}: ${boxes.map((box) => mailbox(box, (text) => encode(name, text))).join(',\r\n ')}`;
  const body = textPart(draft.text, charset);
  for (const character of body.replaced) {
    replaced.add(character);
  }
  const head = [
    mailboxes('From', [draft.from]),
    mailboxes('To', draft.to),
    `Subject: ${encode('Subject', draft.subject)}`,
    `Date: ${formatMailDate(draft.date)}`,
    `Message-ID: ${messageId}`,
    'MIME-Version: 1.0',
  ];
  const attachments = draft.attachments ?? [];
  const raw =
    attachments.length === 0
      ? entity([...head, ...body.headers], body.content)
      : mixed(head, body, attachments, messageId);
  return { raw, messageId, envelope: { from, to }, replacedCharacters: [...replaced] };
}

/** A date as RFC 5322 §3.3 writes it, in Japan time: there is no daylight saving. */
export function formatMailDate(at: Ms): string {
  // `toUTCString` has the fields of RFC 5322; shifted by nine hours it shows Japan's wall clock.
  return new Date(at + 9 * 3_600_000).toUTCString().replace('GMT', '+0900');
}

function recipientsOf(draft: MailDraft): MailAddress[] {
  if (draft.to.length === 0) {
    throw new MailDraftError('MAIL_NO_RECIPIENT', 'The mail has no recipient.');
  }
  if (draft.to.length > MAX_RECIPIENTS) {
    throw new MailDraftError(
      'MAIL_TOO_MANY_RECIPIENTS',
      `The mail has ${draft.to.length} recipients; servers need not take more than ${MAX_RECIPIENTS} (RFC 5321 §4.5.3.1.8).`,
    );
  }
  return [...new Set(draft.to.map((box) => parseMailAddress(box.address)))];
}

function messageIdOf(draft: MailDraft, from: MailAddress): string {
  const wanted = draft.messageId;
  const domain = domainOf(from);
  const text =
    typeof wanted === 'string' ? wanted : `<${atom(wanted.record)}.${atom(wanted.device)}@${domain}>`;
  // RFC 5322 §3.6.4 with dot-atom-text and no-fold-literal, and nothing of the obsolete syntax.
  if (
    !/^<[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@[A-Za-z0-9.:[\]-]+>$/.test(text) ||
    text.length > MAX_MESSAGE_ID
  ) {
    throw new MailDraftError('MAIL_BAD_MESSAGE_ID', `${JSON.stringify(text)} is not a Message-ID.`, {
      advice: 'Write it as <left@right> in ASCII without spaces.',
    });
  }
  return text;
}

/** Distinct texts give distinct atoms: what is not allowed is written as its code. */
function atom(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9-]/gu, (character) => `_${character.codePointAt(0)?.toString(16)}_`);
}

function mailbox(box: Mailbox, encode: (text: string) => string): string {
  if (box.name === undefined || box.name === '') {
    return box.address;
  }
  const isShortAscii = /^[\x20-\x7e]{1,60}$/.test(box.name) && !box.name.includes('=?');
  const name = isShortAscii ? `"${box.name.replaceAll(/["\\]/g, '\\$&')}"` : encode(box.name);
  return `${name}\r\n <${box.address}>`;
}

function refuseControls(name: string, text: string): void {
  if (/\p{Cc}/u.test(text)) {
    throw new MailDraftError(
      'MAIL_BAD_HEADER',
      `${name} holds a line end or another control character: ${JSON.stringify(text)}.`,
    );
  }
}

function entity(headers: readonly string[], content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${headers.join('\r\n')}\r\n\r\n`), content]);
}

function mixed(
  head: readonly string[],
  body: { readonly headers: readonly string[]; readonly content: Uint8Array },
  attachments: readonly MailAttachment[],
  messageId: string,
): Uint8Array {
  const parts = [entity(body.headers, body.content), ...attachments.map(attachmentPart)];
  const boundary = boundaryFor(messageId, parts);
  return entity(
    [...head, `Content-Type: multipart/mixed;\r\n boundary="${boundary}"`],
    Buffer.concat([
      ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part]),
      Buffer.from(`--${boundary}--\r\n`),
    ]),
  );
}

function attachmentPart(attachment: MailAttachment): Uint8Array {
  const { fileName, mediaType = 'text/csv', charset } = attachment;
  if (fileName === '' || /\p{Cc}|[/\\]/u.test(fileName)) {
    throw new MailDraftError('MAIL_BAD_ATTACHMENT', `${JSON.stringify(fileName)} is not a file name.`);
  }
  if (![mediaType.replace('/', ''), charset ?? 'x'].every((token) => /^[A-Za-z0-9!#$&^_.+-]+$/.test(token))) {
    throw new MailDraftError(
      'MAIL_BAD_ATTACHMENT',
      `${JSON.stringify(mediaType)} with charset ${JSON.stringify(charset)} is not a media type.`,
    );
  }
  const headers = [
    `Content-Type: ${mediaType}${charset === undefined ? '' : `; charset=${charset}`}${mimeParameter('name', fileName)}`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment${mimeParameter('filename', fileName)}`,
  ];
  return entity(headers, Buffer.from(base64Lines(attachment.content)));
}

/** Follows from the Message-ID alone, save that a text which holds it by chance (or design) gets the next one. */
function boundaryFor(messageId: string, parts: readonly Uint8Array[]): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256').update(`${attempt}/${messageId}`).digest('hex').slice(0, 24);
    // "=_" appears neither in base64 nor in quoted-printable (RFC 2045 §6.7).
    const boundary = `=_kadec21_${digest}`;
    if (!parts.some((part) => Buffer.from(part.buffer, part.byteOffset, part.length).includes(boundary))) {
      return boundary;
    }
  }
}
