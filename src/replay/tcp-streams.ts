/**
 * The TCP connections of a recording against those of a replay. Ports, initial sequence numbers, where a stream is cut
 * into segments, acknowledgments and what is sent again are left to the two ends; what the streams say is compared, line
 * by line. What the recording says in turn is given the live connection's numbers.
 */
import { type Ipv4Address, type Ipv4Packet, ipProtocols, isFragment } from '../wire/ipv4.ts';
import { isMalformed } from '../wire/malformed.ts';
import { decodeTcp, type TcpSegment, tcpFlags } from '../wire/tcp-segment.ts';
import { OctetStream } from './octet-stream.ts';
import type { Side } from './roles.ts';
import type { ExpectedStep } from './script-steps.ts';
import { type PasswordOf, SignIns } from './sign-ins.ts';
import { StreamComparison } from './stream-comparison.ts';
import type { Difference } from './verdict.ts';

export function tcpOf(packet: Ipv4Packet): TcpSegment | undefined {
  if (packet.protocol !== ipProtocols.tcp || isFragment(packet)) {
    return undefined;
  }
  const segment = decodeTcp(packet.payload, packet.source, packet.destination);
  return isMalformed(segment) ? undefined : segment;
}

interface Connection {
  readonly dtePort: number;
  readonly remote: Ipv4Address;
  readonly remotePort: number;
  /** Of the side that is checked, in the recording. */
  initialSequence: number | undefined;
  /** What that side says in the recording. */
  readonly stream: OctetStream;
  /** And the side that is played. */
  readonly own: OctetStream;
  ownInitialSequence: number | undefined;
  live: Live | undefined;
}

interface Live {
  readonly dtePort: number;
  readonly initialSequence: number;
  readonly comparison: StreamComparison;
  /** As device: of the account that signs in. */
  readonly signIns: SignIns | undefined;
  isFinished: boolean;
  /** Nothing new came with the last segment that occupies sequence space. */
  isRepeating: boolean;
  /** The segment that was played last: from where on this side goes on. */
  played: TcpSegment | undefined;
}

interface Expectation {
  readonly connection: Connection;
  /** Octets of the stream up to the end of this segment. */
  readonly to: number;
  readonly flags: number;
  readonly hasText: boolean;
}

export class TcpStreams {
  readonly #checked: Side;
  readonly #isRedacted: boolean;
  readonly #passwordOf: PasswordOf;
  readonly #connections: Connection[] = [];
  readonly #current = new Map<string, Connection>();
  readonly #expectations = new Map<ExpectedStep, Expectation>();
  readonly #own = new Map<object, Connection>();
  readonly #lives = new Map<string, Connection>();

  /** @param passwordOf of accounts whose sign-ins the played side answers anew */
  constructor(checked: Side, isRedacted: boolean, passwordOf: PasswordOf = () => undefined) {
    this.#checked = checked;
    this.#isRedacted = isRedacted;
    this.#passwordOf = passwordOf;
  }

  /** Takes the segments of the recording, in its order. @param step of the side that is checked */
  expect(step: ExpectedStep, packet: Ipv4Packet, segment: TcpSegment): void {
    const connection = this.#recorded(packet, segment, this.#checked);
    if ((segment.flags & tcpFlags.syn) !== 0) {
      connection.initialSequence = segment.sequence;
    } else if (isRefusal(segment) && connection.initialSequence === undefined) {
      connection.initialSequence = beforeFirst(segment);
    }
    const begin = offsetFrom(connection.initialSequence, segment.sequence);
    const to = begin + segment.payload.length;
    connection.stream.add(begin, segment.payload);
    const hasText = segment.payload.length > 0;
    this.#expectations.set(step, { connection, to, flags: segment.flags, hasText });
  }

  /** @param step of the side that is played */
  play(step: object, packet: Ipv4Packet, segment: TcpSegment): void {
    const connection = this.#recorded(packet, segment, this.#checked === 'dte' ? 'dce' : 'dte');
    this.#own.set(step, connection);
    if ((segment.flags & tcpFlags.syn) !== 0) {
      connection.ownInitialSequence = segment.sequence;
    }
    connection.own.add(offsetFrom(connection.ownInitialSequence, segment.sequence), segment.payload);
  }

