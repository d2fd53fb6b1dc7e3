/** What of a sign-in is left in a recording whose passwords are masked. */
import { PppProtocol } from '../wire/ppp/protocol-number.ts';
import type { Utterance } from './utterances.ts';

/** A PAP request and a CHAP response: their checksum does not hold where their password is masked. */
export const SIGN_IN = [`${PppProtocol.pap} 1`, `${PppProtocol.chap} 2`] as const;

export const damagedOf = (utterance: Utterance): Uint8Array =>
  utterance.kind === 'damaged' ? utterance.bytes : new Uint8Array();

export function isMaskedSignIn(bytes: Uint8Array, kind: string, isRedacted: boolean): boolean {
  const protocol = kind === SIGN_IN[0] ? PppProtocol.pap : kind === SIGN_IN[1] ? PppProtocol.chap : undefined;
  if (!isRedacted || protocol === undefined) {
    return false;
  }
  const at = bytes.indexOf(protocol >>> 8);
  return at >= 0 && at < 6 && bytes[at + 1] === (protocol & 0xff);
}
