/** What a scenario expects: mails, dialogue, devices, budgets. How each is checked: src/scenario/expectations. */
import { z } from 'zod';
import { faultDuration, faultInstant } from './fault-fields.ts';
import { hostSchema, nameSchema, portSchema } from './settings-fields.ts';

/** An exact number, or bounds. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const MOST = 1_000_000_000;
const count = z.int().min(0).max(MOST);

/** `3`, or `{min: 1, max: 4}` with either end open. */
const rangeSchema = z
  .union([count, z.strictObject({ min: count.optional(), max: count.optional() })], {
    error: 'a number, or {min: ..., max: ...}',
  })
  .transform((given): Range => {
    return typeof given === 'number'
      ? { min: given, max: given }
      : { min: given.min ?? 0, max: given.max ?? MOST };
  });

/** `5min` as the most that is allowed, or `{min: ..., max: ...}`. */
const timeRangeSchema = z
  .union(
    [
      faultDuration('0ms'),
      z.strictObject({ min: faultDuration('0ms').optional(), max: faultDuration('0ms').optional() }),
    ],
    { error: 'the longest duration allowed such as 5min, or {min: ..., max: ...}' },
  )
  .transform((given): Range => {
    return typeof given === 'number'
      ? { min: 0, max: given }
      : { min: given.min ?? 0, max: given.max ?? Number.MAX_SAFE_INTEGER };
  });

const PATTERN = /^\/(.*)\/([imsu]*)$/s;

/** Text as written, or `/expression/flags`. */
export const patternSchema = z
  .string()
  .min(1)
  .max(500)
  .superRefine((text, context) => {
    const [, source, flags] = PATTERN.exec(text) ?? [];
    if (source !== undefined) {
      try {
        new RegExp(source, flags);
      } catch {
        context.addIssue({
          code: 'custom',
          message: 'a regular expression that JavaScript takes',
          input: text,
        });
      }
    }
  });

/** @param how what a text that is no expression has to be */
export function matches(pattern: string, text: string, how: 'equal' | 'within'): boolean {
  const [, source, flags] = PATTERN.exec(pattern) ?? [];
  if (source !== undefined) {
    return new RegExp(source, flags).test(text);
  }
  return how === 'equal' ? text === pattern : text.includes(pattern);
}

const mailSchema = z.strictObject({
  count: rangeSchema.optional().describe('How many mails are like that. Absent: exactly one.'),
  device: nameSchema.optional().describe('Sent by this device.'),
  recipients: z
    .array(patternSchema)
    .min(1)
    .optional()
    .describe('Exactly these recipients of the envelope, in any order.'),
  to: patternSchema.optional().describe('A recipient of the envelope, and named in To.'),
  from: patternSchema.optional().describe('The sender of the envelope, and of From.'),
  subject: patternSchema.optional().describe('The subject, decoded.'),
  body: patternSchema.optional().describe('Found in the text, decoded.'),
  attachment: z
    .strictObject({
      name: patternSchema.optional().describe('File name.'),
      contains: patternSchema.optional().describe('Found in it.'),
      rows: rangeSchema.optional().describe('Rows below the heading of a CSV.'),
    })
    .optional(),
  host: hostSchema.optional().describe('Mail server that took it.'),
  port: portSchema.optional(),
  tls: z.boolean().optional().describe('Whether it came encrypted.'),
  auth: z.enum(['none', 'PLAIN', 'LOGIN', 'CRAM-MD5']).optional().describe('How the device had signed in.'),
  by: faultInstant.optional().describe('At the latest: a date, or a duration after the start.'),
  after: faultInstant.optional().describe('Not before.'),
});
export type ExpectedMail = z.output<typeof mailSchema>;

const dialogueSchema = z
  .strictObject({
    sent: patternSchema.optional().describe('A command line that the device sends: found in it.'),
    received: patternSchema.optional().describe('An answer that the device gets: found in it.'),
    layer: z.enum(['at', 'ppp', 'ip', 'tcp', 'smtp']).default('smtp').describe('Whose dialogue.'),
    device: nameSchema.optional(),
    count: rangeSchema.optional().describe('How often; 0: never. Absent: at least once.'),
  })
  .refine(({ sent, received }) => (sent === undefined) !== (received === undefined), {
    error: 'either sent or received',
  });
export type ExpectedDialogue = z.output<typeof dialogueSchema>;

const deviceSchema = z.strictObject({
  state: z.enum(['on', 'off', 'unbootable']).optional().describe('At the end.'),
  outcome: z
    .enum(['delivered', 'partly-delivered', 'unconfirmed', 'refused', 'blocked', 'unsupported'])
    .optional()
    .describe('How the last session ended.'),
  blockedBy: patternSchema
    .optional()
    .describe('What stopped the last session: a code such as OP25B, or none.'),
  everBlockedBy: z
    .array(patternSchema)
    .optional()
    .describe('Each of these codes stopped some session; an empty list: none was stopped.'),
  sessions: rangeSchema.optional().describe('Sessions that it held.'),
  dials: rangeSchema.optional().describe('Calls that it placed.'),
  attempts: rangeSchema.optional().describe('Attempts to hand over a mail (SMTP connections).'),
  waiting: rangeSchema.optional().describe('Mails in the outbox at the end.'),
  alerts: z.array(patternSchema).optional().describe('Exactly these kinds of alert, in any order.'),
  boots: rangeSchema.optional().describe('How often it came up.'),
  bytesOnLine: rangeSchema.optional().describe('Octets on the serial line, both ways; a number is exact.'),
  timeOnLine: timeRangeSchema.optional().describe('Time with the line open, all sessions.'),
  firmware: patternSchema.optional().describe('Release that runs at the end, such as "2.1".'),
  slots: z
    .strictObject({
      slot0: patternSchema.optional().describe('Version of the image, such as 2.1.0; or empty.'),
      slot1: patternSchema.optional(),
    })
    .optional(),
  settings: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Settings in the flash at the end: these values, whatever else there is.'),
});
export type ExpectedDevice = z.output<typeof deviceSchema>;

export const scenarioExpectSchema = z.strictObject({
  mailCount: rangeSchema.optional().describe('Mails that arrived in all, by distinct Message-ID.'),
  mails: z.array(mailSchema).max(100).default([]).describe('Each entry: so many mails are like that.'),
  duplicates: rangeSchema
    .optional()
    .describe('How often a mail came that was there already, with the same Message-ID. Absent: never.'),
  dialogue: z.array(dialogueSchema).max(100).default([]),
  devices: z.record(nameSchema, deviceSchema).default({}),
  calls: rangeSchema.optional().describe('Calls that the carrier has seen, of all devices.'),
});
export type ScenarioExpectations = z.output<typeof scenarioExpectSchema>;
