/**
 * What the station tells about itself as data: the schemas, from which the OpenAPI document comes, and the functions
 * that fill them.
 */
import { z } from 'zod';
import type { FaultState } from '../aunet/faults/fault-director.ts';
import { now } from '../base/virtual-time.ts';
import { formatFault } from '../config/fault-text.ts';
import { formatInstant } from '../config/japan-time.ts';
import type { ReceivedMail } from './mail-list.ts';
import type { NetworkSide } from './network-side.ts';
import type { ServedLine } from './served-line.ts';
import type { Session } from './session-log.ts';

const instant = z.string().describe('ISO 8601, Japan time');
const lineName = z.string().nullable().describe('The line, where it is known');

export const lineSchema = z.strictObject({
  name: z.string(),
  open: z.boolean().describe('false: the line is no more'),
  connected: z.boolean().describe('Whether a device is there, as far as the line can tell'),
  module: z.string().describe('The profile of the module'),
  power: z.enum(['off', 'booting', 'on']),
  mode: z.enum(['command', 'data']).nullable(),
  inCall: z.boolean(),
  coverage: z.enum(['none', 'searching', 'home', 'roaming']),
  baudRate: z.number(),
  bytes: z.strictObject({ fromDevice: z.int(), toDevice: z.int() }),
});

export const sessionSchema = z.strictObject({
  line: lineName,
  user: z.string().nullable(),
  address: z.string(),
  state: z.enum(['up', 'refused', 'down']),
  since: instant,
  until: instant.nullable(),
  reason: z.string().nullable(),
});

export const mailSchema = z.strictObject({
  id: z.string(),
  line: lineName,
  received: instant,
  host: z.string(),
  port: z.int(),
  tls: z.boolean(),
  auth: z.strictObject({ mechanism: z.string(), user: z.string() }).nullable(),
  client: z.string(),
  helo: z.string(),
  envelope: z.strictObject({ from: z.string(), to: z.array(z.string()) }),
  subject: z.string(),
  from: z.string(),
  to: z.string(),
  date: z.string(),
  messageId: z.string(),
  size: z.int().describe('Octets'),
});

export const mailsSchema = z.strictObject({
  schema: z.literal('kadec21/serve-mails/1'),
  /** Whether as many as were waited for are here. */
  complete: z.boolean(),
  mails: z.array(mailSchema),
});

export const faultStateSchema = z.strictObject({
  id: z.int(),
  spec: z.string().describe('As --fault takes it'),
  status: z.enum(['waiting', 'active', 'over']),
  hits: z.int(),
  description: z.string(),
});

export const statusSchema = z.strictObject({
  schema: z.literal('kadec21/serve-status/1'),
  now: instant,
  startedAt: instant,
  module: z.string(),
  lines: z.strictObject({ total: z.int(), connected: z.int(), inCall: z.int() }),
  sessions: z.strictObject({ up: z.int(), opened: z.int() }),
  mails: z.strictObject({ received: z.int(), kept: z.int() }),
  faults: z.int(),
  failures: z.int().describe('What nobody foresaw; should be 0'),
  events: z.record(z.string(), z.int()).describe('How often each kind of event came'),
});

export const linesSchema = z.strictObject({
  schema: z.literal('kadec21/serve-lines/1'),
  lines: z.array(lineSchema),
});
export const sessionsSchema = z.strictObject({
  schema: z.literal('kadec21/serve-sessions/1'),
  sessions: z.array(sessionSchema),
});
export const faultsSchema = z.strictObject({
  schema: z.literal('kadec21/serve-faults/1'),
  faults: z.array(faultStateSchema),
});
export const removedSchema = z.strictObject({ removed: z.int() });
export const doneSchema = z.strictObject({ done: z.boolean() });
export const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string() }),
});

export const lineDocument = (line: ServedLine): z.output<typeof lineSchema> => ({
  name: line.name,
  open: line.isOpen,
  connected: line.isConnected,
  module: line.profile.name,
  power: line.power,
  mode: line.module.mode ?? null,
  inCall: line.module.hasCall,
  coverage: line.attachment?.coverage.service ?? 'none',
  baudRate: line.baudRate,
  bytes: { ...line.counters },
});

export const linesDocument = ({ lines }: NetworkSide): z.output<typeof linesSchema> => ({
  schema: 'kadec21/serve-lines/1',
  lines: [...lines.values()].map(lineDocument),
});

const sessionDocument = ({
  line,
  user,
  address,
  state,
  since,
  until,
  reason,
}: Session): z.output<typeof sessionSchema> => ({
  line: line ?? null,
  user: user ?? null,
  address,
  state,
  since: formatInstant(since),
  until: until === undefined ? null : formatInstant(until),
  reason: reason ?? null,
});

export const sessionsDocument = ({ sessions }: NetworkSide): z.output<typeof sessionsSchema> => ({
  schema: 'kadec21/serve-sessions/1',
  sessions: sessions.all.map(sessionDocument),
});

export function mailDocument({ mail, summary, line }: ReceivedMail): z.output<typeof mailSchema> {
  const { id, host, port, tls, client, helo, signIn } = mail;
  return {
    id,
    line: line ?? null,
    received: formatInstant(mail.at),
    host,
    port,
    tls,
    auth: signIn === undefined ? null : { mechanism: signIn.mechanism, user: signIn.user },
    client,
    helo,
    envelope: { from: mail.from, to: [...mail.to] },
    subject: summary.subject,
    from: summary.headerFrom,
    to: summary.headerTo,
    date: summary.date,
    messageId: summary.messageId,
    size: mail.raw.length,
  };
}

export const mailsDocument = (
  mails: readonly ReceivedMail[],
  wanted: number,
): z.output<typeof mailsSchema> => ({
  schema: 'kadec21/serve-mails/1',
  complete: mails.length >= wanted,
  mails: mails.map(mailDocument),
});

export const faultDocument = ({
  id,
  fault,
  status,
  hits,
  description,
}: FaultState): z.output<typeof faultStateSchema> => ({
  id,
  spec: formatFault(fault),
  status,
  hits,
  description,
});

export const faultsDocument = ({ faults }: NetworkSide): z.output<typeof faultsSchema> => ({
  schema: 'kadec21/serve-faults/1',
  faults: faults.faults.map(faultDocument),
});

export function statusDocument(side: NetworkSide): z.output<typeof statusSchema> {
  const lines = [...side.lines.values()];
  return {
    schema: 'kadec21/serve-status/1',
    now: formatInstant(now()),
    startedAt: formatInstant(side.startedAt),
    module: side.module.name,
    lines: {
      total: lines.length,
      connected: lines.filter(({ isConnected }) => isConnected).length,
      inCall: lines.filter((line) => line.module.hasCall).length,
    },
    sessions: { up: side.sessions.up, opened: side.sessions.opened },
    mails: { received: side.mails.received, kept: side.mails.kept },
    faults: side.faults.faults.length,
    failures: side.failures,
    events: { ...side.auNet.counters },
  };
}
