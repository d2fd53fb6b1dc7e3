/**
 * Everything that can go wrong on the network side, as a user writes it: one kind after the other, each with its
 * parameters and a schedule. What a fault does is in `src/aunet/faults`; the text form is in `fault-text.ts`.
 */
import { z } from 'zod';
import {
  afterBytes,
  afterBytesOrTime,
  faultDuration,
  faultInstant,
  periodOnly,
  periodOrOccasions,
} from './fault-fields.ts';

export type { Depth, FaultInstant, Recurrence } from './fault-fields.ts';

/** No line ends in what is said to a mail client: they would be further replies. */
const printable = z.string().regex(/^[\x20-\x7e]{0,200}$/, { error: 'at most 200 characters of ASCII' });
const fraction = z.number().min(0).max(1);

const window = {
  at: faultInstant
    .optional()
    .describe('When it begins: a date, or a duration after the start. Absent: at once.'),
  for: faultDuration('1ms').optional().describe('How long it goes on. Absent: for ever.'),
  probability: fraction.optional().describe('The chance that it strikes each time, by the seed. Absent: 1.'),
  times: z.int().min(1).max(1_000_000).optional().describe('After so many hits it is over.'),
  line: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Only for the line, or device, of this name. Absent: for all.'),
};

/** What lasts for a while, or strikes by the clock. */
const byTheClock = {
  ...window,
  every: periodOnly.optional().describe('It begins anew each time that this period has passed.'),
};

/** What waits for something to happen: a call, a connection, a command. */
const byOccasion = {
  ...window,
  every: periodOrOccasions
    .optional()
    .describe('A number n: each n-th occasion only. A duration: the window begins anew in this period.'),
};

const lineBytes = {
  after: afterBytes.optional().describe('Once the line has carried so many octets since it began.'),
};
const callDepth = {
  after: afterBytesOrTime.optional().describe('After so many octets of the call, or so much time in it.'),
};
const radioDirection = z
  .enum(['up', 'down', 'both'])
  .default('both')
  .describe('up: from the device; down: to the device.');
const destination = {
  host: z.string().min(1).max(253).optional().describe('Only to this host: its name, or address.'),
  port: z.int().min(1).max(65_535).optional().describe('Only to this port.'),
};

/** Where in a mail session something happens, in the order of a session. */
export const mailPoints = [
  'greeting',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'content',
  'end-of-data',
  'RSET',
  'QUIT',
] as const;
export type MailPoint = (typeof mailPoints)[number];

/** Where in a session that fetches mail something happens, in the order of a session. */
export const fetchPoints = [
  'greeting',
  'STLS',
  'sign-in',
  'STAT',
  'LIST',
  'UIDL',
  'RETR',
  'TOP',
  'content',
  'DELE',
  'QUIT',
] as const;
export type FetchPoint = (typeof fetchPoints)[number];

const FETCH_POINT =
  'sign-in: PASS and APOP; content: while a mail is fetched (RETR, TOP). The others by their command.';

const POINT = 'content: while the mail is sent; end-of-data: at the final dot. The others by their command.';

/** RFC 5321 §4.2.1: a refusal. */
const refusalCode = z.int().min(400).max(599);

const kind = <Name extends string, Shape extends z.ZodRawShape>(name: Name, tells: string, shape: Shape) =>
  z.strictObject({ fault: z.literal(name), ...shape }).describe(tells);

