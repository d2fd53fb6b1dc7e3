/** What happened, in one line for people, and as plain data for programs. Nothing from outside steers a terminal. */
import { formatInstant } from '../config/japan-time.ts';
import { formatIpv4 } from '../wire/ipv4.ts';
import { mailDocument } from './documents.ts';
import type { Happening, MailHappening } from './happening.ts';
import { printable } from './header-words.ts';

/** @returns one line, or `undefined` for what is of no interest to a person who watches */
export function sentenceOf(happening: Happening): string | undefined {
  const sentence = sayingOf(happening);
  return sentence === undefined ? undefined : printable(sentence);
}

function sayingOf(happening: Happening): string | undefined {
  switch (happening.type) {
    case 'mail':
      return mailSentence(happening);
    case 'line':
      return `${happening.line}: ${lineStates[happening.state]}${because(happening.reason)}`;
    case 'failure':
      return `${happening.line ?? 'station'}: internal failure: ${happening.text}`;
    case 'call':
      return `${at(happening.line)}call to ${happening.number}: ${happening.result}`;
    case 'session': {
      const { line, user = 'somebody', address, state, reason } = happening;
      return `${at(line)}PPP ${sessionStates[state]}: ${user} (${formatIpv4(address)})${because(reason)}`;
    }
    case 'connection': {
      const { host, address, port, verdict } = happening;
      return verdict === 'accepted' ? undefined : `TCP to ${host ?? formatIpv4(address)}:${port}: ${verdict}`;
    }
    case 'blocked': {
      const { host, address, port, area, how } = happening;
      return `OP25B stops TCP to ${host ?? formatIpv4(address)}:${port} in ${area} (${how})`;
    }
    case 'sign-in': {
      const { user, mechanism, host, port, verdict } = happening;
      return verdict.verdict === 'accepted'
        ? undefined
        : `sign-in at ${host}:${port} refused: ${user} by ${mechanism}: ${verdict.reason}`;
    }
    case 'fault':
      return `${at(happening.line)}fault ${happening.id} ${happening.fault}: ${happening.text}`;
    case 'lookup':
      return undefined;
    default:
      return undefined;
  }
}

const lineStates = {
  ready: 'ready',
  connected: 'a device is there',
  gone: 'the device has left',
  closed: 'closed',
} as const;

const sessionStates = { up: 'up', refused: 'refused', down: 'down' } as const;

const because = (reason: string | undefined): string => (reason === undefined ? '' : `: ${reason}`);
const at = (line: string | undefined): string => (line === undefined ? '' : `${line}: `);

function mailSentence({ mail, summary, line }: MailHappening): string {
  const { from, to, raw, host, port, tls, signIn } = mail;
  const how = [
    tls ? 'TLS' : 'in clear',
    signIn === undefined ? 'no AUTH' : `AUTH ${signIn.mechanism} ${signIn.user}`,
  ];
  return (
    `${at(line)}mail ${mail.id} <${from}> to ${to.map((address) => `<${address}>`).join(' ')} ` +
    `"${summary.subject}" ${raw.length} bytes, ${host}:${port} (${how.join(', ')})`
  );
}

export interface EventDocument {
  readonly schema: 'kadec21/serve-event/1';
  readonly type: string;
  /** ISO 8601, Japan time. */
  readonly at: string;
  readonly [detail: string]: unknown;
}

/** An event of the stream: JSON Lines on stdout, and `GET /events`. */
export function eventDocument(happening: Happening): EventDocument {
  const head = {
    schema: 'kadec21/serve-event/1',
    type: happening.type,
    at: formatInstant(happening.at),
  } as const;
  if (happening.type === 'mail') {
    return { ...head, ...mailDocument(happening) };
  }
  const { type: _, at: __, ...details } = happening;
  const address = 'address' in details ? { address: formatIpv4(details.address) } : {};
  return { ...details, ...address, ...head };
}
