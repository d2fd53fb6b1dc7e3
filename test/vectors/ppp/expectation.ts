/** Whether what was sent is what a vector expects. A key that is not known here is an error, never passed over. */
import { UnreadableVectorError } from './document.ts';
import { type Fact, type Facts, type FrameKind, formatFrame, type SeenFrame } from './facts.ts';

export interface Observation {
  readonly frames: readonly SeenFrame[];
  readonly isDown: boolean;
  /** The magic number of the software under test, as in the facts. */
  readonly sutMagic: string;
  readonly peerMagic: string;
}

type Keys = Readonly<Record<string, unknown>>;

/** Texts for people, at any place. */
const REMARKS = ['note', 'why', 'ref', 'comment'];

/** The facts that frames of a kind can have: a vector that asks for another one asks for something unknown. */
const knownFacts: Readonly<Record<FrameKind, readonly string[]>> = {
  reply: [
    ...['proto', 'code', 'id', 'length', 'data_hex', 'pap_msg_len_prefixed', 'msg', 'value_hex', 'value_len'],
    ...['name', 'option', 'options', 'option_count', 'malformed_hex', 'mru', 'accm', 'auth', 'magic', 'addr'],
    ...['nonzero_addr', 'rejected_proto', 'rejected_hex', 'echo_hex'],
  ],
  ip: ['src', 'dst', 'ttl', 'protocol', 'total_length'],
  tcp: [
    ...['src', 'dst', 'ttl', 'protocol', 'total_length', 'flags', 'seq', 'ack', 'sport', 'dport', 'window'],
    ...['data_hex', 'len', 'mss'],
  ],
  icmp: [
    ...['src', 'dst', 'ttl', 'protocol', 'total_length', 'type', 'code', 'data_hex', 'id', 'seq'],
    ...['payload_hex', 'quoted_hex'],
  ],
  udp: ['src', 'dst', 'ttl', 'protocol', 'total_length', 'sport', 'dport', 'data_hex', 'len'],
};

type Check = (value: unknown, seen: Observation) => string | undefined;

const checks: Readonly<Record<string, Check>> = {
  reply: frameCheck('reply'),
  replies: frameCheck('reply'),
  ip: frameCheck('ip'),
  tcp: frameCheck('tcp'),
  icmp: frameCheck('icmp'),
  udp: frameCheck('udp'),
  no_reply: (value, seen) => {
    requireThat(value === true, 'no_reply', value);
    return absent(seen, 'anything', () => true);
  },
  no_reply_id: (value, seen) =>
    absent(
      seen,
      `a packet with identifier ${value}`,
      ({ kind, facts }) => kind === 'reply' && isOneOf(facts.id, value),
    ),
  no_reply_code: (value, seen) =>
    absent(
      seen,
      `a packet with code ${value}`,
      ({ kind, facts }) => kind === 'reply' && isOneOf(facts.code, value),
    ),
  no_proto: (value, seen) => absent(seen, `protocol ${value}`, ({ protocol }) => isOneOf(protocol, value)),
  no_tcp: absenceCheck('tcp'),
  no_icmp: absenceCheck('icmp'),
  no_udp: absenceCheck('udp'),
  any_of: (value, seen) => {
    const differences = listOf(value, 'any_of').map((keys) => difference(keys, seen));
    return differences.includes(undefined)
      ? undefined
      : `none of the ${differences.length} possibilities:\n${differences.join('\n')}`;
  },
  all_of: (value, seen) =>
    listOf(value, 'all_of')
      .map((keys) => difference(keys, seen))
      .find((found) => found !== undefined),
  none_of: (value, seen) =>
    listOf(value, 'none_of').some((keys) => difference(keys, seen) === undefined)
      ? `something that must not be: ${JSON.stringify(value)}`
      : undefined,
  reply_count: (value, seen) =>
    seen.frames.length === value ? undefined : `${value} frames were expected, ${seen.frames.length} came`,
  link_down: (value, seen) =>
    seen.isDown === value ? undefined : `the link should be ${value === true ? 'down' : 'up'}, and is not`,
};

/** @returns what differs, for people; `undefined` where everything is as expected */
export function difference(expected: Keys, seen: Observation): string | undefined {
  const keys = Object.keys(expected).filter((key) => !REMARKS.includes(key));
  if (keys.length === 0) {
    throw new UnreadableVectorError('The vector expects nothing.');
  }
  // Every key is looked at, so that an unknown one shows even where an earlier one differs.
  const differences = keys.map((key) => {
    const check = checks[key];
    if (check === undefined) {
      throw new UnreadableVectorError(`This runner does not know the expectation "${key}".`);
    }
    return check(expected[key], seen);
  });
  return differences.find((found) => found !== undefined);
}