const kinds = [
  kind('no-service', 'No cell is heard; a call is lost.', byTheClock),
  kind('weak-signal', 'The cells arrive weakly.', {
    ...byTheClock,
    dbm: z.number().min(-130).max(-40).default(-109).describe('Received signal, dBm.'),
  }),
  kind('slow-registration', 'The network takes its time to let a module in.', {
    ...byOccasion,
    delay: faultDuration('1ms', '1h').prefault('60s').describe('How much longer it takes.'),
  }),
  kind('busy', 'A dialled number is busy.', byOccasion),
  kind('no-answer', 'A dialled number is not answered.', {
    ...byOccasion,
    wait: faultDuration('0s', '10min').prefault('60s').describe('How long it rings.'),
  }),
  kind('no-carrier', 'The network ends a call without a word.', {
    ...byOccasion,
    ...callDepth,
    when: z
      .enum(['dial', 'call', 'data'])
      .default('call')
      .describe('dial: instead of CONNECT; call: in the call; data: while the content of a mail is sent.'),
  }),
  kind('lost-call', 'Every call breaks off at once, as in a tunnel.', byTheClock),
  kind('line-noise', 'The serial line damages octets.', {
    ...byTheClock,
    ...lineBytes,
    'bit-errors': fraction.default(0).describe('The chance of each bit to be turned over.'),
    lost: fraction.default(0).describe('The chance of each octet to get lost.'),
    doubled: fraction.default(0).describe('The chance of each octet to come twice.'),
    direction: z
      .enum(['to-module', 'to-device', 'both'])
      .default('both')
      .describe('Which of the two wires is noisy.'),
  }),
  kind('module-reset', 'The module loses its power for a moment and starts anew.', {
    ...byTheClock,
    ...lineBytes,
  }),
  kind('module-silent', 'The module neither hears nor says anything.', { ...byTheClock, ...lineBytes }),
  kind('slow-results', 'Result codes come late.', {
    ...byOccasion,
    delay: faultDuration('1ms', '10min').prefault('2s').describe('How late.'),
  }),
  kind('ppp-refused', 'The network refuses the PPP session.', {
    ...byOccasion,
    how: z
      .enum(['authentication', 'terminate'])
      .default('authentication')
      .describe('authentication: CHAP Failure or PAP Nak; terminate: an LCP Terminate-Request instead.'),
  }),
  kind('ppp-silent', 'The network answers the call, and not a single PPP frame.', byOccasion),
  kind('ppp-terminate', 'The network ends a PPP session by an LCP Terminate-Request.', {
    ...byOccasion,
    ...callDepth,
  }),
  kind('wrong-name-servers', 'PPP tells the addresses of name servers that do not exist.', byOccasion),
  kind('packet-loss', 'IP packets get lost.', {
    ...byTheClock,
    rate: fraction.default(0.1).describe('The chance of each packet to get lost.'),
    direction: radioDirection,
  }),
  kind('latency', 'IP packets come late, in order.', {
    ...byTheClock,
    delay: faultDuration('0ms', '10min').prefault('1s').describe('How late.'),
    jitter: faultDuration('0ms', '10min').prefault('0ms').describe('Up to so much later still, by the seed.'),
    direction: radioDirection,
  }),
  kind('syn-drop', 'A TCP connection is not answered.', { ...byOccasion, ...destination }),
  kind('syn-reset', 'A TCP connection is refused by a RST.', { ...byOccasion, ...destination }),
  kind('syn-unreachable', 'A TCP connection is refused by ICMP.', {
    ...byOccasion,
    ...destination,
    code: z
      .enum(['net', 'host', 'port', 'prohibited'])
      .default('host')
      .describe('Destination unreachable: code 0, 1, 3 or 13 (RFC 792, RFC 1812).'),
  }),
  kind('dns-failure', 'The name server fails.', {
    ...byOccasion,
    how: z
      .enum(['servfail', 'nxdomain', 'refused', 'silent', 'wrong-address'])
      .default('servfail')
      .describe('What it answers; silent: nothing.'),
    name: z.string().min(1).max(253).optional().describe('Only for this name.'),
    address: z.ipv4().default('203.0.113.99').describe('What wrong-address answers.'),
  }),
  kind('smtp-greeting-delay', 'A mail server greets late.', {
    ...byOccasion,
    ...destination,
    delay: faultDuration('1ms', '1h').prefault('60s').describe('How late.'),
  }),
  kind('smtp-reply', 'A mail server refuses a command.', {
    ...byOccasion,
    ...destination,
    verb: z.enum(mailPoints).exclude(['content']).describe(POINT),
    code: refusalCode.default(451).describe('Reply code; 421 also closes the connection.'),
    enhanced: z
      .string()
      .regex(/^[45]\.\d{1,3}\.\d{1,3}$/, { error: 'an enhanced status code such as 4.7.1 (RFC 3463)' })
      .optional()
      .describe('Enhanced status code (RFC 3463). Absent: the usual one for the code.'),
    text: printable.optional().describe('What it says.'),
    to: z.string().min(1).max(254).optional().describe('With RCPT: only for this recipient.'),
  }),
  kind('smtp-greylisting', 'A mail server does not take a mail from somebody new at once (451 4.7.1).', {
    ...byOccasion,
    ...destination,
    wait: faultDuration('1s', '24h')
      .prefault('5min')
      .describe('From the first attempt of client, sender and recipient until it takes it.'),
  }),
  kind('smtp-auth-refused', 'A mail server refuses to let anybody sign in.', {
    ...byOccasion,
    ...destination,
    how: z
      .enum(['credentials', 'temporary', 'too-weak'])
      .default('credentials')
      .describe('535 5.7.8, 454 4.7.0, or 534 5.7.9.'),
  }),
  kind('smtp-starttls-refused', 'A mail server does not begin TLS.', {
    ...byOccasion,
    ...destination,
    how: z
      .enum(['not-offered', 'refused'])
      .default('not-offered')
      .describe('EHLO does not name STARTTLS, or the command is answered 454 4.7.0.'),
  }),
  kind('smtp-bad-certificate', 'A mail server shows a certificate that no client may trust.', {
    ...byOccasion,
    ...destination,
    flaw: z.enum(['expired', 'wrong-name', 'self-signed', 'unknown-ca']).default('expired'),
  }),
  kind('smtp-stall', 'A mail server falls silent, the connection stays.', {
    ...byOccasion,
    ...destination,
    after: afterBytes.optional().describe('With content: after so many octets of the mail.'),
    verb: z.enum(mailPoints).default('content').describe(POINT),
  }),
  kind('smtp-lost', 'The connection to a mail server breaks.', {
    ...byOccasion,
    ...destination,
    after: afterBytes.optional().describe('With content: after so many octets of the mail.'),
    verb: z.enum(mailPoints).default('end-of-data').describe(POINT),
    accepted: z
      .boolean()
      .default(true)
      .describe('With end-of-data: whether the server has taken the mail all the same.'),
    how: z.enum(['reset', 'close']).default('reset').describe('By a RST, or in order.'),
  }),
  kind('pop3-reply', 'A server refuses a command of a client that fetches mail (-ERR).', {
    ...byOccasion,
    ...destination,
    verb: z.enum(fetchPoints).exclude(['content']).describe(FETCH_POINT),
    code: z
      .enum(['IN-USE', 'LOGIN-DELAY', 'SYS/TEMP', 'SYS/PERM', 'AUTH'])
      .optional()
      .describe('Response code (RFC 2449, RFC 3206). Absent: none.'),
    text: printable.optional().describe('What it says.'),
  }),
  kind('pop3-stls-refused', 'A server does not begin TLS for a client that fetches mail.', {
    ...byOccasion,
    ...destination,
    how: z
      .enum(['not-offered', 'refused'])
      .default('not-offered')
      .describe('CAPA does not name STLS, or the command is answered -ERR.'),
  }),
  kind('pop3-bad-certificate', 'A server shows a certificate that no client that fetches mail may trust.', {
    ...byOccasion,
    ...destination,
    flaw: z.enum(['expired', 'wrong-name', 'self-signed', 'unknown-ca']).default('expired'),
  }),
  kind('pop3-stall', 'A server falls silent while mail is fetched, the connection stays.', {
    ...byOccasion,
    ...destination,
    after: afterBytes.optional().describe('With content: after so many octets of the mail.'),
    verb: z.enum(fetchPoints).default('content').describe(FETCH_POINT),
  }),
  kind('pop3-lost', 'The connection of a client that fetches mail breaks.', {
    ...byOccasion,
    ...destination,
    after: afterBytes.optional().describe('With content: after so many octets of the mail.'),
    verb: z.enum(fetchPoints).default('content').describe(FETCH_POINT),
    accepted: z
      .boolean()
      .default(true)
      .describe('With QUIT: whether the mails marked by DELE are gone all the same.'),
    how: z.enum(['reset', 'close']).default('reset').describe('By a RST, or in order.'),
  }),
] as const;

