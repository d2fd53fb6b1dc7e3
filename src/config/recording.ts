/**
 * The recording of a serial line as a file: JSON Lines, a header and then one event a line, in the order in which they
 * happened. What a bench records in the field, a replay plays.
 */
import { z } from 'zod';
import { type Ms, ms } from '../base/units.ts';

export const RECORDING_SCHEMA = 'kadec21/recording/1';

const headerSchema = z.strictObject({
  schema: z.literal(RECORDING_SCHEMA),
  /** When it began, ISO 8601; the times of the events count from here. */
  startedAt: z.string(),
  /** The name of the line. */
  port: z.string(),
  baudRate: z.int().positive(),
  /** Whether secrets are masked: checksums of masked frames do not hold. */
  isRedacted: z.boolean(),
  /** What is known of the module. */
  profile: z.string().optional(),
});
export type RecordingHeader = z.output<typeof headerSchema>;

/** Longer than any answer of a module; a pattern that nobody can read helps nobody. */
const LONGEST_MATCH = 256;

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const at = z
  .number()
  .min(0)
  .transform((value): Ms => ms(value))
  .describe('Milliseconds since the start');
const from = z.enum(['dte', 'dce']).describe('dte: the device wrote it; dce: the module');
const octets = {
  /** Octets that are all of printable ASCII, CR, LF or TAB. */
  text: z.string().optional(),
  /** All others, two hexadecimal digits each. */
  hex: z
    .string()
    .regex(/^(?:[0-9a-f]{2})*$/)
    .optional(),
  match: z
    .string()
    .min(1)
    .max(LONGEST_MATCH)
    .refine(isPattern, { error: 'expected a regular expression' })
    .optional()
    .describe('Written by hand: in a replay, a line that this regular expression fits counts as the same.'),
};

const eventSchema = z.union([
  z
    .strictObject({ at, from, ...octets })
    .refine(({ text, hex }) => (text === undefined) !== (hex === undefined), {
      error: 'expected text or hex',
    }),
  /** Circuits that the DCE drives, as they are from now on. */
  z.strictObject({
    at,
    dce: z.strictObject({ dcd: z.boolean(), dsr: z.boolean(), cts: z.boolean(), ri: z.boolean() }),
  }),
  /** Circuits that the DTE changes. */
  z.strictObject({ at, dte: z.strictObject({ dtr: z.boolean(), rts: z.boolean() }).partial() }),
  z.strictObject({ at, baudRate: z.int().positive() }),
  z.strictObject({ at, closed: z.string() }),
]);
/** An event as it stands in the file. */
export type RecordedEvent = z.output<typeof eventSchema>;

/** Octets as an event holds them. */
export function writtenOctets(octets: Uint8Array): { readonly text: string } | { readonly hex: string } {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const text = bytes.toString('latin1');
  return /^[\t\r\n\x20-\x7e]*$/.test(text) ? { text } : { hex: bytes.toString('hex') };
}

/** The octets of an event; empty where it has none. */
export function octetsOf(event: RecordedEvent): Uint8Array {
  if (!('from' in event)) {
    return new Uint8Array();
  }
  return event.text === undefined ? Buffer.from(event.hex ?? '', 'hex') : Buffer.from(event.text, 'latin1');
}

/** A line that is no event of a recording. */
export interface RecordingProblem {
  readonly line: number;
  readonly text: string;
}

export interface Recording {
  readonly header: RecordingHeader;
  readonly events: readonly RecordedEvent[];
}

/** A recording of hours over a call has some megabytes. */
const MOST_EVENTS = 1_000_000;

/** Reads a whole recording. @returns the first problem where it is none */
export function parseRecording(text: string): Recording | RecordingProblem {
  const lines = text.split('\n');
  const header = headerSchema.safeParse(parseJson(lines[0] ?? ''));
  if (!header.success) {
    return { line: 1, text: whatIsLacking(parseJson(lines[0] ?? '')) };
  }
  const events: RecordedEvent[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === '') {
      continue;
    }
    const event = eventSchema.safeParse(parseJson(line));
    if (!event.success) {
      // Every event ends with a line end: the last one without is what was written when the recording broke off.
      const isCutOff = index === lines.length - 1 && parseJson(line) === undefined;
      return {
        line: index + 1,
        text: isCutOff
          ? 'the recording breaks off in the middle of this line: delete it, and what is before it can be played'
          : 'expected an event: octets (from, text or hex), dce, dte, baudRate or closed',
      };
    }
    if (events.length >= MOST_EVENTS) {
      return { line: index + 1, text: `expected at most ${MOST_EVENTS} events` };
    }
    events.push(event.data);
  }
  return { header: header.data, events };
}

const schemaOnly = z.object({ schema: z.string().regex(/^kadec21\/recording\/\d+$/) });

function whatIsLacking(header: unknown): string {
  const named = schemaOnly.safeParse(header);
  if (!named.success) {
    return `expected a header with "schema": "${RECORDING_SCHEMA}"`;
  }
  const { schema } = named.data;
  return schema === RECORDING_SCHEMA
    ? 'expected a header with startedAt, port, baudRate and isRedacted, and nothing but profile beside them'
    : `expected "${RECORDING_SCHEMA}"; this is "${schema}", which another release of kadec21 has written and can play`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