function frameCheck(kind: FrameKind): Check {
  return (value, seen) => {
    const wanted = Array.isArray(value) ? value : [value];
    const candidates = seen.frames.filter((frame) => frame.kind === kind);
    const taken = new Set<SeenFrame>();
    for (const keys of wanted) {
      requireThat(isKeys(keys), kind, keys);
      // Keys are read first, so that an unknown one shows even where no frame came.
      readFactKeys(kind, keys);
      const found = candidates.find((frame) => !taken.has(frame) && fits(kind, keys, frame.facts, seen));
      if (found === undefined) {
        return `expected ${kind} ${JSON.stringify(keys)}, got ${formatAll(seen)}`;
      }
      taken.add(found);
    }
    return undefined;
  };
}

function absenceCheck(kind: FrameKind): Check {
  return (value, seen) => {
    requireThat(value === true, `no_${kind}`, value);
    return absent(seen, kind, (frame) => frame.kind === kind);
  };
}

function absent(seen: Observation, what: string, is: (frame: SeenFrame) => boolean): string | undefined {
  return seen.frames.some(is) ? `${what} should not have come, got ${formatAll(seen)}` : undefined;
}

interface FactKey {
  readonly name: string;
  readonly how: 'is' | 'min' | 'max' | 'not' | 'prefix' | 'suffix' | 'contains';
  readonly expected: unknown;
}

/** `data_suffix_hex` is the fact `data_hex` and how to compare it; `window_min` the same with `window`. */
function readFactKeys(kind: FrameKind, keys: Keys): FactKey[] {
  return Object.keys(keys)
    .filter((key) => !REMARKS.includes(key))
    .map((key) => {
      const expected = keys[key];
      if (knownFacts[kind].includes(key)) {
        return { name: key, how: 'is', expected };
      }
      const octets = /^(\w+)_(prefix|suffix|contains)_hex$/.exec(key);
      const number = /^(\w+)_(min|max|not)$/.exec(key);
      const name = octets ? `${octets[1]}_hex` : (number?.[1] ?? '');
      const how = (octets ?? number)?.[2];
      if (!knownFacts[kind].includes(name) || how === undefined) {
        throw new UnreadableVectorError(`This runner does not know "${key}" of a ${kind}.`);
      }
      return { name, how: how as FactKey['how'], expected };
    });
}

function fits(kind: FrameKind, keys: Keys, facts: Facts, seen: Observation): boolean {
  return (
    facts.malformed === undefined &&
    readFactKeys(kind, keys).every((key) => isAsExpected(key, facts[key.name], seen))
  );
}

function isAsExpected({ name, how, expected }: FactKey, fact: Fact | undefined, seen: Observation): boolean {
  if (fact === undefined) {
    return how === 'not';
  }
  switch (how) {
    case 'is':
      return isValue(name, fact, expected, seen);
    case 'not':
      return !isValue(name, fact, expected, seen);
    case 'min':
      return Number(fact) >= Number(expected);
    case 'max':
      return Number(fact) <= Number(expected);
    case 'prefix':
      return String(fact).startsWith(lower(expected));
    case 'suffix':
      return String(fact).endsWith(lower(expected));
    case 'contains':
      return String(fact).includes(lower(expected));
  }
}

function isValue(name: string, fact: Fact, expected: unknown, seen: Observation): boolean {
  switch (name) {
    case 'magic':
      return isMagic(String(fact), expected, seen);
    case 'flags':
      return isOneOfTexts(flagSet(fact), expected, flagSet);
    case 'option':
      // The option is among those of the packet; of a list, each one is.
      return [expected].flat().every((type) => Array.isArray(fact) && fact.includes(type));
    case 'options':
      return JSON.stringify(fact) === JSON.stringify(expected);
    default:
      return isOneOfTexts(lower(fact), expected, lower);
  }
}

function isMagic(fact: string, expected: unknown, { sutMagic, peerMagic }: Observation): boolean {
  switch (expected) {
    case 'sut':
      return fact === sutMagic;
    case 'peer':
      return fact === peerMagic;
    case 'nonzero':
      return fact !== '00000000';
    case 'not_peer':
      return fact !== peerMagic;
    default:
      return isOneOfTexts(fact, expected, lower);
  }
}

/** A list means: one of these. */
const isOneOfTexts = (fact: string, expected: unknown, normal: (value: unknown) => string): boolean =>
  [expected].flat().some((value) => normal(value) === fact);

const isOneOf = (fact: Fact | undefined, expected: unknown): boolean =>
  fact !== undefined && isOneOfTexts(lower(fact), expected, lower);

const lower = (value: unknown): string => String(value).toLowerCase();

/** `ACK, SYN` and `SYN,ACK` are the same. */
const flagSet = (value: unknown): string =>
  lower(value)
    .split(/[\s,+|]+/)
    .sort()
    .join();

function formatAll({ frames }: Observation): string {
  return frames.length === 0 ? 'nothing' : `\n  ${frames.map(formatFrame).join('\n  ')}`;
}

function listOf(value: unknown, key: string): Keys[] {
  requireThat(Array.isArray(value) && value.length > 0 && value.every(isKeys), key, value);
  return value as Keys[];
}

const isKeys = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function requireThat(condition: boolean, key: string, value: unknown): asserts condition {
  if (!condition) {
    throw new UnreadableVectorError(`This runner cannot read ${key}: ${JSON.stringify(value)}.`);
  }
}
