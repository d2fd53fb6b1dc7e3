/**
 * Header text: RFC 2047 B words where ASCII does not do, folded. Every word stands alone: it is at most 75
 * characters, holds whole characters and, in ISO-2022-JP, returns to ASCII.
 */
import { ESCAPES_OCTETS, encodeJisUnits, toJisUnits } from './iso-2022-jp.ts';

export type MailCharset = 'iso-2022-jp' | 'utf-8';

/** RFC 2047 §2. */
const MAX_WORD = 75;
/** RFC 2047 §2: a line that holds an encoded word. */
const MAX_LINE_WITH_WORD = 76;
/** RFC 5322 §2.1.1, without the CRLF. */
const MAX_LINE_ADVISED = 78;

export interface HeaderText {
  /** Folded with CRLF and a space, without the header's name. */
  readonly folded: string;
  readonly replaced: readonly string[];
}

/**
 * Unstructured header text (Subject, or a display name).
 * @param column how much of the first line is taken already, `Subject: ` for instance
 */
export function encodeHeaderText(text: string, charset: MailCharset, column: number): HeaderText {
  if (isPlain(text, column)) {
    return { folded: foldAtSpaces(text, column), replaced: [] };
  }
  const { pieces, replaced } = charset === 'iso-2022-jp' ? jisPieces(text) : utf8Pieces(text);
  const words: string[] = [];
  let room = Math.min(MAX_WORD, MAX_LINE_WITH_WORD - column);
  let start = 0;
  while (start < pieces.length) {
    let end = start + 1;
    while (end < pieces.length && wordLength(charset, pieces, start, end + 1) <= room) {
      end += 1;
    }
    words.push(
      `${wordHead(charset)}${Buffer.from(encodePieces(charset, pieces.slice(start, end))).toString('base64')}?=`,
    );
    start = end;
    // The continuation line starts with one space.
    room = Math.min(MAX_WORD, MAX_LINE_WITH_WORD - 1);
  }
  return { folded: words.join('\r\n '), replaced };
}

type Piece = readonly number[];

/** A text that looks like an encoded word, or cannot be folded, goes encoded too. */
function isPlain(text: string, column: number): boolean {
  return (
    /^[\x20-\x7e]*$/.test(text) &&
    !text.includes('=?') &&
    !/^ | $| {2}/.test(text) &&
    text.split(' ').every((word) => word.length + column < MAX_LINE_ADVISED)
  );
}

function foldAtSpaces(text: string, column: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const used = lines.length === 0 ? column : 1;
    if (line !== '' && used + line.length + 1 + word.length > MAX_LINE_ADVISED) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\r\n ');
}

function jisPieces(text: string): { pieces: Piece[]; replaced: readonly string[] } {
  const { units, replaced } = toJisUnits(text);
  return { pieces: [...units], replaced };
}

function utf8Pieces(text: string): { pieces: Piece[]; replaced: readonly string[] } {
  return { pieces: [...text].map((character) => [...Buffer.from(character)]), replaced: [] };
}

function encodePieces(charset: MailCharset, pieces: readonly Piece[]): Uint8Array {
  if (charset === 'utf-8') {
    return Uint8Array.from(pieces.flat());
  }
  return encodeJisUnits(
    pieces.map(([first = 0, second]) => (second === undefined ? [first] : [first, second])),
  );
}

function wordHead(charset: MailCharset): string {
  return charset === 'utf-8' ? '=?UTF-8?B?' : '=?ISO-2022-JP?B?';
}

function wordLength(charset: MailCharset, pieces: readonly Piece[], start: number, end: number): number {
  let octets = 0;
  let isDouble = false;
  for (const piece of pieces.slice(start, end)) {
    octets += piece.length;
    if (charset === 'iso-2022-jp' && (piece.length === 2) !== isDouble) {
      isDouble = !isDouble;
      octets += isDouble ? ESCAPES_OCTETS : 0;
    }
  }
  return wordHead(charset).length + Math.ceil(octets / 3) * 4 + 2;
}
