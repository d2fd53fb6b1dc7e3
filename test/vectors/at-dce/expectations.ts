/** Compares an observation with the `expect` of a vector, key by key. */
import { differenceInLines } from './lines.ts';
import type { Observation } from './observation.ts';
import { differenceInState } from './state.ts';
import { type Operator, operators, streamOf } from './streams.ts';
import { differenceInTime } from './timing.ts';
import { isRecord, quoted, UnknownKeyError, type Vector } from './vector.ts';

/** @returns the first difference, or undefined */
export function compare(vector: Vector, observation: Observation): string | undefined {
  if (!isRecord(vector.expect)) {
    return 'The vector expects nothing.';
  }
  for (const [key, expected] of Object.entries(vector.expect)) {
    const difference = differenceAt(key, expected, observation);
    if (difference !== undefined) {
      return `${key}: ${difference}`;
    }
  }
  return undefined;
}

function differenceAt(key: string, expected: unknown, observation: Observation): string | undefined {
  switch (key) {
    case 'state':
      return differenceInState(expected, observation);
    case 'mode':
    case 'call':
      return differenceInState({ [key]: expected }, observation);
    case 'lines':
      return differenceInLines(expected, observation);
    case 'withinMs':
    case 'afterMs':
      return differenceInTime(key, Number(expected), observation);
    case 'urcPosition':
      return differenceInPosition(String(expected), observation);
    case 'notEchoed':
      return differenceInEcho(String(expected), observation);
    case 'smsSent':
      return differs(expected, observation.messages.length);
    case 'smsText':
    case 'smsBody':
      return differs(expected, observation.messages.at(-1));
    default:
      return differenceInStream(key, expected, observation);
  }
}

const STREAM_KEY = /^(output|toPeer|finals|info|urcs|events)([A-Z][A-Za-z]*)?$/;

function differenceInStream(key: string, expected: unknown, observation: Observation): string | undefined {
  const [, name = '', operatorName = ''] = STREAM_KEY.exec(key) ?? [];
  const operator: Operator | undefined = Object.hasOwn(operators, operatorName)
    ? operators[operatorName]
    : undefined;
  if (name === '' || operator === undefined) {
    throw new UnknownKeyError('expect', key);
  }
  const candidates = streamOf(name, expected, observation);
  return candidates.some((actual) => operator(actual, expected))
    ? undefined
    : `expected ${quoted(expected)}, came ${quoted(candidates[0])}`;
}

/** `before first or after final`, or one half of it: where unsolicited lines may stand. */
function differenceInPosition(allowed: string, { recorded }: Observation): string | undefined {
  const places = allowed.split(' or ').map((place) => place.trim());
  const unknown = places.find((place) => !/^(before first|after final)\b/.test(place));
  if (unknown !== undefined) {
    throw new UnknownKeyError('expect', `urcPosition: ${unknown}`);
  }
  const kinds = recorded.flatMap(({ action }) => (action.type === 'to-dte' ? [action.kind] : []));
  const first = kinds.findIndex((kind) => kind === 'information' || kind === 'result');
  const final = kinds.lastIndexOf('result');
  const isRight = kinds.every((kind, index) => {
    const isBefore = index < first && places.some((place) => place.startsWith('before'));
    const isAfter = index > final && places.some((place) => place.startsWith('after'));
    return kind !== 'unsolicited' || isBefore || isAfter;
  });
  return isRight ? undefined : `an unsolicited line stands elsewhere: ${kinds.join(', ')}`;
}

/** `AT\r (2nd line)`: the text must not be echoed once the first line has its result. */
function differenceInEcho(text: string, { recorded }: Observation): string | undefined {
  const silenced = text.replace(/ \(.*\)$/s, '');
  const outputs = recorded.flatMap(({ action }) => (action.type === 'to-dte' ? [action] : []));
  const firstResult = outputs.findIndex(({ kind }) => kind === 'result');
  const echo = outputs
    .slice(firstResult + 1)
    .map(({ kind, bytes }) => (kind === 'echo' ? Buffer.from(bytes).toString('latin1') : ''))
    .join('');
  return echo.includes(silenced) ? `${quoted(silenced)} was echoed` : undefined;
}

function differs(expected: unknown, actual: unknown): string | undefined {
  return expected === actual ? undefined : `expected ${quoted(expected)}, came ${quoted(actual)}`;
}
