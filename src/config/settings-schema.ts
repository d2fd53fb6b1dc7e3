/** What a user's settings file may say: the one schema behind checks, JSON Schema and types. */
import { z } from 'zod';
import { deviceModelSchema, generationOf } from './device-model.ts';
import { durationSchema } from './duration.ts';
import {
  hostSchema,
  ipv4TextSchema,
  lineSchema,
  mailAddressSchema,
  nameSchema,
  portSchema,
  secretSchema,
} from './settings-fields.ts';
import { subjectTemplateSchema } from './subject-template.ts';

export const SETTINGS_SCHEMA_VERSION = 1;

/** RFC 6409 §3.1 and RFC 8314 §3.3. */
const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;

/** As many as the phones of 2008 took per mail with the limit lifted. */
const MOST_RECIPIENTS = 30;
const MOST_ALARMS = 8;

const deviceSchema = z
  .strictObject({
    name: nameSchema.describe('Name of this unit; part of every Message-ID'),
    model: deviceModelSchema,
    id: nameSchema.describe('Serial number or another id that is unique in the fleet'),
    station: lineSchema(40).describe('Title of the station as people read it, Japanese allowed'),
    firmware: z
      .string()
      .regex(/^\d+\.\d+$/, { error: 'a release of the comms firmware, such as "2.1", in quotes' })
      .optional()
      .describe('Release of the comms firmware; the newest that runs on the model where it is absent'),
  })
  .transform((device) => ({ ...device, generation: generationOf(device.model) }));

const APN_EXPECTED = 'the name of a packet network, such as au.au-net.ne.jp';

