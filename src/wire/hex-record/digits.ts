/**
 * Hex digits to bytes and back, by table.
 */
import type { HexFailure } from './contents.ts';

/** No sum of a record's bytes comes near; one character that is no digit makes every sum at least this large. */
export const NOT_HEX = 0x100000;

/** The value of a character as the high and as the low digit of a byte. */
const HIGH_VALUE: Int32Array = new Int32Array(256).fill(NOT_HEX);
const LOW_VALUE: Int32Array = new Int32Array(256).fill(NOT_HEX);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  for (const code of [digit.charCodeAt(0), digit.toUpperCase().charCodeAt(0)]) {
    HIGH_VALUE[code] = value << 4;
    LOW_VALUE[code] = value;
  }
}

/** The character codes of a byte's two upper-case hex digits. */
const HIGH_DIGIT: Uint8Array = new Uint8Array(256);
const LOW_DIGIT: Uint8Array = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  const digits = byte.toString(16).toUpperCase().padStart(2, '0');
  HIGH_DIGIT[byte] = digits.charCodeAt(0);
  LOW_DIGIT[byte] = digits.charCodeAt(1);
}

/**
 * Decodes `count` pairs of digits from `text[from]` on into `store[at]` on.
 * @returns the sum of the bytes, or at least NOT_HEX
 */
export function decodePairs(
  text: Uint8Array,
  from: number,
  count: number,
  store: Uint8Array,
  at: number,
): number {
  let sum = 0;
  for (let i = 0, read = from; i < count; i += 1, read += 2) {
    const value = (HIGH_VALUE[text[read] ?? 0] ?? 0) | (LOW_VALUE[text[read + 1] ?? 0] ?? 0);
    store[at + i] = value;
    sum += value;
  }
  return sum;
}

/**
 * Writes the digits of `data[from, to)` into `text[at]` on.
 * @returns the sum of the bytes
 */
export function encodePairs(
  data: Uint8Array,
  from: number,
  to: number,
  text: Uint8Array,
  at: number,
): number {
  let sum = 0;
  for (let read = from, write = at; read < to; read += 1, write += 2) {
    const value = data[read] ?? 0;
    text[write] = HIGH_DIGIT[value] ?? 0;
    text[write + 1] = LOW_DIGIT[value] ?? 0;
    sum += value;
  }
  return sum;
}

/** The value of the two digits at `at`; NOT_HEX or more when one of them is no digit. */
export function digitPair(text: Uint8Array, at: number): number {
  return (HIGH_VALUE[text[at] ?? 0] ?? 0) | (LOW_VALUE[text[at + 1] ?? 0] ?? 0);
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
    if ((LOW_VALUE[code] ?? 0) === NOT_HEX) {
      const shown =
        code > 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : `byte 0x${code.toString(16)}`;
      return { problem: 'hex_digit', line, message: `${shown} where a hex digit was expected` };
    }
  }
  return { problem: 'length', line, message: `${end - start} hex digits, expected ${wanted}` };
}

export const hexByte = (value: number): string => (value & 0xff).toString(16).toUpperCase().padStart(2, '0');
