/**
 * A kind of module as data: what the driver expects of it and what the emulated module plays.
 * One schema for both sides, so that they cannot drift apart; a user's own file is checked by it too.
 */
import { z } from 'zod';

/** Band class 3 (old 800 MHz) and 0 (new 800 MHz) of cdma2000; LTE bands 18 and 26. */
export const bandSchema = z.enum(['bc3', 'bc0', 'lte-b18', 'lte-b26']);
export type Band = z.infer<typeof bandSchema>;

const durationMs = z.number().int().min(0).max(600_000);

/** More lines than this no module says in one go. */
const MOST_LINES = 32;
/** A profile of a real module has some ten of them. */
const MOST_ANSWERS = 200;

/** One line of an answer, without line ends. */
const lineSchema = z
  .string()
  .max(512)
  .regex(/^[\x20-\x7e\x80-\xff]*$/, 'expected one line without control characters');

const finalResult = /^(OK|ERROR|NO CARRIER|NO ANSWER|BUSY|NO DIALTONE|\+CM[ES] ERROR: .+)$/;

const oneCommand = /^AT[+$^*#@&\\%A-Za-z][^;\r\n]{0,60}$/;

const answersSchema = z
  .record(
    z.string(),
    z
      .array(lineSchema)
      .min(1)
      .max(MOST_LINES)
      .refine((lines) => finalResult.test(lines.at(-1) ?? ''), {
        error: 'expected a result as the last line: OK, ERROR, +CME ERROR: 3, ...',
      }),
  )
  .refine((answers) => Object.keys(answers).every((command) => oneCommand.test(command)), {
    error: 'expected each key to be one command with its AT, as AT^SYSINFO',
  })
  .refine((answers) => Object.keys(answers).length <= MOST_ANSWERS, {
    error: `expected at most ${MOST_ANSWERS} commands`,
  });

/** S-registers and settings of V.250 after AT&F. */
const factorySchema = z.strictObject({
  echo: z.boolean().default(true),
  verbose: z.boolean().default(true),
  quiet: z.boolean().default(false),
  /** ATX: what result codes tell. */
  resultSet: z.number().int().min(0).max(4).default(4),
  /** AT&C: 0 always on, 1 follows the carrier, 2 always on but drops for a moment at the end of a call. */
  carrierDetect: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(1),
  /** AT&D: 0 ignores DTR, 1 to command state, 2 hangs up. */
  terminalReady: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(2),
  /** S-registers by number that differ from V.250's defaults. */
  registers: z.record(z.string().regex(/^\d{1,3}$/), z.number().int().min(0).max(255)).default({}),
  errorReports: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0),
});

export const moduleProfileSchema = z.strictObject({
  name: z.string().min(1),
  title: z.string().min(1),
  /** IS-707 (cdma2000) or 27.007 (3GPP): which command family the module speaks. */
  family: z.enum(['is-707', '3gpp']),
  bands: z.array(bandSchema).min(1),
  identity: z.strictObject({
    manufacturer: z.string(),
    model: z.string(),
    revision: z.string(),
    /** ESN/MEID or IMEI. */
    serialNumber: z.string(),
    capabilities: z.string(),
  }),
  line: z.strictObject({
    baudRate: z.number().int(),
    /** Rates that the module finds out by itself from `AT`. */
    autobaud: z.array(z.number().int()),
    /** V.250 5.5: how long the DTE waits after a final result before it writes again. */
    gapMs: durationMs.default(100),
  }),
  dial: z.strictObject({
    number: z.string(),
    /** S7 or better: how long CONNECT may take. */
    timeoutMs: durationMs,
  }),
  /** 3GPP TS 27.007 10.1: the packet context that the number dials; absent where the network knows it. */
  packetContext: z
    .strictObject({
      id: z.number().int().min(1).max(16),
      apn: z.string(),
    })
    .optional(),
  /**
   * The module has its own TCP/IP stack, and mail goes through it instead of PPP: by these commands (AT+QIOPEN and its
   * like, as Quectel modules have them).
   */
  sockets: z.enum(['quectel']).optional(),
  /** What the driver sends after synchronising, in order; an ERROR to an optional one is passed over. */
  init: z.array(z.strictObject({ command: z.string(), optional: z.boolean().default(false) })),
  timeoutsMs: z.strictObject({
    command: durationMs,
    registration: durationMs,
    hangUp: durationMs,
  }),
  factory: factorySchema.prefault({}),
  /** How the emulated module behaves in time. */
  pace: z
    .strictObject({
      /** From the terminator of a line to its first answer. */
      answerMs: durationMs.default(5),
      /** From power-on to the first command that is answered. */
      bootMs: durationMs.default(2000),
      /** From cells in reach to registered. */
      registrationMs: durationMs.default(3000),
      /** From ATD to CONNECT when all is well. */
      connectMs: durationMs.default(1500),
    })
    .prefault({}),
  /** Unsolicited lines after power-on. */
  bootMessages: z.array(lineSchema).max(MOST_LINES).default([]),
  /**
   * What an extended command that the module does not have brings while +CMEE is on. 27.007 §9.2 leaves ERROR to
   * syntax and +CME ERROR to the mobile; vendors differ in what they take an unknown command for.
   */
  unknownCommand: z.enum(['ERROR', '+CME ERROR']).default('ERROR'),
  /** Fixed answers by command, as `AT^SYSINFO`: lines, the last of which is the result. They come before the built-in ones. */
  answers: answersSchema.default({}),
});

export type ModuleProfile = z.output<typeof moduleProfileSchema>;

/** A profile as it is written down: what has a default may be left out. */
export type ModuleProfileInput = z.input<typeof moduleProfileSchema>;