  /** Whether the live side has come as far; `undefined` where the step is no segment. */
  isHeard(step: ExpectedStep): boolean | undefined {
    const expectation = this.#expectations.get(step);
    if (expectation === undefined) {
      return undefined;
    }
    const { connection, to, flags, hasText } = expectation;
    const { live } = connection;
    const ends = (flags & (tcpFlags.fin | tcpFlags.rst)) !== 0;
    if (!hasText && !ends && (flags & tcpFlags.syn) === 0) {
      return true;
    }
    if (live === undefined) {
      return false;
    }
    return live.comparison.reached >= to && (!ends || live.isFinished);
  }

  /** A segment of the live side. */
  hear(packet: Ipv4Packet, segment: TcpSegment): Difference | undefined {
    const key = keyOf(packet, segment, this.#checked);
    let connection = this.#lives.get(key);
    const isNew =
      (segment.flags & tcpFlags.syn) !== 0 && connection?.live?.initialSequence !== segment.sequence;
    const isRefused = this.#checked === 'dce' && connection === undefined && isRefusal(segment);
    if (isNew || isRefused) {
      connection = this.#claim(packet, segment, key);
      if (connection === undefined) {
        return {
          expected: 'no such connection',
          found: `a connection to port ${remotePortOf(segment, this.#checked)}`,
        };
      }
    }
    const live = connection?.live;
    if (connection === undefined || live === undefined) {
      // Of a connection that the recording does not know from its beginning.
      return undefined;
    }
    const begin = offsetFrom(live.initialSequence, segment.sequence);
    const { heard } = live.comparison;
    const wasFinished = live.isFinished;
    const hasNews = begin <= heard && begin + segment.payload.length > heard;
    const difference = hasNews ? live.comparison.hear(segment.payload.subarray(heard - begin)) : undefined;
    if (difference !== undefined) {
      return difference;
    }
    live.isRepeating = !isNew && !hasNews && occupiedBy(segment) > 0 && (wasFinished || !isFin(segment));
    if ((segment.flags & (tcpFlags.fin | tcpFlags.rst)) !== 0) {
      live.isFinished = true;
      return live.comparison.end();
    }
    return undefined;
  }

  /** The segment of a step with the live connection's port and acknowledgment. */
  adapted(step: object, segment: TcpSegment): TcpSegment {
    const connection = this.#own.get(step);
    const live = connection?.live;
    if (connection?.initialSequence === undefined || live === undefined) {
      return segment;
    }
    const acknowledged = offsetFrom(connection.initialSequence, segment.acknowledgment);
    const acknowledgment = (live.initialSequence + 1 + live.comparison.livePlaceOf(acknowledged)) >>> 0;
    const adapted = {
      ...segment,
      acknowledgment,
      payload: this.#payload(connection, live, segment),
      ...(this.#checked === 'dte' ? { destinationPort: live.dtePort } : {}),
    };
    live.played = adapted;
    return adapted;
  }

  /**
   * RFC 9293 section 3.10.7.4: what came before, or too early, is answered by an acknowledgment of all that has come. A
   * recording acknowledges where its line lost nothing: without this, what is lost now would be sent again for ever.
   * @param segment of the live side, which has been heard
   */
  acknowledgmentOf(packet: Ipv4Packet, segment: TcpSegment): TcpSegment | undefined {
    const live = this.#lives.get(keyOf(packet, segment, this.#checked))?.live;
    if (live?.played === undefined || !live.isRepeating) {
      return undefined;
    }
    const heard = live.comparison.heard + (live.isFinished ? 1 : 0);
    return {
      ...live.played,
      sequence: (live.played.sequence + occupiedBy(live.played)) >>> 0,
      acknowledgment: (live.initialSequence + 1 + heard) >>> 0,
      flags: tcpFlags.ack,
      mss: undefined,
      payload: new Uint8Array(),
    };
  }

  #payload({ own, ownInitialSequence }: Connection, { signIns }: Live, { sequence, payload }: TcpSegment) {
    return signIns === undefined || payload.length === 0 || own.length === 0
      ? payload
      : signIns.answered(offsetFrom(ownInitialSequence, sequence), payload);
  }

  #recorded(packet: Ipv4Packet, segment: TcpSegment, speaker: Side): Connection {
    const key = keyOf(packet, segment, speaker);
    const known = this.#current.get(key);
    const isNew = segment.flags === tcpFlags.syn && speaker === 'dte';
    // The same port once more: another connection, unless its SYN is only sent again.
    if (known !== undefined && !(isNew && known.stream.length > 0)) {
      return known;
    }
    const [dtePort, remote] =
      speaker === 'dte' ? [segment.sourcePort, packet.destination] : [segment.destinationPort, packet.source];
    const remotePort = remotePortOf(segment, speaker);
    const connection: Connection = {
      dtePort,
      remote,
      remotePort,
      initialSequence: undefined,
      stream: new OctetStream(),
      own: new OctetStream(),
      ownInitialSequence: undefined,
      live: undefined,
    };
    this.#connections.push(connection);
    this.#current.set(key, connection);
    return connection;
  }

