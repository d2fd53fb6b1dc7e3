/**
 * Result codes as a DTE reads them: verbose (V1) lines and numeric (V0) digits of ITU-T V.250 5.7.1, the
 * +CME and +CMS errors of 3GPP TS 27.007 9.2 and 27.005 3.2.5. A code is a whole line, never a part of one.
 */
import { parseDecimal } from './value.ts';

/** Why a call did not come about, in the words of the result code. */
export type CallResult =
  | 'NO CARRIER'
  | 'BUSY'
  | 'NO ANSWER'
  | 'NO DIALTONE'
  | 'NO DIAL TONE'
  | 'DELAYED'
  | 'BLACKLISTED';

export type ResponseCode =
  | { readonly code: 'OK' }
  | { readonly code: 'ERROR'; readonly kind: 'generic' }
  /** `number` or `text` is absent where the module sent `+CME ERROR:` and nothing more, as some do. */
  | {
      readonly code: 'ERROR';
      readonly kind: 'CME' | 'CMS';
      readonly number: number | undefined;
      readonly text: string;
    }
  /** Finals of vendors: the command was not taken. */
  | { readonly code: 'ERROR'; readonly kind: 'vendor'; readonly text: string }
  /** Ends a command that places a call; from anything else it is unsolicited. */
  | { readonly code: 'call'; readonly reason: CallResult }
  | { readonly code: 'CONNECT'; readonly text: string }
  | { readonly code: 'RING' };

const CALL_RESULTS: ReadonlySet<string> = new Set<CallResult>([
  'NO CARRIER',
  'BUSY',
  'NO ANSWER',
  'NO DIALTONE',
  'NO DIAL TONE',
  'DELAYED',
  'BLACKLISTED',
]);

const isCallResult = (text: string): text is CallResult => CALL_RESULTS.has(text);

const VENDOR_ERRORS: ReadonlySet<string> = new Set([
  'REJECT',
  'ABORTED',
  'COMMAND NOT SUPPORT',
  'TOO MANY PARAMETERS',
]);

/** @returns the result code that this whole line is in V1 form, or undefined */
export function readResponseCode(line: string): ResponseCode | undefined {
  const text = line.trimEnd();
  if (text === 'OK') {
    return { code: 'OK' };
  }
  if (text === 'ERROR') {
    return { code: 'ERROR', kind: 'generic' };
  }
  if (text === 'RING') {
    return { code: 'RING' };
  }
  if (isCallResult(text)) {
    return { code: 'call', reason: text };
  }
  if (VENDOR_ERRORS.has(text)) {
    return { code: 'ERROR', kind: 'vendor', text };
  }
  // CONNECT is a whole word; what follows is free text (rate, protocol), and X0 leaves it out.
  const connect = /^CONNECT(?![\w-])(.*)$/s.exec(text);
  if (connect !== null) {
    return { code: 'CONNECT', text: (connect[1] ?? '').trim() };
  }
  return readEquipmentError(text);
}

/** The errors of 27.007 and 27.005, which V0 leaves as words too. */
export function readEquipmentError(text: string): ResponseCode | undefined {
  const error = /^\+(CME|CMS) ERROR(?:\s*:\s*|\s+|$)(.*)$/s.exec(text);
  if (error === null) {
    return undefined;
  }
  const detail = (error[2] ?? '').trim();
  return {
    code: 'ERROR',
    kind: error[1] === 'CMS' ? 'CMS' : 'CME',
    number: parseDecimal(detail),
    text: detail,
  };
}

/**
 * The numeric forms. 0 to 8 are V.250 table 1; 10 to 15 are CONNECT 300 to 14400 as cdma2000 modules count
 * them; every other number is a vendor's CONNECT with a rate of its own.
 */
const NUMERIC: Readonly<Record<number, ResponseCode>> = {
  0: { code: 'OK' },
  1: { code: 'CONNECT', text: '' },
  2: { code: 'RING' },
  3: { code: 'call', reason: 'NO CARRIER' },
  4: { code: 'ERROR', kind: 'generic' },
  5: { code: 'CONNECT', text: '1200' },
  6: { code: 'call', reason: 'NO DIALTONE' },
  7: { code: 'call', reason: 'BUSY' },
  8: { code: 'call', reason: 'NO ANSWER' },
  10: { code: 'CONNECT', text: '300' },
  11: { code: 'CONNECT', text: '1200' },
  12: { code: 'CONNECT', text: '2400' },
  13: { code: 'CONNECT', text: '4800' },
  14: { code: 'CONNECT', text: '9600' },
  15: { code: 'CONNECT', text: '14400' },
};

/** Whether a line has the form of a numeric result code. */
export const isNumericForm = (line: string): boolean => /^\d{1,3}$/.test(line);

/**
 * Reads a numeric (V0) result code.
 * @param placesCall whether the outstanding command can end with CONNECT: only then unknown numbers are one
 */
export function readNumericCode(line: string, placesCall: boolean): ResponseCode | undefined {
  if (!isNumericForm(line)) {
    return undefined;
  }
  const known = NUMERIC[Number(line)];
  return known ?? (placesCall ? { code: 'CONNECT', text: '' } : undefined);
}
