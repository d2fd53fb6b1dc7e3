/** How results are put: what X lets the module tell (V.250 §6.2.7), and errors as +CMEE asks. */
import type { ResultCode } from '../../wire/at/result-code.ts';
import { type Answer, errorText } from './answer.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';

/** X2 and X4 wait for dial tone and say so when there is none; the others dial blindly. */
export function listensForDialTone(settings: Settings): boolean {
  const level = settings.get('X');
  return level === 2 || level === 4;
}

/** A code that X does not let the module tell becomes NO CARRIER. */
export function asAllowed(code: ResultCode, settings: Settings): ResultCode {
  const isHidden =
    (code === 'BUSY' && settings.get('X') < 3) || (code === 'NO DIALTONE' && !listensForDialTone(settings));
  return isHidden ? 'NO CARRIER' : code;
}

/** The text behind CONNECT. */
export function connectText(bitRate: number, settings: Settings): string {
  return settings.get('X') === 0 ? '' : String(bitRate);
}

/** Says how a command line, or a call, ended; nothing for what has not ended. */
export function report(answer: Answer, output: Output, settings: Settings): void {
  switch (answer.outcome) {
    case 'done':
      output.result('OK', '');
      break;
    case 'ended':
      output.result(answer.code, answer.text);
      break;
    case 'refused': {
      const text = errorText(answer.error, settings.number('+CMEE'));
      if (text === undefined) {
        output.result('ERROR', '');
      } else {
        output.extendedResult(text, 'result');
      }
      break;
    }
    case 'said':
      output.extendedResult(answer.text, 'result');
      break;
    case 'prompt':
    case 'octets':
    case 'pending':
      break;
  }
}
