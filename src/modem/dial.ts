/** Places a call. While it is being placed nothing may be written: any octet would abort it (V.250 5.6.1). */
import { ms } from '../base/units.ts';
import { DialError, dialErrorOf } from './modem-error.ts';
import type { ModuleProfile } from './module-profile.ts';
import { ask, evidence, failureOf, type Procedure } from './procedure.ts';

/** V.250 6.3.1 and the cdma2000 stand-in: digits, `*` and `#` only; all else would be a modifier. */
const NUMBER = /^[\d*#]{1,40}$/;

/** @returns the free text of CONNECT: mostly a bit rate */
export function* dial(profile: ModuleProfile, number: string): Procedure<string> {
  if (!NUMBER.test(number)) {
    throw new DialError(
      'MODEM_DIAL_REFUSED',
      `${JSON.stringify(number)} is not a number that can be dialled.`,
      {
        number,
        advice: 'A packet number has digits, * and # only, such as *99**24#.',
      },
    );
  }
  const timeoutMs = ms(profile.dial.timeoutMs);
  const answer = yield* ask(`ATD${number}`, timeoutMs);
  const lines = yield* evidence();
  switch (answer.outcome) {
    case 'connect':
      return answer.text;
    case 'error':
      throw dialErrorOf(answer.failure, number, lines);
    case 'timeout':
      throw new DialError(
        'MODEM_DIAL_TIMEOUT',
        `Dialling ${number} gave neither CONNECT nor a failure within ${timeoutMs / 1000} s.`,
        { number, evidence: lines, advice: 'Check the reception; the network may be overloaded.' },
      );
    case 'ok':
      throw new DialError(
        'MODEM_DIAL_REFUSED',
        `The module answered OK to the dial of ${number}: no data call.`,
        {
          number,
          evidence: lines,
          advice: 'Check the number: a voice call or a supplementary service was placed.',
        },
      );
    case 'aborted':
      throw new DialError('MODEM_DIAL_ABORTED', `The dial of ${number} was given up.`, {
        number,
        evidence: lines,
      });
    default:
      throw yield* failureOf(answer, `ATD${number}`, timeoutMs);
  }
}
