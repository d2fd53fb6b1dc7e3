/** What a command gives back to the line it stands in. */
import type { ResultCode } from '../../wire/at/result-code.ts';

export type Answer =
  /** OK, or the next command of the line. */
  | { readonly outcome: 'done'; readonly information: readonly string[] }
  /** The rest of the line is not executed (V.250 §5.6). */
  | { readonly outcome: 'refused'; readonly error?: MobileError }
  /** The line ends with this text, whatever +CMEE says. */
  | { readonly outcome: 'said'; readonly text: string }
  /** The line ends with this result instead of OK. */
  | { readonly outcome: 'ended'; readonly code: ResultCode; readonly text: string }
  /** The result comes later; the rest of the line is dropped. */
  | { readonly outcome: 'pending' }
  /** The DTE is asked for text; `finish` is called with it, unless it cancels (27.005 §3.5.1). */
  | { readonly outcome: 'prompt'; readonly finish: (text: string) => Answer }
  /**
   * The DTE is asked for octets: so many, or up to Ctrl-Z where no number is given. `finish` is called with them, or
   * without where the DTE took them back, sent too many, or fell silent.
   */
  | {
      readonly outcome: 'octets';
      readonly count: number | undefined;
      readonly finish: (octets: Uint8Array | undefined) => Answer;
    };

/** An error of the mobile equipment (27.007 §9.2) or of the message service (27.005 §3.2.5). */
export interface MobileError {
  readonly kind: 'CME' | 'CMS';
  readonly number: number;
}

export const done = (...information: readonly string[]): Answer => ({ outcome: 'done', information });

export const REFUSED: Answer = { outcome: 'refused' };

export const PENDING: Answer = { outcome: 'pending' };

export const ended = (code: ResultCode, text = ''): Answer => ({ outcome: 'ended', code, text });

export const cmeError = (number: keyof typeof CME_TEXTS): Answer => ({
  outcome: 'refused',
  error: { kind: 'CME', number },
});

export const cmsError = (number: keyof typeof CMS_TEXTS): Answer => ({
  outcome: 'refused',
  error: { kind: 'CMS', number },
});

/** 27.007 §9.2.1, those that this module gives. */
export const CME_TEXTS = {
  0: 'phone failure',
  3: 'operation not allowed',
  4: 'operation not supported',
  10: 'SIM not inserted',
  11: 'SIM PIN required',
  12: 'SIM PUK required',
  13: 'SIM failure',
  14: 'SIM busy',
  16: 'incorrect password',
  20: 'memory full',
  21: 'invalid index',
  22: 'not found',
  23: 'memory failure',
  30: 'no network service',
  50: 'Incorrect parameters',
  100: 'unknown',
} as const;

/** 27.005 §3.2.5, those that this module gives. */
export const CMS_TEXTS = {
  302: 'operation not allowed',
  303: 'operation not supported',
  304: 'invalid PDU mode parameter',
  305: 'invalid text mode parameter',
  310: 'SIM not inserted',
  311: 'SIM PIN required',
  321: 'invalid memory index',
  331: 'no network service',
} as const;

/**
 * The final result for an error, or undefined for a plain ERROR.
 * @param reports +CMEE: 0 none, 1 numbers, 2 words
 */
export function errorText(error: MobileError | undefined, reports: number): string | undefined {
  if (error === undefined) {
    return undefined;
  }
  if (error.kind === 'CMS') {
    // +CMS ERROR comes whatever +CMEE says (27.005 §3.2.5); +CMEE chooses between number and words only.
    return `+CMS ERROR: ${reports === 2 ? textOf(CMS_TEXTS, error.number) : error.number}`;
  }
  if (reports === 0) {
    return undefined;
  }
  return `+CME ERROR: ${reports === 2 ? textOf(CME_TEXTS, error.number) : error.number}`;
}

function textOf(texts: Readonly<Record<number, string>>, number: number): string {
  return texts[number] ?? String(number);
}
