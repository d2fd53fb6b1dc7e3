/** Addresses of names: DNS A queries over UDP, RFC 1035, with the checks of RFC 5452 on what comes back. */
import dnsPacket from 'dns-packet';
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import { seconds } from '../base/units.ts';
import { handOver } from '../base/virtual-time.ts';
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../wire/ipv4.ts';
import type { UdpSocket } from './udp-socket.ts';

const DNS_PORT = 53;
/** RFC 1035 §4.2.1 and §7.2: some seconds; a slow line takes one for the way there and back. */
const ANSWER_TIMEOUT = seconds(5);
const TRIES_PER_SERVER = 2;
/** Aliases followed within one answer. */
const MAX_ALIASES = 16;
/** RFC 1035 §2.3.4. */
const MAX_NAME_OCTETS = 253;
const MAX_LABEL_OCTETS = 63;

/** RCODE, RFC 1035 §4.1.1. */
const RESPONSE_CODE_MASK = 0x0f;
const NO_ERROR = 0;
const NAME_ERROR = 3;

export type DnsErrorCode =
  | 'DNS_NO_SERVER'
  | 'DNS_NO_ANSWER'
  | 'DNS_NO_SUCH_NAME'
  | 'DNS_NO_ADDRESS'
  | 'DNS_SERVER_FAILED'
  | 'DNS_BAD_NAME'
  | 'DNS_LINK_DOWN';

const advice: Record<DnsErrorCode, string> = {
  DNS_NO_SERVER: 'Give the server as an address, or let the network side name a name server.',
  DNS_NO_ANSWER: 'Check that the name servers can be reached.',
  DNS_NO_SUCH_NAME: 'Check the spelling of the server in the settings.',
  DNS_NO_ADDRESS: 'The name exists, but has no IPv4 address; check the server in the settings.',
  DNS_SERVER_FAILED: 'The name servers have trouble; try again later.',
  DNS_BAD_NAME: 'Check the spelling of the server in the settings.',
  DNS_LINK_DOWN: 'Dial again.',
};

export class DnsError extends Kadec21Error {
  readonly code: DnsErrorCode;
  readonly layer = 'dns';

  constructor(code: DnsErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { advice: advice[code], ...details });
    this.code = code;
  }
}

export interface DnsResolverOptions {
  /** Asked in this order. */
  readonly servers: readonly Ipv4Address[];
  readonly random: Random;
  readonly trace: Trace;
  /** A fresh port, drawn at random; `undefined` when the link is down or too many are open. */
  readonly openPort: () => UdpSocket | undefined;
}

/** What one query came to. */
type Outcome = Ipv4Address | DnsErrorCode;

export class DnsResolver {
  readonly #options: DnsResolverOptions;
  /** Ends the queries under way. */
  readonly #cancellations = new Set<() => void>();

  constructor(options: DnsResolverOptions) {
    this.#options = options;
  }

  async resolve(name: string): Promise<Ipv4Address> {
    const literal = parseIpv4(name);
    if (literal !== undefined) {
      return literal;
    }
    if (!isHostName(name)) {
      throw new DnsError('DNS_BAD_NAME', `"${name}" is not the name of a host.`);
    }
    const { servers, trace } = this.#options;
    if (servers.length === 0) {
      throw new DnsError('DNS_NO_SERVER', `No name server to ask for ${name}.`);
    }
    const evidence: string[] = [];
    let failure: DnsErrorCode = 'DNS_NO_ANSWER';
    for (const server of servers) {
      for (let tries = 1; tries <= TRIES_PER_SERVER; tries += 1) {
        const question = `${name} A? to ${formatIpv4(server)}`;
        trace({ layer: 'ip', direction: '>', text: question });
        const outcome = await this.#ask(server, name);
        const told = typeof outcome === 'number' ? formatIpv4(outcome) : outcome;
        trace({ layer: 'ip', direction: '<', text: `${name} A: ${told}` });
        if (typeof outcome === 'number') {
          return outcome;
        }
        evidence.push(`${question}: ${outcome}`);
        if (outcome !== 'DNS_NO_ANSWER') {
          failure = outcome;
        }
        if (outcome === 'DNS_NO_SUCH_NAME' || outcome === 'DNS_NO_ADDRESS' || outcome === 'DNS_LINK_DOWN') {
          throw new DnsError(outcome, failureText(outcome, name), { evidence });
        }
        if (outcome === 'DNS_SERVER_FAILED') {
          break;
        }
      }
    }
    throw new DnsError(failure, failureText(failure, name), { evidence });
  }

