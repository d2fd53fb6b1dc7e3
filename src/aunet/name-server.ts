/**
 * The provider's name server: A records of the hosts (RFC 1035). Pure; the router hands it datagrams.
 */
import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
} from 'dns-packet';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4.ts';
import type { LookupOutcome } from './carrier-event.ts';
import type { NameFate } from './faults/effects.ts';

export const DNS_PORT = 53;

/** RFC 1035 §4.2.1: a message over UDP. Longer queries are not answered. */
const MAX_QUERY_BYTES = 512;
const TIME_TO_LIVE_S = 300;

/** RFC 1035 §4.1.1. */
const rcodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** RFC 1035 §4.1.1: a standard query. */
const QUERY = 0;

/** Names that come back from the codec as they went in; others would be damaged by the echo. */
const PRINTABLE_NAME = /^[\x21-\x7e]{1,253}$/;

export interface NameAnswer {
  /** The reply message; empty where a fault keeps the server silent. */
  readonly message: Uint8Array;
  /** The asked name, for the log; absent when the query could not be read. */
  readonly name?: string;
  readonly outcome: LookupOutcome;
}

/**
 * Answers one query.
 * @param query the payload of the datagram
 * @param addressOf gives the address of a name in lower case without final dot, or `undefined`
 * @param fateOf what goes wrong with this name, if anything
 * @returns `undefined` for what is no query: nothing is sent then
 */
export function answerQuery(
  query: Uint8Array,
  addressOf: (name: string) => Ipv4Address | undefined,
  fateOf: (name: string) => NameFate | undefined = () => undefined,
): NameAnswer | undefined {
  const asked = readQuery(query);
  if (asked === undefined) {
    return undefined;
  }
  const [question, ...others] = asked.questions ?? [];
  const flags = (asked.flags ?? 0) & RECURSION_DESIRED;
  if (opcodeOf(asked) !== QUERY) {
    return refusal(asked, flags | rcodes.notImplemented);
  }
  if (question === undefined || others.length > 0 || !PRINTABLE_NAME.test(question.name)) {
    return refusal(asked, flags | rcodes.formatError);
  }
  const name = question.name.toLowerCase();
  const fate = fateOf(name);
  if (fate !== undefined && fate.fate !== 'wrong-address') {
    return { name, ...failure(fate.fate, asked, flags) };
  }
  const address = fate?.address ?? addressOf(name);
  const isFound = address !== undefined && question.type === 'A' && (question.class ?? 'IN') === 'IN';
  const message = encode({
    type: 'response',
    id: asked.id ?? 0,
    flags:
      flags |
      AUTHORITATIVE_ANSWER |
      RECURSION_AVAILABLE |
      (address === undefined ? rcodes.nameError : rcodes.noError),
    questions: [question],
    answers: isFound
      ? [{ type: 'A', name: question.name, ttl: TIME_TO_LIVE_S, data: formatIpv4(address) }]
      : [],
  });
  const found = fate === undefined ? 'found' : 'wrong';
  return { message, name, outcome: address === undefined ? 'no-such-name' : isFound ? found : 'no-data' };
}

/** How a name server fails. */
function failure(
  fate: 'servfail' | 'nxdomain' | 'refused' | 'silent',
  asked: Packet,
  flags: number,
): Pick<NameAnswer, 'message' | 'outcome'> {
  if (fate === 'silent') {
    return { message: new Uint8Array(0), outcome: 'silent' };
  }
  const rcode = { servfail: rcodes.serverFailure, nxdomain: rcodes.nameError, refused: rcodes.refused }[fate];
  const message = encode({
    type: 'response',
    id: asked.id ?? 0,
    flags: flags | RECURSION_AVAILABLE | rcode,
    questions: asked.questions ?? [],
  });
  return { message, outcome: fate === 'nxdomain' ? 'no-such-name' : 'failed' };
}

const opcodeOf = ({ flags = 0 }: Packet) => (flags >> 11) & 0x0f;

function readQuery(query: Uint8Array): Packet | undefined {
  if (query.length > MAX_QUERY_BYTES) {
    return undefined;
  }
  try {
    const asked = decode(Buffer.from(query.buffer, query.byteOffset, query.byteLength));
    return asked.type === 'query' ? asked : undefined;
  } catch {
    // dns-packet throws on what is no message: a name server keeps silent.
    return undefined;
  }
}

const refusal = (asked: Packet, flags: number): NameAnswer => ({
  message: encode({ type: 'response', id: asked.id ?? 0, flags, questions: [] }),
  outcome: 'refused',
});
