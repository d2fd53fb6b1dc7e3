/** The streams that a vector can look at, and how: `finals`, `outputEndsWith`, `urcsCount`, `infoMatches`, ... */
import type { Observation } from './observation.ts';
import { isRecord } from './vector.ts';

type Stream = string | readonly unknown[];

export type Operator = (actual: Stream, expected: unknown) => boolean;

/** Where a stream can be read in several ways, each of them may meet the expectation. */
export function streamOf(name: string, expected: unknown, observation: Observation): readonly Stream[] {
  const { output, toPeer, finals, finalsAsSent, info, urcs, events } = observation;
  switch (name) {
    case 'output':
      return [output];
    case 'toPeer':
      return [toPeer];
    case 'finals':
      return [finals, finalsAsSent];
    case 'info':
      return [info];
    case 'urcs':
      // NO CARRIER that nobody asked for counts as a final, unless the vector lists it here.
      return mentions(expected, 'NO CARRIER') ? [urcs] : [urcs.filter((line) => line !== 'NO CARRIER')];
    default: {
      const types = typesIn(expected);
      return [types.size === 0 ? events : events.filter(({ type }) => types.has(plainType(type)))];
    }
  }
}

export const operators: Readonly<Record<string, Operator>> = {
  '': equal,
  AnyOf: (actual, expected) => Array.isArray(expected) && expected.some((one) => equal(actual, one)),
  Count: (actual, expected) => actual.length === expected,
  Length: (actual, expected) => actual.length === expected,
  EndsWith: endsWith,
  EndWith: endsWith,
  StartsWith: startsWith,
  StartWith: startsWith,
  Contains: contains,
  Contain: contains,
  Includes: contains,
  Include: contains,
  NotContains: (actual, expected) => !contains(actual, expected),
  NotContain: (actual, expected) => !contains(actual, expected),
  Matches: matches,
  Match: matches,
};

function endsWith(actual: Stream, expected: unknown): boolean {
  if (typeof actual === 'string') {
    return actual.endsWith(String(expected));
  }
  const wanted = asList(expected);
  return wanted.length <= actual.length && equal(actual.slice(actual.length - wanted.length), wanted);
}

function startsWith(actual: Stream, expected: unknown): boolean {
  return typeof actual === 'string'
    ? actual.startsWith(String(expected))
    : equal(actual.slice(0, asList(expected).length), asList(expected));
}

function contains(actual: Stream, expected: unknown): boolean {
  return asList(expected).every((wanted) =>
    typeof actual === 'string' ? actual.includes(String(wanted)) : actual.some((one) => equal(one, wanted)),
  );
}

/** Patterns: as many as there are lines, one for each; otherwise each must fit some line, or all of them together. */
function matches(actual: Stream, expected: unknown): boolean {
  const patterns = asList(expected).map((pattern) => new RegExp(String(pattern)));
  if (typeof actual === 'string') {
    return patterns.every((pattern) => pattern.test(actual));
  }
  const lines = actual.map(String);
  if (Array.isArray(expected) && patterns.length === lines.length) {
    return patterns.every((pattern, index) => pattern.test(lines[index] ?? ''));
  }
  return patterns.every((pattern) => [...lines, lines.join('\r\n')].some((line) => pattern.test(line)));
}

/** Objects are compared in the keys that are expected. */
export function equal(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.length === expected.length && actual.every((one, index) => equal(one, expected[index]));
  }
  if (isRecord(actual) && isRecord(expected)) {
    return Object.entries(expected).every(([key, value]) =>
      key === 'type' ? plainType(actual.type) === plainType(value) : equal(actual[key], value),
    );
  }
  return actual === expected;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function mentions(expected: unknown, text: string): boolean {
  return JSON.stringify(expected)?.includes(text) ?? false;
}

/** Only events of the kinds that a vector speaks of are compared. */
function typesIn(expected: unknown): ReadonlySet<unknown> {
  return new Set(
    asList(expected)
      .flatMap(asList)
      .flatMap((event) => (isRecord(event) ? [plainType(event.type)] : [])),
  );
}

/** `hang-up`, `hangUp` and `hangup` are one type of event. */
function plainType(type: unknown): string {
  return String(type)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}
