/**
 * Values in AT commands and answers: numbers, quoted strings, parameter lists (ITU-T V.250 5.4.2).
 * Text is one character per octet; both sides of the line use these functions.
 */
import type { Malformed } from '../malformed.ts';

/** One value of a parameter list. `ranges` is the parenthesised form of test answers, `(0-3,5)`. */
export type AtValue =
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  /** Neither number nor string: hexadecimal without quotes, a word like READY. */
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'ranges'; readonly text: string }
  /** Left out between two commas. */
  | { readonly kind: 'omitted' };

/**
 * Writes a string constant. V.250 5.4.2.2: `"`, `\` and everything outside 0x20..0x7e become `\` and two
 * hexadecimal digits; octets from 0x80 on are kept, since modules take names in their own alphabet.
 * @param text one character per octet
 */
export function quoteString(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const octet = character.charCodeAt(0);
    quoted +=
      octet < 0x20 || octet === 0x22 || octet === 0x5c || octet === 0x7f
        ? `\\${octet.toString(16).toUpperCase().padStart(2, '0')}`
        : character;
  }
  return `${quoted}"`;
}

/**
 * Reads a string constant with its quotes. Only `\` and two hexadecimal digits is an escape (V.250 5.4.2.2).
 * @param lenient takes a `\` that starts no escape as itself, as most modules send names
 */
export function unquoteString(text: string, lenient = false): string | Malformed {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) {
    return { malformed: 'string constant without its two quotes' };
  }
  let value = '';
  for (let index = 1; index < text.length - 1; index += 1) {
    const character = text.charAt(index);
    if (character === '"') {
      return { malformed: 'quote inside a string constant' };
    }
    if (character !== '\\') {
      value += character;
      continue;
    }
    const digits = text.slice(index + 1, index + 3);
    if (index + 2 < text.length - 1 && /^[0-9A-Fa-f]{2}$/.test(digits)) {
      value += String.fromCharCode(Number.parseInt(digits, 16));
      index += 2;
    } else if (lenient) {
      value += character;
    } else {
      return { malformed: `\\ without two hexadecimal digits at ${index}` };
    }
  }
  return value;
}

/** A decimal number as V.250 5.3.1 has it: digits only, leading zeros without meaning; undefined if it is none. */
export function parseDecimal(text: string): number | undefined {
  // Sixteen digits would no longer be exact.
  return /^0*\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Cuts a list at its commas, but not at those inside quotes or parentheses.
 * @returns the pieces with their quotes, trimmed; at least one
 */
export function splitParameters(text: string, separator = ','): string[] {
  const pieces: string[] = [];
  let start = 0;
  let isQuoted = false;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '"') {
      isQuoted = !isQuoted;
    } else if (isQuoted) {
      // Inside a string nothing separates.
    } else if (character === '(') {
      depth += 1;
    } else if (character === ')') {
      depth = Math.max(0, depth - 1);
    } else if (character === separator && depth === 0) {
      pieces.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  pieces.push(text.slice(start).trim());
  return pieces;
}

/** Reads one value. Never fails: what has no form of its own is a word. */
export function parseValue(text: string): AtValue {
  if (text === '') {
    return { kind: 'omitted' };
  }
  const number = parseDecimal(text.startsWith('-') ? text.slice(1) : text);
  if (number !== undefined) {
    return { kind: 'number', value: text.startsWith('-') ? -number : number, text };
  }
  if (text.startsWith('"')) {
    const value = unquoteString(text, true);
    return typeof value === 'string' ? { kind: 'string', value } : { kind: 'word', text };
  }
  return text.startsWith('(') ? { kind: 'ranges', text } : { kind: 'word', text };
}

/** Reads a parameter list; an empty text is an empty list. */
export function parseParameters(text: string): AtValue[] {
  return text.trim() === '' ? [] : splitParameters(text).map(parseValue);
}

/** An information text `+NAME: values`. */
export interface AtInformation {
  /** With its sign: `+CSQ`, `^SYSINFO`, `$QCMIP`. */
  readonly name: string;
  readonly parameters: readonly AtValue[];
}

/** Cuts `+CSQ: 20,99` into name and values; undefined for a line without such a prefix. */
export function parseInformation(line: string): AtInformation | undefined {
  const prefix = informationPrefix(line);
  if (prefix === undefined) {
    return undefined;
  }
  const rest = line.slice(prefix.length);
  return { name: prefix, parameters: parseParameters(rest.startsWith(':') ? rest.slice(1) : rest) };
}

/** `+CSQ` of `+CSQ: 20,99`, upper case as sent; undefined where a line does not start with such a name. */
export function informationPrefix(line: string): string | undefined {
  // V.250 5.4.1: a sign, a letter, then letters, digits and a few marks; vendors use the other signs.
  return /^[+^$%*#&@!][A-Za-z][\w./%!-]*(?=:|\s*$)/.exec(line)?.[0];
}

/** The text of a value without quotes, as people read it; empty for an omitted one. */
export function valueText(value: AtValue | undefined): string {
  switch (value?.kind) {
    case 'string':
      return value.value;
    case 'number':
    case 'word':
    case 'ranges':
      return value.text;
    default:
      return '';
  }
}

/** The number of a value, or undefined where it is not a number. */
export function valueNumber(value: AtValue | undefined): number | undefined {
  return value?.kind === 'number' ? value.value : undefined;
}
