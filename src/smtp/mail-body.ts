/** The text part of a mail: line ends, line lengths, transfer encoding. */
import type { MailCharset } from './encoded-word.ts';
import { ESCAPES_OCTETS, encodeJisUnits, type JisUnit, toJisUnits } from './iso-2022-jp.ts';

/** RFC 5322 §2.1.1, without the CRLF. */
export const MAX_TEXT_LINE = 998;
/** RFC 2045 §6.8. */
const MAX_BASE64_LINE = 76;
const CRLF = Buffer.from('\r\n');

export interface TextPart {
  readonly headers: readonly string[];
  /** Ends with CRLF. */
  readonly content: Uint8Array;
  readonly replaced: readonly string[];
}

/** Builds a `text/plain` part. Line ends of any kind become CRLF; other control characters are dropped. */
export function textPart(text: string, charset: MailCharset): TextPart {
  const lines = text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\t\n]/gu, '')
    .replace(/\n$/, '')
    .split('\n');
  return charset === 'utf-8' ? utf8Part(lines) : jisPart(lines);
}

/** Base64 in lines of 76 with CRLF after each (RFC 2045 §6.8). */
export function base64Lines(content: Uint8Array): string {
  const encoded = Buffer.from(content).toString('base64');
  const lines = encoded.match(new RegExp(`.{1,${MAX_BASE64_LINE}}`, 'g')) ?? [];
  return lines.map((line) => `${line}\r\n`).join('');
}

function utf8Part(lines: readonly string[]): TextPart {
  return {
    headers: ['Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: base64'],
    content: Buffer.from(base64Lines(Buffer.from(`${lines.join('\r\n')}\r\n`))),
    replaced: [],
  };
}

function jisPart(lines: readonly string[]): TextPart {
  const replaced = new Set<string>();
  const octets: Uint8Array[] = [];
  for (const line of lines) {
    const jis = toJisUnits(line);
    for (const character of jis.replaced) {
      replaced.add(character);
    }
    for (const piece of brokenAt(MAX_TEXT_LINE, jis.units)) {
      octets.push(encodeJisUnits(piece), CRLF);
    }
  }
  return {
    headers: ['Content-Type: text/plain; charset=ISO-2022-JP', 'Content-Transfer-Encoding: 7bit'],
    content: Buffer.concat(octets),
    replaced: [...replaced],
  };
}

/** Each piece, escapes included, fits into one line. */
function brokenAt(limit: number, units: readonly JisUnit[]): JisUnit[][] {
  const pieces: JisUnit[][] = [];
  let piece: JisUnit[] = [];
  let length = 0;
  let isDouble = false;
  for (const unit of units) {
    const switches = (unit.length === 2) !== isDouble;
    const cost = unit.length + (switches && unit.length === 2 ? ESCAPES_OCTETS : 0);
    if (length + cost > limit) {
      pieces.push(piece);
      piece = [];
      length = 0;
      isDouble = false;
    }
    length += unit.length + (unit.length === 2 && !isDouble ? ESCAPES_OCTETS : 0);
    isDouble = unit.length === 2;
    piece.push(unit);
  }
  return [...pieces, piece];
}
