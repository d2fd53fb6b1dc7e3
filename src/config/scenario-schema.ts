/** What a scenario file may say: the one schema behind checks, JSON Schema and types. */
import { z } from 'zod';
import { calendarSchema } from './calendar.ts';
import { durationSchema } from './duration.ts';
import { faultSchema } from './fault.ts';
import { faultDuration, faultInstant } from './fault-fields.ts';
import { INSTANT_EXPECTED, parseInstant } from './japan-time.ts';
import { hostStateSchema, scenarioEventSchema } from './scenario-events.ts';
import { scenarioExpectSchema } from './scenario-expect.ts';
import { hostSchema, ipv4TextSchema, lineSchema, nameSchema, portSchema } from './settings-fields.ts';
import { settingsSchema } from './settings-schema.ts';

/** More devices than these make no scenario that a person reads. */
const MOST_DEVICES = 1000;
const MOST_EVENTS = 1000;

const instant = z.string({ error: INSTANT_EXPECTED }).transform((text, context) => {
  const parsed = parseInstant(text);
  if (parsed === undefined) {
    context.addIssue({ code: 'custom', message: INSTANT_EXPECTED, input: text });
    return z.NEVER;
  }
  return parsed;
});

const signal = z.union([z.number().min(-130).max(-40), z.literal('none')], {
  error: 'a received signal in dBm such as -83, or none',
});

const accountSchema = z.strictObject({
  user: lineSchema(255),
  // An account of the emulation: the device's own copy is the secret, in its settings.
  password: lineSchema(255),
});

const scenarioHostSchema = z.strictObject({
  state: hostStateSchema.default('up'),
  address: ipv4TextSchema.optional().describe('Of a host that is new.'),
  domains: z.array(hostSchema).optional().describe('Domains whose mailboxes are here.'),
  accounts: z.array(accountSchema).optional().describe('Instead of those that it has.'),
  services: z
    .array(
      z.strictObject({
        port: portSchema,
        tls: z.enum(['none', 'starttls', 'implicit']).default('none'),
        mechanisms: z.array(z.enum(['PLAIN', 'LOGIN', 'CRAM-MD5'])).default([]),
        accepts: z.enum(['anything', 'own-domains', 'signed-in']).default('anything'),
      }),
    )
    .optional()
    .describe('Where it takes mail, instead of where it does.'),
  pop3: z
    .array(
      z.strictObject({ port: portSchema, tls: z.enum(['none', 'starttls', 'implicit']).default('none') }),
    )
    .optional()
    .describe('Where mail is fetched from it, instead of where it is.'),
  certificate: z
    .enum(['valid', 'expired', 'wrong-name', 'self-signed', 'unknown-ca'])
    .default('valid')
    .describe('What it shows in TLS.'),
});
export type ScenarioHost = z.output<typeof scenarioHostSchema>;

const HOST_AND_PORT = /^.+:\d{1,5}$/;

const worldSchema = z.strictObject({
  at: instant.describe('When the scenario begins; without a zone Japan time.'),
  area: nameSchema.optional().describe('Area of the carrier, for the steps of OP25B.'),
  op25b: z.enum(['calendar', 'on', 'off']).default('calendar').describe('Outbound Port 25 Blocking.'),
  blockedBy: z.enum(['drop', 'reject', 'icmp']).default('drop').describe('What a blocked connection sees.'),
  calendar: calendarSchema.optional().describe('Other dates than those of the notices.'),
  signal: z
    .strictObject({
      bc3: signal.optional(),
      bc0: signal.optional(),
      'lte-b18': signal.optional(),
      'lte-b26': signal.optional(),
    })
    .default({})
    .describe('How strong each band arrives at the site, dBm, or none.'),
  registration: faultDuration('0ms', '1h')
    .optional()
    .describe("What the network adds to a module's own time."),
  callSetup: faultDuration('0ms', '1h')
    .optional()
    .describe('How long a dialled number waits for its answer.'),
  clearPasswords: z.boolean().default(false).describe('Whether mail servers take PLAIN and LOGIN in clear.'),
  hosts: z.record(hostSchema, scenarioHostSchema).default({}).describe('Mail servers, by name.'),
  servers: z
    .record(
      z.string().regex(HOST_AND_PORT, { error: 'a host and a port, such as mail.example.jp:587' }),
      z.string().regex(HOST_AND_PORT, { error: 'an address and a port, such as 127.0.0.1:2587' }),
    )
    .default({})
    .describe('Real servers that answer for hosts of the emulation: HOST:PORT: ADDRESS:PORT.'),
  subscribers: z.array(accountSchema).optional().describe('Who may sign in on a line (PPP).'),
});

const lineChoice = z
  .union([
    z.strictObject({ pty: z.string().min(1).describe('Link to a pseudo terminal.') }),
    z.strictObject({
      tcp: z
        .string()
        .regex(/^[^:]+:\d{1,5}$/)
        .describe('HOST:PORT to listen on.'),
    }),
    z.strictObject({ port: z.string().min(1).describe('A serial port of this machine.') }),
  ])
  .describe('A line to a real device.');

const recordingFile = z
  .string()
  .min(1)
  .describe('A recording (kadec21 bench --record, kadec21 send --record).');
const howItIsPlayed = {
  speed: z
    .enum(['real', 'max'])
    .default('real')
    .describe('real: with the pauses of the recording; max: without.'),
  patience: faultDuration('1s', '1h')
    .prefault('30s')
    .describe('How much longer than recorded the other side may take for each step.'),
};

/** A recorded line, played in front of a device or of a module. */
const recordingSchema = z.strictObject({
  file: recordingFile,
  after: faultDuration('0ms')
    .prefault('0s')
    .describe('How long the module has had its power when the recording begins.'),
  ...howItIsPlayed,
});

