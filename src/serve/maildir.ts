/**
 * A Maildir (https://cr.yp.to/proto/maildir.html) that grows: each mail is written to tmp/, flushed to the disk and
 * renamed into new/, so that a reader never sees half a mail. With the header fields that a delivering server adds.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { AcceptedMail } from '../aunet/mailboxes.ts';
import { Kadec21Error } from '../base/errors.ts';
import type { Ms } from '../base/units.ts';

export class MaildirError extends Kadec21Error {
  readonly code = 'MAILDIR';
  readonly layer = 'line';
}

export class Maildir {
  readonly #path: string;
  /** Mails that this process has delivered. */
  #count = 0;

  /** @throws MaildirError where it cannot be made */
  constructor(path: string) {
    this.#path = path;
    try {
      for (const folder of ['tmp', 'new', 'cur']) {
        mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
      }
    } catch (cause) {
      throw new MaildirError(`${path} cannot be a Maildir: ${saying(cause)}`, { cause });
    }
  }

  /**
   * Keeps a mail, one file for all of its recipients.
   * @returns the file's name in new/
   * @throws MaildirError where the disk does not take it; nothing of it is left behind
   */
  deliver(mail: AcceptedMail): string {
    this.#count += 1;
    const name = uniqueName(this.#count);
    const unfinished = join(this.#path, 'tmp', name);
    try {
      const file = openSync(unfinished, 'wx', 0o600);
      try {
        writeAll(file, Buffer.from(deliveryHeader(mail)));
        writeAll(file, withLineFeeds(mail.raw));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(unfinished, join(this.#path, 'new', name));
    } catch (cause) {
      rmSync(unfinished, { force: true });
      throw new MaildirError(`A mail cannot be kept in ${this.#path}: ${saying(cause)}`, { cause });
    }
    return name;
  }
}

const saying = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Seconds, what is unique within the host, the host; neither `/` nor `:` may be in it. */
function uniqueName(count: number): string {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const host = hostname().replaceAll('/', '\\057').replaceAll(':', '\\072');
  return `${Math.floor(microseconds / 1e6)}.M${microseconds % 1e6}P${process.pid}Q${count}.${host}`;
}

function writeAll(file: number, octets: Uint8Array): void {
  for (let from = 0; from < octets.length; ) {
    from += writeSync(file, octets, from);
  }
}

/** RFC 5321 §4.4: Return-Path and Received; Delivered-To as Postfix and qmail write it. */
export function deliveryHeader(mail: AcceptedMail): string {
  const { from, to, helo, client, host, tls, signIn, id, at } = mail;
  // RFC 3848: S for TLS, A for AUTH.
  const protocol = `ESMTP${tls ? 'S' : ''}${signIn === undefined ? '' : 'A'}`;
  const forWhom = to.length === 1 ? `\n\tfor <${inField(to[0] ?? '')}>` : '';
  return [
    `Return-Path: <${inField(from)}>`,
    ...to.map((address) => `Delivered-To: ${inField(address)}`),
    `Received: from ${inField(helo)} ([${client}])\n\tby ${host} with ${protocol} id ${id}${forWhom};\n\t${dateTime(at)}`,
    '',
  ].join('\n');
}

/** No client writes a header field of its own here. */
const inField = (text: string): string => text.replace(/[\p{Cc} ]+/gu, ' ');

/** RFC 5322 §3.3, in Japan time. */
function dateTime(at: Ms): string {
  return new Date(at + 9 * 3_600_000).toUTCString().replace('GMT', '+0900');
}

/** Files of a Unix Maildir end their lines with LF. */
function withLineFeeds(raw: Uint8Array): Uint8Array {
  const octets = Buffer.alloc(raw.length);
  let length = 0;
  for (let index = 0; index < raw.length; index += 1) {
    const octet = raw[index] ?? 0;
    if (octet !== 0x0d || raw[index + 1] !== 0x0a) {
      octets[length] = octet;
      length += 1;
    }
  }
  return octets.subarray(0, length);
}
