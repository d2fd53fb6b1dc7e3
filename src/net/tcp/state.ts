/** The states of a connection, RFC 9293 §3.3.2, spelled as there, and the ways in which one can fail. */
import { type Ms, ms } from '../../base/units.ts';

export type TcpState =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'ESTABLISHED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT';

/** Why a connection went to CLOSED before its time. */
export type TcpFailure = 'refused' | 'reset' | 'timed-out' | 'unreachable' | 'aborted';

/** A deadline that does not come. */
export const NEVER: Ms = ms(Number.POSITIVE_INFINITY);

/** Whether the peer may still send data (RFC 9293 §3.10.7.4, seventh). */
export const takesData = (state: TcpState): boolean =>
  state === 'ESTABLISHED' || state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2';

/** Whether the user may still give data to send. */
export const givesData = (state: TcpState): boolean => state === 'ESTABLISHED' || state === 'CLOSE-WAIT';

/** Whether the handshake is over. */
export const isSynchronized = (state: TcpState): boolean =>
  state !== 'CLOSED' && state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