/** A fault in its object form, as in a YAML file. */
export const faultSchema = z
  .discriminatedUnion('fault', kinds)
  .superRefine((fault, context) => {
    if ('after' in fault && fault.after !== undefined && 'verb' in fault && fault.verb !== 'content') {
      context.addIssue({ code: 'custom', path: ['after'], message: 'no "after" but with verb: content' });
    }
    if (fault.fault === 'line-noise' && fault['bit-errors'] + fault.lost + fault.doubled === 0) {
      const message = 'a chance above 0 of bit-errors, lost or doubled';
      context.addIssue({ code: 'custom', path: ['bit-errors'], message });
    }
    if (fault.fault === 'no-carrier' && fault.when === 'dial' && fault.after !== undefined) {
      context.addIssue({ code: 'custom', path: ['after'], message: 'no "after" with when: dial' });
    }
  })
  .describe('Something that goes wrong on the network side, and when.');

export type Fault = z.output<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;
export type FaultKind = Fault['fault'];
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { fault: Kind }>;

/** What a fault has of a schedule. */
export type Schedule = Pick<Fault, 'at' | 'for' | 'probability' | 'times'> & {
  readonly every?: FaultOf<'busy'>['every'];
  readonly after?: FaultOf<'no-carrier'>['after'];
};

/** The names of all kinds, in the order of the way from the air to the mail. */
export const faultKinds: readonly FaultKind[] = kinds.map(({ shape }) => shape.fault.value);

/** The schema of one kind, for messages about its parameters; `undefined` for an unknown name. */
export const schemaOfKind = (name: string) => kinds.find(({ shape }) => shape.fault.value === name);

/** JSON Schema (2020-12) of a fault in object form, for editors. */
export function faultJsonSchema(): object {
  return z.toJSONSchema(faultSchema, { io: 'input', unrepresentable: 'any' });
}