  /** The link is down. */
  close(): void {
    for (const cancel of this.#cancellations) {
      cancel();
    }
  }

  #ask(server: Ipv4Address, name: string): Promise<Outcome> {
    const socket = this.#options.openPort();
    if (socket === undefined) {
      return Promise.resolve('DNS_LINK_DOWN');
    }
    const id = this.#options.random.integer(0, 0xffff);
    return new Promise((resolve) => {
      const finish = (outcome: Outcome) => {
        clearTimeout(timer);
        this.#cancellations.delete(cancel);
        socket.close();
        handOver();
        resolve(outcome);
      };
      const cancel = () => finish('DNS_LINK_DOWN');
      const timer = setTimeout(() => finish('DNS_NO_ANSWER'), ANSWER_TIMEOUT);
      this.#cancellations.add(cancel);
      socket.on('message', (payload, from) => {
        if (from.address === server && from.port === DNS_PORT) {
          const outcome = readAnswer(payload, id, name);
          if (outcome !== undefined) {
            finish(outcome);
          }
        }
      });
      socket.on('unreachable', (to) => {
        if (to.address === server && to.port === DNS_PORT) {
          finish('DNS_SERVER_FAILED');
        }
      });
      socket.send(
        { address: server, port: DNS_PORT },
        dnsPacket.encode({
          type: 'query',
          id,
          flags: dnsPacket.RECURSION_DESIRED,
          questions: [{ type: 'A', class: 'IN', name }],
        }),
      );
    });
  }
}

/**
 * What an answer says about a name.
 *
 * @returns `undefined` when it is not the answer to this question, but a late, forged or broken one
 */
export function readAnswer(payload: Uint8Array, id: number, name: string): Outcome | undefined {
  let packet: dnsPacket.DecodedPacket;
  try {
    packet = dnsPacket.decode(Buffer.from(payload));
  } catch {
    return undefined;
  }
  const question = packet.questions?.[0];
  const isOurs =
    packet.type === 'response' &&
    packet.id === id &&
    question?.type === 'A' &&
    isSameName(question.name, name);
  if (!isOurs) {
    return undefined;
  }
  const responseCode = (packet.flags ?? 0) & RESPONSE_CODE_MASK;
  if (responseCode === NAME_ERROR) {
    return 'DNS_NO_SUCH_NAME';
  }
  if (responseCode !== NO_ERROR) {
    return 'DNS_SERVER_FAILED';
  }
  return addressOf(packet.answers ?? [], name) ?? 'DNS_NO_ADDRESS';
}

/** Follows the aliases within one answer. */
function addressOf(answers: readonly dnsPacket.Answer[], name: string): Ipv4Address | undefined {
  let wanted = name;
  for (let aliases = 0; aliases <= MAX_ALIASES; aliases += 1) {
    for (const answer of answers) {
      if (answer.type === 'A' && isSameName(answer.name, wanted)) {
        return parseIpv4(answer.data);
      }
    }
    const alias = answers.find((answer) => answer.type === 'CNAME' && isSameName(answer.name, wanted));
    if (alias?.type !== 'CNAME') {
      return undefined;
    }
    wanted = alias.data;
  }
  return undefined;
}

function failureText(code: DnsErrorCode, name: string): string {
  switch (code) {
    case 'DNS_NO_SUCH_NAME':
      return `${name} does not exist, say the name servers.`;
    case 'DNS_NO_ADDRESS':
      return `${name} has no IPv4 address.`;
    case 'DNS_SERVER_FAILED':
      return `No name server could say where ${name} is.`;
    case 'DNS_LINK_DOWN':
      return `The link went down before the address of ${name} was known.`;
    default:
      return `No name server answered for ${name}.`;
  }
}

const isSameName = (one: string, other: string): boolean =>
  one.toLowerCase().replace(/\.$/, '') === other.toLowerCase().replace(/\.$/, '');

/** RFC 1123 §2.1, and underscores, which real names have. A name that ends in a number is a broken address. */
function isHostName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  return (
    name.length <= MAX_NAME_OCTETS &&
    !/^\d+$/.test(labels.at(-1) ?? '') &&
    labels.every(
      (label) => label.length <= MAX_LABEL_OCTETS && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i.test(label),
    )
  );
}