const carrierSchema = z.strictObject({
  number: z
    .string({ error: 'a number to dial, such as "*99**24#", in quotes' })
    .regex(/^[0-9*#]{1,32}$/, { error: 'a number of digits, * and # (1 to 32), in quotes' })
    .optional()
    .describe("Number to dial; the module's own packet number where it is absent"),
  apn: z
    .string({ error: APN_EXPECTED })
    .regex(/^[A-Za-z0-9.-]{1,100}$/, { error: APN_EXPECTED })
    .optional()
    .describe("Packet network of a 3GPP module; the module's own where it is absent"),
  user: lineSchema(64).describe('PPP user'),
  password: secretSchema.describe('PPP password'),
});

const timeLimitsSchema = z.strictObject({
  connect: durationSchema('5s', '2min').prefault('75s').describe('TCP connection to the mail server'),
  reply: durationSchema('5s', '10min').prefault('2min').describe('Any one reply of the mail server'),
  finalReply: durationSchema('30s', '30min').prefault('10min').describe('The reply to the whole mail'),
  session: durationSchema('1min', '60min').prefault('20min').describe('Everything, line open to line closed'),
});

const retrySchema = z.strictObject({
  first: durationSchema('1min', '24h').prefault('5min').describe('Pause before the second attempt'),
  longest: durationSchema('1min', '24h').prefault('60min').describe('Pauses double up to this one'),
  giveUpAfter: durationSchema('10min', '30d').prefault('24h').describe('Age at which a mail is given up'),
  redials: z
    .int()
    .min(0)
    .max(5)
    .default(2)
    .describe('Calls placed again within one session when the carrier is lost'),
});

const serverSchema = z
  .strictObject({
    host: hostSchema.describe('Mail server'),
    port: portSchema.optional().describe('587 where it is absent (465 with tls: implicit)'),
    tls: z
      .enum(['required', 'opportunistic', 'off', 'implicit'])
      .default('required')
      .describe('required: STARTTLS or nothing; implicit: TLS from the first octet (port 465)'),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file of the authority to trust instead of the built-in ones, seen from this file'),
    ca: z
      .string()
      .max(64 * 1024)
      .optional()
      .describe('The same, the PEM text itself'),
  })
  .transform((server) => ({
    ...server,
    port: server.port ?? (server.tls === 'implicit' ? SUBMISSIONS_PORT : SUBMISSION_PORT),
  }));

const authSchema = z
  .strictObject({
    mechanism: z
      .enum(['auto', 'cram-md5', 'login', 'plain', 'none'])
      .default('auto')
      .describe(
        'auto: over TLS the one with the fewest round trips, in clear only one that hides the password; none: no authentication at all',
      ),
    user: lineSchema(255).optional().describe('Account at the mail server'),
    password: secretSchema.optional().describe('Its password'),
    allowCleartext: z
      .boolean()
      .default(false)
      .describe('Whether the password may be shown on an unencrypted connection'),
  })
  .transform((auth, context) => {
    const { mechanism, user, password, allowCleartext } = auth;
    if (mechanism === 'none') {
      return { mechanism };
    }
    if (user === undefined || password === undefined) {
      for (const key of ['user', 'password'] as const) {
        if (auth[key] === undefined) {
          const message = `the ${key} of the mail account (or mechanism: none, if there is none)`;
          context.addIssue({ code: 'custom', path: [key], message, input: undefined });
        }
      }
      return z.NEVER;
    }
    return { mechanism, user, password, allowCleartext };
  });

const mailSchema = z
  .strictObject({
    from: mailAddressSchema.describe('Sender'),
    to: z
      .array(mailAddressSchema, { error: 'a list of mail addresses' })
      .min(1, { error: 'at least one recipient' })
      .max(MOST_RECIPIENTS, { error: `at most ${MOST_RECIPIENTS} recipients` })
      .describe('Recipients'),
    subject: subjectTemplateSchema.default('[{station}] {quantity} {value}{unit} ({time})'),
    bodyCharset: z
      .enum(['iso-2022-jp', 'utf-8'])
      .default('iso-2022-jp')
      .describe('iso-2022-jp is what every Japanese mailer of 2008 reads'),
    attachCsv: z.boolean().default(true).describe('Whether the records go along as a CSV file'),
    server: serverSchema,
    auth: authSchema,
    retry: retrySchema.prefault({}),
    timeLimits: timeLimitsSchema.prefault({}),
  })
  .superRefine(({ server, auth }, context) => {
    const showsPassword = auth.mechanism === 'plain' || auth.mechanism === 'login';
    if (server.tls === 'off' && showsPassword && !auth.allowCleartext) {
      context.addIssue({
        code: 'custom',
        path: ['auth', 'mechanism'],
        message:
          'cram-md5, or tls in mail.server, or an explicit allowCleartext: true (plain and login show the password)',
        input: auth.mechanism,
      });
    }
  });

const alarmSchema = z
  .strictObject({
    quantity: lineSchema(32).describe('Column of the measurements, such as discharge_m3s'),
    above: z.number().optional(),
    below: z.number().optional(),
    hysteresis: z.number().min(0).default(0).describe('How far back the value must go until the alarm ends'),
  })
  .transform(({ quantity, above, below, hysteresis }, context) => {
    const threshold = above ?? below;
    if (threshold === undefined || (above !== undefined && below !== undefined)) {
      context.addIssue({ code: 'custom', message: 'either above or below', input: { above, below } });
      return z.NEVER;
    }
    const direction = above === undefined ? ('below' as const) : ('above' as const);
    return { quantity, direction, threshold, hysteresis };
  });

const scheduleSchema = z.strictObject({
  measureEvery: durationSchema('1s', '24h').prefault('60min').describe('Counted from midnight in Japan'),
  sendEvery: durationSchema('1min', '7d').prefault('24h').describe('Counted from midnight in Japan'),
  sendOffset: durationSchema('0s', '24h')
    .prefault('0s')
    .describe('Moves the send times, so that a fleet does not call at once'),
});

export const settingsSchema = z.strictObject({
  schemaVersion: z.literal(SETTINGS_SCHEMA_VERSION).describe('Version of this format'),
  device: deviceSchema,
  module: nameSchema.describe('Profile of the communication module: existing, dual-band, 3gpp, 3gpp-sockets'),
  carrier: carrierSchema,
  nameServers: z
    .array(ipv4TextSchema)
    .max(4)
    .default([])
    .describe('Name servers; those that the carrier gives where the list is empty'),
  mail: mailSchema,
  schedule: scheduleSchema.prefault({}),
  alarms: z.array(alarmSchema).max(MOST_ALARMS).default([]),
});

export type Settings = z.output<typeof settingsSchema>;
/** The settings as written, before defaults. */
export type SettingsDocument = z.input<typeof settingsSchema>;
export type MailSettings = Settings['mail'];
export type MailServerSettings = MailSettings['server'];
export type MailAuthSettings = MailSettings['auth'];
export type TlsMode = MailServerSettings['tls'];
export type AlarmSettings = Settings['alarms'][number];

/** JSON Schema (2020-12) of a settings file, for editors. */
export function settingsJsonSchema(): object {
  return z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });
}