  #claim(packet: Ipv4Packet, segment: TcpSegment, key: string): Connection | undefined {
    const dtePort = this.#checked === 'dte' ? segment.sourcePort : segment.destinationPort;
    const remote = this.#checked === 'dte' ? packet.destination : packet.source;
    const remotePort = remotePortOf(segment, this.#checked);
    const connection = this.#connections.find(
      (one) =>
        one.live === undefined &&
        one.initialSequence !== undefined &&
        one.remote === remote &&
        one.remotePort === remotePort &&
        (this.#checked === 'dte' || one.dtePort === dtePort),
    );
    if (connection !== undefined) {
      const signIns =
        this.#checked === 'dte' ? undefined : new SignIns(connection.own, this.#passwordOf, this.#isRedacted);
      connection.live = {
        dtePort,
        initialSequence: (segment.flags & tcpFlags.syn) === 0 ? beforeFirst(segment) : segment.sequence,
        comparison: new StreamComparison(connection.stream, { isRedacted: this.#isRedacted, signIns }),
        signIns,
        isFinished: false,
        isRepeating: false,
        played: undefined,
      };
      this.#lives.set(key, connection);
    }
    return connection;
  }
}

/** RFC 9293 section 3.10.7.1: what answers a SYN to a port where nobody listens. */
const isRefusal = ({ flags }: TcpSegment): boolean => (flags & tcpFlags.rst) !== 0;

const isFin = ({ flags }: TcpSegment): boolean => (flags & tcpFlags.fin) !== 0;

/** SEG.LEN of RFC 9293: octets, SYN and FIN. A RST is not counted, since it is not answered. */
function occupiedBy({ flags, payload }: TcpSegment): number {
  const control = (flags & tcpFlags.syn) === 0 ? 0 : 1;
  return (flags & tcpFlags.rst) !== 0 ? 0 : payload.length + control + ((flags & tcpFlags.fin) === 0 ? 0 : 1);
}

/** Where a SYN would have been, had there been one. */
const beforeFirst = ({ sequence }: TcpSegment): number => (sequence - 1) >>> 0;

/** Octets of the stream before this sequence number; the SYN counts none. Signed: behind the beginning is below 0. */
const offsetFrom = (initial: number | undefined, sequence: number): number =>
  initial === undefined ? 0 : Math.max(0, (sequence - initial - 1) | 0);

const remotePortOf = (segment: TcpSegment, speaker: Side): number =>
  speaker === 'dte' ? segment.destinationPort : segment.sourcePort;

function keyOf(packet: Ipv4Packet, segment: TcpSegment, speaker: Side): string {
  return speaker === 'dte'
    ? `${segment.sourcePort} ${packet.destination}:${segment.destinationPort}`
    : `${segment.destinationPort} ${packet.source}:${segment.sourcePort}`;
}
