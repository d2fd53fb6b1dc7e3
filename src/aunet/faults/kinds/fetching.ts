/** Faults of the servers where mail is fetched. */
import type { FaultOf, FetchPoint } from '../../../config/fault.ts';
import type { FetchFate } from '../effects.ts';
import type { EndFault, FaultParts } from '../fault-parts.ts';
import { inContent, strikes, type Target } from './mail.ts';

export function reply(fault: FaultOf<'pop3-reply'>, parts: FaultParts): EndFault {
  const { verb, code, text = 'try again later' } = fault;
  const said = code === undefined ? text : `[${code}] ${text}`;
  return atPoint(fault, verb, parts, `${verb} is answered -ERR ${said}`, { fate: 'refuse', text: said });
}

export const stlsRefused = (fault: FaultOf<'pop3-stls-refused'>, parts: FaultParts): EndFault =>
  fault.how === 'refused'
    ? atPoint(fault, 'STLS', parts, 'STLS is refused', { fate: 'refuse', text: 'TLS is not available' })
    : parts.board.put({
        hidesStartTls: (connection) => strikes(fault, parts, connection, 'STLS is not offered'),
      });

export const stall = (fault: FaultOf<'pop3-stall'>, parts: FaultParts): EndFault =>
  fault.verb === 'content'
    ? inContent(fault, parts, 'the server falls silent in the middle of a mail', 'stall')
    : atPoint(fault, fault.verb, parts, `${fault.verb} is not answered`, { fate: 'stall' });

export function lost(fault: FaultOf<'pop3-lost'>, parts: FaultParts): EndFault {
  const { verb, how, accepted } = fault;
  if (verb === 'content') {
    return inContent(fault, parts, 'the connection breaks in the middle of a mail', how);
  }
  const ofMails = verb === 'QUIT' ? (accepted ? ', the mails are gone' : ', the mails stay') : '';
  return atPoint(fault, verb, parts, `the connection breaks at ${verb}${ofMails}`, {
    fate: 'break',
    how,
    accepts: accepted,
  });
}

const atPoint = (
  fault: Target,
  point: Exclude<FetchPoint, 'content'>,
  parts: FaultParts,
  text: string,
  fate: FetchFate,
): EndFault =>
  parts.board.put({
    fetch: (moment) =>
      moment.point === point && strikes(fault, parts, moment.connection, text) ? fate : undefined,
  });
