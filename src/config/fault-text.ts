/**
 * The text form of a fault, for the command line and for people who type while it runs:
 * `KIND:PARAMETER=VALUE,...@SCHEDULE=VALUE,...`, for instance `smtp-reply:verb=RCPT,code=451@every=2`.
 * `:`, `,` and `@` only part the pairs; a value that holds `,`, `@` or `"` stands in double quotes.
 */
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ms } from '../base/units.ts';
import { DocumentPositions } from './document-positions.ts';
import { problemsOf } from './document-problems.ts';
import { formatDuration } from './duration.ts';
import { type Fault, faultKinds, faultSchema, type Schedule, schemaOfKind } from './fault.ts';
import { FaultError } from './fault-error.ts';
import { formatDepth, formatFaultInstant, formatRecurrence } from './fault-fields.ts';
import { nearest } from './suggestion.ts';

/** Nobody types more; what is longer is no fault. */
const LONGEST_TEXT = 2000;

const KIND = /^\s*([^\s:@,="]+)\s*/;
const PAIR = /^[:,@]\s*([A-Za-z][\w-]*)\s*=\s*("(?:[^"\\]|\\.)*"|[^,@"]*)\s*/;
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

/** @throws FaultError in one sentence */
export function parseFault(text: string): Fault {
  const kind = KIND.exec(text)?.[1];
  if (kind === undefined || text.length > LONGEST_TEXT) {
    throw new FaultError(
      `"${text.slice(0, 60)}" is no fault: expected KIND:PARAMETER=VALUE,...@SCHEDULE=VALUE,...`,
      {
        advice: EXAMPLE,
      },
    );
  }
  const schema = schemaOfKind(kind);
  if (schema === undefined) {
    throw unknownKind(kind);
  }
  const known = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const raw = { fault: kind, ...readPairs(text, (KIND.exec(text)?.[0] ?? '').length, known) };
  const parsed = faultSchema.safeParse(raw);
  if (!parsed.success) {
    const nowhere = new DocumentPositions(parseDocument(''), new LineCounter());
    const [problem] = problemsOf(parsed.error.issues, raw, schema, nowhere);
    const where = problem === undefined || problem.path === '' ? kind : `${kind}, ${problem.path}`;
    throw new FaultError(`${where}: ${withStop(problem?.text ?? 'not understood')}`, { advice: EXAMPLE });
  }
  return parsed.data;
}

const withStop = (sentence: string) => (/[.?]$/.test(sentence) ? sentence : `${sentence}.`);

const EXAMPLE = 'For instance: no-service@at=10s,for=2min, or smtp-reply:verb=RCPT,code=451@every=2.';

function unknownKind(kind: string): FaultError {
  const near = nearest(kind, faultKinds);
  return new FaultError(
    `There is no fault called "${kind}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    { advice: `There are: ${faultKinds.join(', ')}.` },
  );
}

function readPairs(text: string, from: number, known: object): Record<string, unknown> {
  const pairs: Record<string, unknown> = {};
  for (let rest = text.slice(from); rest !== ''; ) {
    const [whole, key, value] = PAIR.exec(rest) ?? [];
    if (whole === undefined || key === undefined || value === undefined) {
      throw new FaultError(`Expected ,NAME=VALUE at "${rest.slice(0, 40)}".`, { advice: EXAMPLE });
    }
    if (key in pairs || key === 'fault') {
      throw new FaultError(`"${key}" is there twice.`, { advice: EXAMPLE });
    }
    pairs[key] = readValue(value.trim(), choicesOf(known, key));
    rest = rest.slice(whole.length);
  }
  return pairs;
}

function readValue(text: string, choices: readonly string[]): unknown {
  if (text.startsWith('"')) {
    return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  }
  if (text === 'true' || text === 'false') {
    return text === 'true';
  }
  if (NUMBER.test(text)) {
    return Number(text);
  }
  // RCPT or rcpt: nobody should have to know.
  return choices.find((choice) => choice.toLowerCase() === text.toLowerCase()) ?? text;
}

/** The words that a parameter allows, by the JSON Schema of its kind. */
function choicesOf(known: object, key: string): readonly string[] {
  const properties: unknown = Reflect.get(known, 'properties');
  const property: unknown = isRecord(properties) ? properties[key] : undefined;
  const choices: unknown = isRecord(property) ? Reflect.get(property, 'enum') : undefined;
  return Array.isArray(choices) ? choices.filter((choice) => typeof choice === 'string') : [];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The shortest text that gives this fault again. */
export function formatFault(fault: Fault): string {
  const shape: Readonly<Record<string, z.ZodType>> = schemaOfKind(fault.fault)?.shape ?? {};
  const parameters = Object.entries(fault)
    .filter(([key, value]) => !SCHEDULE_KEYS.includes(key) && value !== shape[key]?.safeParse(undefined).data)
    .map(([key, value]) => `${key}=${formatValue(key, value)}`);
  const schedule = scheduleOf(fault).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  );
  return [
    fault.fault,
    ...(parameters.length > 0 ? [`:${parameters.join(',')}`] : []),
    ...(schedule.length > 0 ? [`@${schedule.join(',')}`] : []),
  ].join('');
}

const SCHEDULE_KEYS = ['fault', 'at', 'for', 'every', 'after', 'probability', 'times', 'line'];

function scheduleOf(fault: Fault): readonly (readonly [key: string, value: string | undefined])[] {
  const { at, for: lasts, every, after, probability, times }: Schedule = fault;
  return [
    ['at', at && formatFaultInstant(at)],
    ['for', lasts && formatDuration(lasts)],
    ['every', every && formatRecurrence(every)],
    ['after', after && formatDepth(after)],
    ['probability', probability?.toString()],
    ['times', times?.toString()],
    ['line', fault.line === undefined ? undefined : formatText(fault.line)],
  ];
}

/** Parameters that are durations; elsewhere a number is a number. */
const DURATIONS = ['delay', 'wait', 'jitter'];

function formatValue(key: string, value: unknown): string {
  if (typeof value === 'number' && DURATIONS.includes(key)) {
    return formatDuration(ms(value));
  }
  return typeof value === 'string' ? formatText(value) : String(value);
}

/** In quotes where it would be read as something else. */
function formatText(text: string): string {
  const isPlain = /^[\w.:+ -]+$/.test(text) && text === text.trim();
  const isAmbiguous = NUMBER.test(text) || text === 'true' || text === 'false';
  return isPlain && !isAmbiguous ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