const moduleSchema = z
  .union(
    [
      nameSchema,
      z.strictObject({
        recording: z
          .union([recordingFile, z.array(recordingFile).min(1).max(100)])
          .transform((files) => (typeof files === 'string' ? [files] : files))
          .describe('What the module says: a recording for each session, in their order.'),
        ...howItIsPlayed,
      }),
    ],
    { error: 'the name of a module, or {recording: FILE}' },
  )
  .describe('Module that is fitted; the one of the settings when absent. Or a recording that is played.');
export type ScenarioModule = z.output<typeof moduleSchema>;

const isPlayed = (module: ScenarioModule | undefined) => typeof module === 'object';

const scenarioDeviceSchema = z
  .strictObject({
    settings: settingsSchema
      .optional()
      .describe('As in a settings file; `extends: FILE` takes the rest from there. A text: the file.'),
    flash: z.string().min(1).optional().describe('Flash file (kadec21 flash init) that it boots from.'),
    deviceKey: z.string().min(1).optional().describe('Opens the secrets in the flash.'),
    count: z
      .int()
      .min(1)
      .max(MOST_DEVICES)
      .optional()
      .describe('So many devices like that, NAME-1, NAME-2 and so on; their device.name ends so, too.'),
    module: moduleSchema.optional(),
    data: z
      .string()
      .min(1)
      .default('sample')
      .describe('Measurements (CSV), or sample: a day of a river in Hokkaido.'),
    replay: z
      .enum(['repeat', 'as-is'])
      .default('repeat')
      .describe('repeat: the series is played over and over; as-is: at the dates that it has.'),
    recordedFor: faultDuration('0s', '30d')
      .optional()
      .describe('How long it has recorded already; one send interval when absent.'),
    power: z.enum(['on', 'off']).default('on').describe('At the start.'),
    memory: z
      .enum(['flash', 'plain'])
      .default('flash')
      .describe('plain: no image of a flash is kept, which a large fleet has no memory for.'),
    line: lineChoice.optional(),
    command: z
      .array(z.string())
      .min(1)
      .refine((words) => words.slice(1).some((word) => word.includes('{line}')), {
        error: 'an argument with {line}, by which the program learns the name of its line',
      })
      .optional()
      .describe('A program to start; {line} is the name of its terminal.'),
    recording: z
      .union([recordingFile.transform((file) => recordingSchema.parse({ file })), recordingSchema])
      .optional()
      .describe('What the device says is played; the module must say what it said then.'),
  })
  .refine(
    ({ settings, flash, line, command, recording }) =>
      [settings, flash, line, command, recording].filter((given) => given !== undefined).length === 1,
    { error: 'one of settings, flash, line, command or recording' },
  )
  .refine(
    ({ count, settings, module }) => count === undefined || (settings !== undefined && !isPlayed(module)),
    {
      error: 'only devices that are given by settings, with an emulated module, can have a count',
      path: ['count'],
    },
  );
export type ScenarioDevice = z.output<typeof scenarioDeviceSchema>;

const numberOf = (devices: Readonly<Record<string, ScenarioDevice>>): number =>
  Object.values(devices).reduce((sum, { count = 1 }) => sum + count, 0);

export const scenarioBodySchema = z.strictObject({
  name: lineSchema(120).optional().describe('In one line: what is shown. The name of the file when absent.'),
  description: z.string().max(2000).optional(),
  world: worldSchema,
  devices: z
    .record(nameSchema, scenarioDeviceSchema)
    .refine((devices) => Object.keys(devices).length > 0, { error: 'at least one device' })
    .refine((devices) => numberOf(devices) <= MOST_DEVICES, { error: `at most ${MOST_DEVICES} devices` }),
  faults: z.array(faultSchema).max(100).default([]).describe('What goes wrong on the network side.'),
  timeline: z.array(scenarioEventSchema).max(MOST_EVENTS).default([]).describe('What happens, and when.'),
  until: faultInstant
    .prefault('2h')
    .describe('When it ends: a date, or a duration. Sessions under way end first.'),
  timeout: durationSchema('1s', '60min').prefault('60s').describe('Real time after which it is given up.'),
  expect: scenarioExpectSchema.prefault({}),
});
export type Scenario = z.output<typeof scenarioBodySchema>;
export type ScenarioInput = z.input<typeof scenarioBodySchema>;

/** What a matrix and a set of variables may hold. */
export type Scalar = string | number | boolean;
export const scalarSchema = z.union([z.string(), z.number(), z.boolean()], {
  error: 'text, a number, or true or false',
});
const VARIABLE = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const variableName = z.string().regex(VARIABLE, { error: 'a name of letters, digits, - and _' });

const MOST_VALUES = 200;

/** What stands around a scenario: taken away before it is run. */
export const scenarioHeadSchema = z.object({
  $schema: z.string().optional(),
  extends: z.string().min(1).optional().describe('A file that this one builds on, seen from here.'),
  variables: z
    .record(variableName, scalarSchema)
    .default({})
    .describe('What a variable stands for: $ and its name in braces.'),
  matrix: z
    .object({ exclude: z.array(z.record(variableName, scalarSchema)).optional() })
    .catchall(z.array(scalarSchema).min(1).max(MOST_VALUES))
    .optional()
    .describe('Runs the scenario with every combination of these values, save those of `exclude`.'),
  cases: z
    .array(
      z.looseObject({ name: lineSchema(120), variables: z.record(variableName, scalarSchema).optional() }),
    )
    .min(1)
    .max(MOST_VALUES)
    .optional()
    .describe('Several scenarios: each says what is different.'),
});

/** A whole file: its head and its scenario. Its keys are what "did you mean" looks through. */
export const scenarioFileSchema = scenarioBodySchema.extend(scenarioHeadSchema.shape);
