/** Mails and lists as POP3 sends them: lines that end with CRLF, dots stuffed, a lone dot at the end (RFC 1939 §3). */
import { type Bytes, bytes } from '../../base/units.ts';

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const END: Uint8Array = Buffer.from('.\r\n');

/** What is made at a time: a mail of megabytes for a client that does not read must not lie here twice. */
export const PIECE: Bytes = bytes(16 * 1024);
/** An octet may bring a CR or a dot along; an unfinished line is ended by two octets. */
const MARGIN = 4;

/**
 * The body of a multi-line reply with its final dot.
 * @param raw a mail as it came; a bare LF becomes CRLF, or a client would take `\n.\r\n` for the end
 * @param bodyLines lines after the header's blank line (TOP); absent: all
 */
export function* stuffedMail(raw: Uint8Array, bodyLines = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
  let piece = new Uint8Array(PIECE + MARGIN);
  let length = 0;
  let previous = LF;
  let isBlank = true;
  let isBody = false;
  let left = bodyLines;
  for (const octet of raw) {
    if (previous === LF && octet === DOT) {
      piece[length++] = DOT;
    }
    if (octet === LF && previous !== CR) {
      piece[length++] = CR;
    }
    piece[length++] = octet;
    previous = octet;
    if (octet !== LF) {
      isBlank &&= octet === CR;
    } else {
      left -= isBody ? 1 : 0;
      isBody ||= isBlank;
      isBlank = true;
      if (isBody && left <= 0) {
        break;
      }
    }
    if (length >= PIECE) {
      yield piece.subarray(0, length);
      piece = new Uint8Array(PIECE + MARGIN);
      length = 0;
    }
  }
  if (previous !== LF) {
    piece[length++] = CR;
    piece[length++] = LF;
  }
  yield piece.subarray(0, length);
  yield END;
}

const sizes = new WeakMap<Uint8Array, Bytes>();

/** The octets of a mail as RETR sends it, without stuffing and final dot (RFC 1939 §11). */
export function sizeOf(raw: Uint8Array): Bytes {
  const known = sizes.get(raw);
  if (known !== undefined) {
    return known;
  }
  let size = raw.length;
  let previous = LF;
  for (const octet of raw) {
    size += octet === LF && previous !== CR ? 1 : 0;
    previous = octet;
  }
  const total = bytes(size + (previous === LF ? 0 : 2));
  sizes.set(raw, total);
  return total;
}

/** A list as the body of a multi-line reply. @param lines none begins with a dot */
export function* listed(lines: Iterable<string>): Generator<Uint8Array> {
  let text = '';
  for (const line of lines) {
    text += `${line}\r\n`;
    if (text.length >= PIECE) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(`${text}.\r\n`);
}
