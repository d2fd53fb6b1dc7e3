/**
 * Header text as a person reads it: RFC 2047 encoded words, in any charset that the platform knows. What cannot be
 * decoded stays as it is written.
 */

const WORD = /=\?([^?\s]{1,40})\?([bq])\?([^?\s]*)\?=/i;
/** RFC 2047 §6.2: white space between two words is not shown. */
const BETWEEN_WORDS = /(\?=)\s+(?==\?)/g;
const ALL_WORDS = new RegExp(WORD.source, 'gi');
/** C0, DEL, C1, and the marks that turn the direction of text round: none of them may reach a terminal. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** @param text an unfolded header field body, one character an octet */
export function decodeHeaderText(text: string): string {
  const decoded = text
    .replace(BETWEEN_WORDS, '$1')
    .replace(ALL_WORDS, (word, charset: string, encoding: string, content: string) => {
      const octets = encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : fromQ(content);
      return decodeAs(charset, octets) ?? word;
    });
  return printable(decoded === text && /[\x80-\xff]/.test(text) ? rawText(text) : decoded);
}

/** Text from outside without what could steer a terminal. */
export const printable = (text: string): string => text.replace(UNSEEN, ' ');

/** RFC 2047 §4.2. */
function fromQ(content: string): Uint8Array {
  const text = content
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(text, 'latin1');
}

function decodeAs(charset: string, octets: Uint8Array): string | undefined {
  try {
    // RFC 2231 §5: a language may follow the charset.
    return new TextDecoder(charset.replace(/\*.*$/, '')).decode(octets);
  } catch {
    return undefined;
  }
}

/** RFC 6532: UTF-8 as it is. */
const rawText = (text: string): string => decodeAs('utf-8', Buffer.from(text, 'latin1')) ?? text;
