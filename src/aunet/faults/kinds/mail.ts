/** Faults of the mail servers. */
import { type Bytes, bytes } from '../../../base/units.ts';
import { now } from '../../../base/virtual-time.ts';
import type { FaultOf, MailPoint } from '../../../config/fault.ts';
import { flawedCertificates } from '../../certificates/flawed.ts';
import type { ContentFate, MailConnection, MailFate, MailMoment } from '../effects.ts';
import type { EndFault, FaultParts } from '../fault-parts.ts';
import { GreyList } from '../grey-list.ts';

export interface Target {
  /** What is aimed at begins with the protocol: `smtp-reply`, `pop3-lost`. */
  readonly fault: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

const isAimedAt = ({ fault, host, port }: Target, connection: MailConnection): boolean =>
  fault.startsWith(`${connection.protocol}-`) &&
  (port === undefined || port === connection.port) &&
  (host === undefined || host.toLowerCase() === connection.host);

export const greetingDelay = (fault: FaultOf<'smtp-greeting-delay'>, parts: FaultParts): EndFault =>
  atPoint(fault, 'greeting', parts, `the greeting comes ${fault.delay / 1000} s late`, {
    fate: 'delay',
    delay: fault.delay,
  });

export function reply(fault: FaultOf<'smtp-reply'>, parts: FaultParts): EndFault {
  const { verb, code, enhanced, to } = fault;
  const fate: MailFate = {
    fate: 'reply',
    code,
    enhanced,
    text: fault.text ?? usualTexts[code] ?? (code < 500 ? 'Try again later' : 'Not accepted'),
  };
  const said = `${verb} is answered ${code}${enhanced === undefined ? '' : ` ${enhanced}`}`;
  const isFor = ({ argument }: MailMoment) =>
    to === undefined || argument.toLowerCase().includes(`<${to.toLowerCase()}>`);
  return atPoint(fault, verb, parts, said, fate, isFor);
}

const usualTexts: Readonly<Record<number, string>> = {
  421: 'Service not available, closing transmission channel',
  450: 'Mailbox temporarily unavailable',
  451: 'Local error in processing',
  452: 'Insufficient system storage',
  454: 'Temporary failure',
  535: 'Authentication credentials invalid',
  550: 'Mailbox unavailable',
  552: 'Message exceeds storage allocation',
  554: 'Transaction failed',
};

export function greylisting(fault: FaultOf<'smtp-greylisting'>, parts: FaultParts): EndFault {
  const list = new GreyList(fault.wait);
  return parts.board.put({
    mail({ point, connection, argument, from }) {
      if (point !== 'RCPT' || !isAimedAt(fault, connection)) {
        return undefined;
      }
      const restMs = list.wait({ client: connection.client, from, to: argument.toLowerCase() }, now());
      const { line } = connection;
      return restMs > 0 && parts.occurs(line) && parts.strike('smtp', 'greylisting: 451 4.7.1', line)
        ? {
            fate: 'reply',
            code: 451,
            enhanced: '4.7.1',
            text: `Greylisted, please try again in ${Math.ceil(restMs / 1000)} seconds`,
          }
        : undefined;
    },
  });
}

const refusals = {
  credentials: { code: 535, enhanced: '5.7.8', text: 'Authentication credentials invalid' },
  temporary: { code: 454, enhanced: '4.7.0', text: 'Temporary authentication failure' },
  'too-weak': { code: 534, enhanced: '5.7.9', text: 'Authentication mechanism is too weak' },
} as const;

export const authRefused = (fault: FaultOf<'smtp-auth-refused'>, parts: FaultParts): EndFault => {
  const refusal = refusals[fault.how];
  return atPoint(fault, 'AUTH', parts, `AUTH is answered ${refusal.code}`, { fate: 'reply', ...refusal });
};

export const startTlsRefused = (fault: FaultOf<'smtp-starttls-refused'>, parts: FaultParts): EndFault =>
  fault.how === 'refused'
    ? atPoint(fault, 'STARTTLS', parts, 'STARTTLS is answered 454', {
        fate: 'reply',
        code: 454,
        enhanced: '4.7.0',
        text: 'TLS not available due to temporary reason',
      })
    : parts.board.put({
        hidesStartTls: (connection) => strikes(fault, parts, connection, 'STARTTLS is not offered'),
      });

export const badCertificate = (
  fault: FaultOf<'smtp-bad-certificate' | 'pop3-bad-certificate'>,
  parts: FaultParts,
): EndFault =>
  parts.board.put({
    certificate: (connection) =>
      strikes(fault, parts, connection, `the certificate is bad (${fault.flaw})`)
        ? flawedCertificates[fault.flaw]
        : undefined,
  });

export function stall(fault: FaultOf<'smtp-stall'>, parts: FaultParts): EndFault {
  return fault.verb === 'content'
    ? inContent(fault, parts, 'the server does not read on in the middle of DATA', 'stall')
    : atPoint(fault, fault.verb, parts, `${fault.verb} is not answered`, { fate: 'stall' });
}

export function lost(fault: FaultOf<'smtp-lost'>, parts: FaultParts): EndFault {
  const { verb, how, accepted } = fault;
  if (verb === 'content') {
    return inContent(fault, parts, 'the connection breaks in the middle of DATA', how);
  }
  const ofMail = verb === 'end-of-data' ? (accepted ? ', the mail is taken' : ', the mail is not taken') : '';
  return atPoint(fault, verb, parts, `the connection breaks at ${verb}${ofMail}`, {
    fate: 'break',
    how,
    accepts: accepted,
  });
}

/** Whether a fault is about a connection, due, and not used up. */
export function strikes(fault: Target, parts: FaultParts, connection: MailConnection, text: string): boolean {
  const { host, port, line } = connection;
  return (
    isAimedAt(fault, connection) &&
    parts.occurs(line) &&
    parts.strike('smtp', `${host}:${port}: ${text}`, line)
  );
}

function atPoint(
  fault: Target,
  point: Exclude<MailPoint, 'content'>,
  parts: FaultParts,
  text: string,
  fate: MailFate,
  isFor: (moment: MailMoment) => boolean = () => true,
): EndFault {
  return parts.board.put({
    mail: (moment) =>
      moment.point === point && isFor(moment) && strikes(fault, parts, moment.connection, text)
        ? fate
        : undefined,
  });
}

/** What happens so far in a mail's content, whichever way it goes. */
export function inContent(
  fault: Target & { readonly after?: { readonly bytes: Bytes } | { readonly time: unknown } | undefined },
  parts: FaultParts,
  text: string,
  then: ReturnType<ContentFate['reached']>,
): EndFault {
  const after = fault.after !== undefined && 'bytes' in fault.after ? fault.after.bytes : bytes(1);
  return parts.board.put({
    content: (connection) =>
      isAimedAt(fault, connection) && parts.occurs(connection.line)
        ? {
            after,
            reached: () =>
              parts.strike('smtp', `${connection.host}:${connection.port}: ${text}`, connection.line)
                ? then
                : 'go-on',
          }
        : undefined,
  });
}
