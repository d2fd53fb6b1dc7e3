/**
 * Hex digits to bytes and back, by table.
 */
import type { HexFailure } from './contents.ts';

/** The value of a hex digit's character code; 255 for every other byte. */
export const DIGIT_VALUE: Uint8Array = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value += 1) {
  DIGIT_VALUE[value.toString(16).charCodeAt(0)] = value;
  DIGIT_VALUE[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/** The character codes of a byte's two upper-case hex digits. */
export const HIGH_DIGIT: Uint8Array = new Uint8Array(256);
export const LOW_DIGIT: Uint8Array = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  const digits = byte.toString(16).toUpperCase().padStart(2, '0');
  HIGH_DIGIT[byte] = digits.charCodeAt(0);
  LOW_DIGIT[byte] = digits.charCodeAt(1);
}

/** No sum of a record's bytes comes near. */
export const NOT_HEX = 0x10000;

/** Decodes `count` pairs of digits from `text[from]` on into `store[at]` on; gives the sum of the bytes, or NOT_HEX. */
export function decodePairs(
  text: Uint8Array,
  from: number,
  count: number,
  store: Uint8Array,
  at: number,
): number {
  let sum = 0;
  let seen = 0;
  for (let i = 0, read = from; i < count; i += 1, read += 2) {
    const high = DIGIT_VALUE[text[read] ?? 0] ?? 255;
    const low = DIGIT_VALUE[text[read + 1] ?? 0] ?? 255;
    const value = ((high << 4) | low) & 0xff;
    store[at + i] = value;
    sum += value;
    seen |= high | low;
  }
  return seen > 15 ? NOT_HEX : sum;
}

/** The value of the two digits at `at`; 255 or more when one of them is not a digit. */
export function digitPair(text: Uint8Array, at: number): number {
  const high = DIGIT_VALUE[text[at] ?? 0] ?? 255;
  const low = DIGIT_VALUE[text[at + 1] ?? 0] ?? 255;
  return high > 15 || low > 15 ? 256 : (high << 4) | low;
}

/** Why `text[start, end)` is no string of hex digits of the wanted length. */
export function misshapen(
  text: Uint8Array,
  start: number,
  end: number,
  line: number,
  wanted: string,
): HexFailure {
  for (let at = start; at < end; at += 1) {
    const code = text[at] ?? 0;
    if ((DIGIT_VALUE[code] ?? 255) > 15) {
      const shown =
        code > 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : `byte 0x${code.toString(16)}`;
      return { problem: 'hex_digit', line, message: `${shown} where a hex digit was expected` };
    }
  }
  return { problem: 'length', line, message: `${end - start} hex digits, expected ${wanted}` };
}

export const hexByte = (value: number): string => (value & 0xff).toString(16).toUpperCase().padStart(2, '0');
