/** Replies of a server, as text: RFC 5321 §4.2, enhanced codes RFC 3463 §2, EHLO keywords §4.1.1.1. */
import { MASK } from '../base/trace.ts';
import type { SmtpReply } from './submission.ts';

/** As much of a server's prose as anybody reads. */
const MAX_REPLY_TEXT = 300;
/** A shorter secret is likelier to be part of a word than to be echoed. */
const SHORTEST_MASKED_SECRET = 4;

/**
 * Reads one whole reply.
 * @param lines the reply's lines, joined by LF
 * @param secrets texts that must not be repeated to people
 * @returns undefined where it is no reply of SMTP
 */
export function parseSmtpReply(lines: string, secrets: readonly string[] = []): SmtpReply | undefined {
  const all = lines.split(/\r?\n/);
  const code = /^([2-5]\d\d)(?:[ -]|$)/.exec(all.at(-1) ?? '')?.[1];
  if (code === undefined || !all.every((line) => line.startsWith(code))) {
    return undefined;
  }
  const texts = all.map((line) => line.slice(4));
  const enhanced = new RegExp(`^(${code.charAt(0)}\\.\\d{1,3}\\.\\d{1,3})(?:\\s|$)`);
  return {
    code: Number(code),
    enhancedCode: enhanced.exec(texts[0] ?? '')?.[1],
    text: readable(texts.join(' '), secrets),
  };
}

/** `535 5.7.8 Authentication failed`, for people. */
export function formatSmtpReply(reply: SmtpReply): string {
  return `${reply.code} ${reply.text}`.trimEnd();
}

/** Text from outside as one printable, bounded line. */
export function readable(text: string, secrets: readonly string[] = []): string {
  let line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ').trim();
  for (const secret of secrets) {
    if (secret.length >= SHORTEST_MASKED_SECRET) {
      line = line.replaceAll(secret, MASK);
    }
  }
  return line.length > MAX_REPLY_TEXT ? `${line.slice(0, MAX_REPLY_TEXT - 1)}…` : line;
}

export interface ServerCapabilities {
  readonly startTls: boolean;
  /** Upper case, in the server's order. */
  readonly authMechanisms: readonly string[];
  /** RFC 1870 §4: 0 or no value means no fixed limit. */
  readonly size?: number | undefined;
}

export const noCapabilities: ServerCapabilities = { startTls: false, authMechanisms: [] };

/** @param lines a successful reply to EHLO, joined by LF; its first line is the server's name */
export function parseCapabilities(lines: string): ServerCapabilities {
  const keywords = lines
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.slice(4).trim().toUpperCase());
  // "AUTH=LOGIN" is how some servers of the nineties spelled it.
  const mechanisms = keywords.flatMap((line) =>
    /^AUTH[ =]/.test(line) ? line.slice(5).split(/[\s=]+/) : [],
  );
  const size = keywords
    .map((line) => /^SIZE\s+(\d{1,15})$/.exec(line)?.[1])
    .find((found) => found !== undefined);
  return {
    startTls: keywords.includes('STARTTLS'),
    authMechanisms: [...new Set(mechanisms.filter((name) => name !== ''))],
    size: size === undefined || Number(size) === 0 ? undefined : Number(size),
  };
}
