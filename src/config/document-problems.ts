/** Puts zod's issues into the words of somebody who wrote the file: where, what was found, what was expected. */
import { z } from 'zod';
import type { DocumentPositions } from './document-positions.ts';
import { nearest } from './suggestion.ts';
import type { FileProblem } from './user-file-error.ts';

type Path = readonly PropertyKey[];

/** Where values and keys are: in one document, or in several that were merged. */
export type Places = Pick<DocumentPositions, 'ofValue' | 'ofKey'>;

/** Keys whose value is never echoed, not even a wrong one. */
const SECRET_KEY = /pass(word|phrase)?|secret|token|pin$|key$/i;

/** Unknown keys whose place in the file is looked up, one by one; more of them are not shown in a message. */
const MOST_KEYS_FOUND = 100;

/** Longer texts are cut in messages. */
const SHOWN_CHARACTERS = 40;

/**
 * @param issues from zod
 * @param raw the document that was parsed
 * @param schema the schema it was parsed by: its keys are what "did you mean" looks through
 */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  schema: z.ZodType,
  positions: Places,
): FileProblem[] {
  const problems = issues.flatMap((issue) => problemsOfIssue(issue, issue.path, raw, schema, positions));
  // One wrong value breaks several rules at times: the first of them says it.
  const first = new Map(problems.toReversed().map((problem) => [problem.path, problem]));
  return problems.filter((problem) => first.get(problem.path) === problem);
}

function problemsOfIssue(
  issue: z.core.$ZodIssue,
  path: Path,
  raw: unknown,
  schema: z.ZodType,
  positions: Places,
): FileProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key, index) => ({
      path: formatPath([...path, key]),
      ...(index < MOST_KEYS_FOUND ? positions.ofKey(path, key) : {}),
      text: `unknown key; ${suggestion(key, known)}`,
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The alternative that went wrong latest is the one that was meant.
    const meant = [...issue.errors].sort(
      (left, right) => left.length - right.length || depth(right) - depth(left),
    );
    return (meant[0] ?? []).flatMap((inner) =>
      problemsOfIssue(inner, [...path, ...inner.path], raw, schema, positions),
    );
  }
  const found = valueAt(raw, path);
  const text =
    found === undefined ? `missing, expected ${expectation(issue)}` : wrongValue(found, path, issue);
  return [{ path: formatPath(path), ...positions.ofValue(path), text }];
}

const depth = (issues: readonly z.core.$ZodIssue[]) =>
  Math.max(0, ...issues.map((issue) => issue.path.length));

function wrongValue(found: unknown, path: Path, issue: z.core.$ZodIssue): string {
  const isMisplaced = issue.code === 'invalid_type' && ['object', 'array', 'record'].includes(issue.expected);
  // What stands where a whole section belongs may be its secret.
  const shown = isSecret(path) ? `${kindOf(found)} (not shown)` : isMisplaced ? kindOf(found) : show(found);
  const near =
    issue.code === 'invalid_value' && typeof found === 'string' && !isSecret(path)
      ? nearest(found, issue.values.map(String))
      : undefined;
  const question = near === undefined ? '' : `; did you mean "${near}"?`;
  return `found ${shown}, expected ${expectation(issue)}${question}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
  date: 'a date',
  null: 'nothing',
};

/** What the schema wanted; a sentence that the schema itself gives goes first. */
function expectation(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too (small|big)|Unrecognized)/.test(issue.message)) {
    return issue.message;
  }
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `one of ${issue.options.map(String).join(', ')}`
        : 'another kind of value';
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return `${issue.format === 'regex' ? 'another form' : issue.format} (${issue.message})`;
    default:
      return issue.message;
  }
}

const unitOf = (origin: string) =>
  origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';

function suggestion(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  if (near !== undefined) {
    return `did you mean "${near}"?`;
  }
  return known.length === 0 ? 'no key is expected here' : `expected one of ${known.join(', ')}`;
}

const isSecret = (path: Path) => path.some((step) => typeof step === 'string' && SECRET_KEY.test(step));

function show(value: unknown): string {
  if (typeof value === 'string') {
    const cut = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}...` : value;
    return JSON.stringify(cut);
  }
  // A list or mapping in the wrong place may hold a secret: only its kind is told.
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null) {
    return 'nothing';
  }
  if (Array.isArray(value)) {
    return 'a list';
  }
  return KINDS[typeof value] ?? typeof value;
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  return value;
}

/** `mail.to[1]`, `servers["a.b"].port` */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') {
      text += `[${step}]`;
    } else if (/^[\p{L}\p{N}_-]+$/u.test(String(step))) {
      text += `${text === '' ? '' : '.'}${String(step)}`;
    } else {
      text += `[${JSON.stringify(String(step))}]`;
    }
  }
  return text;
}

/** The keys that the schema knows at a path, by its JSON Schema, which names them in plain words. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  let places: unknown[] = [root];
  for (const step of path) {
    places = places.flatMap(alternatives).flatMap((place) => childSchemas(place, step));
  }
  return [
    ...new Set(
      places.flatMap(alternatives).flatMap((place) => Object.keys(field(place, 'properties') ?? {})),
    ),
  ];
}

function alternatives(place: unknown): unknown[] {
  const inner = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => {
    const list = field(place, keyword);
    return Array.isArray(list) ? list : [];
  });
  return [place, ...inner.flatMap(alternatives)];
}

function childSchemas(place: unknown, step: PropertyKey): unknown[] {
  const named = field(field(place, 'properties'), String(step));
  const rest = typeof step === 'number' ? field(place, 'items') : field(place, 'additionalProperties');
  return [named ?? rest].filter((schema) => typeof schema === 'object');
}

function field(value: unknown, name: string): object | undefined {
  const inner = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof inner === 'object' && inner !== null ? inner : undefined;
}
