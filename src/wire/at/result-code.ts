/**
 * Result codes and information texts as a DCE writes them (ITU-T V.250 §5.7.1). Text is one character per octet.
 */

/** Basic result codes of V.250 table 1. */
export type ResultCode =
  | 'OK'
  | 'CONNECT'
  | 'RING'
  | 'NO CARRIER'
  | 'ERROR'
  | 'NO DIALTONE'
  | 'BUSY'
  | 'NO ANSWER';

/** V, S3 and S4 at the moment of writing. */
export interface ResponseFormat {
  readonly isVerbose: boolean;
  readonly terminator: number;
  readonly formatting: number;
}

const NUMBERS: Readonly<Record<ResultCode, number>> = {
  OK: 0,
  CONNECT: 1,
  RING: 2,
  'NO CARRIER': 3,
  ERROR: 4,
  'NO DIALTONE': 6,
  BUSY: 7,
  'NO ANSWER': 8,
};

/** CONNECT with a rate, as cdma2000 modules number it. */
const CONNECT_NUMBERS: Readonly<Record<string, number>> = {
  300: 10,
  1200: 11,
  2400: 12,
  4800: 13,
  9600: 14,
  14400: 15,
};

/** @param text what follows the words of the code: the rate of CONNECT; may be empty */
export function formatResult(code: ResultCode, text: string, format: ResponseFormat): Uint8Array {
  if (format.isVerbose) {
    return framed(text === '' ? code : `${code} ${text}`, format);
  }
  const number = (code === 'CONNECT' ? CONNECT_NUMBERS[text] : undefined) ?? NUMBERS[code];
  return Buffer.from(`${number}${String.fromCharCode(format.terminator)}`, 'latin1');
}

/** V0 leaves out the header before an information text, not the trailer after it. */
export function formatInformation(text: string, format: ResponseFormat): Uint8Array {
  return format.isVerbose ? framed(text, format) : Buffer.from(`${text}${ending(format)}`, 'latin1');
}

const framed = (text: string, format: ResponseFormat) =>
  Buffer.from(`${ending(format)}${text}${ending(format)}`, 'latin1');

const ending = ({ terminator, formatting }: ResponseFormat) => String.fromCharCode(terminator, formatting);
