/**
 * The TCP connections of a recording against those of a replay. Ports, initial sequence numbers, where a stream is cut
 * into segments, acknowledgments and what is sent again are left to the two ends; what the streams say is compared, line
 * by line. What the recording says in turn is given the live connection's numbers.
 */
import { type Ipv4Address, type Ipv4Packet, ipProtocols, isFragment } from '../wire/ipv4.ts';
import { isMalformed } from '../wire/malformed.ts';
import { decodeTcp, type TcpSegment, tcpFlags } from '../wire/tcp-segment.ts';
import { isSameStreamLine } from './masks.ts';
import type { ExpectedStep, Side } from './script.ts';
import type { Difference } from './verdict.ts';

const LF = 0x0a;
/** RFC 5322 section 2.1.1 allows 998; a longer line that differs is not waited for. */
const LONGEST_LINE_BYTES = 4096;
/** RFC 8446 section 5.1: the first record of a session is a handshake, of version 3.x. */
const TLS_BEGINNING = [0x16, 0x03] as const;

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
  readonly chunks: Uint8Array[];
  length: number;
  whole: Buffer | undefined;
  live: Live | undefined;
}

interface Live {
  readonly dtePort: number;
  readonly initialSequence: number;
  /** Octets compared: in the recording, and of the live stream. */
  recordedTo: number;
  liveTo: number;
  /** Live octets that wait for the end of their line. */
  rest: Buffer;
  isFinished: boolean;
  /** From where on the two streams have another distance, because a line is longer in one. */
  readonly marks: { readonly recorded: number; readonly live: number }[];
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
  readonly #connections: Connection[] = [];
  readonly #current = new Map<string, Connection>();
  readonly #expectations = new Map<ExpectedStep, Expectation>();
  readonly #own = new Map<object, Connection>();
  readonly #lives = new Map<string, Connection>();

  constructor(checked: Side, isRedacted: boolean) {
    this.#checked = checked;
    this.#isRedacted = isRedacted;
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
    // What was sent again, or came out of order, adds nothing.
    if (begin <= connection.length && to > connection.length) {
      connection.chunks.push(segment.payload.subarray(connection.length - begin));
      connection.length = to;
    }
    const hasText = segment.payload.length > 0;
    this.#expectations.set(step, { connection, to, flags: segment.flags, hasText });
  }

  /** @param step of the side that is played */
  play(step: object, packet: Ipv4Packet, segment: TcpSegment): void {
    this.#own.set(step, this.#recorded(packet, segment, this.#checked === 'dte' ? 'dce' : 'dte'));
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
    return live.recordedTo + live.rest.length >= to && (!ends || live.isFinished);
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
    const known = live.liveTo + live.rest.length;
    const wasFinished = live.isFinished;
    if (begin <= known && begin + segment.payload.length > known) {
      live.rest = Buffer.concat([live.rest, segment.payload.subarray(known - begin)]);
    }
    const hasNews = !isNew && begin <= known && begin + segment.payload.length > known;
    const difference = this.#compare(connection, live);
    if (difference !== undefined) {
      return difference;
    }
    live.isRepeating = !isNew && !hasNews && occupiedBy(segment) > 0 && (wasFinished || !isFin(segment));
    if ((segment.flags & (tcpFlags.fin | tcpFlags.rst)) !== 0) {
      live.isFinished = true;
      const missing = connection.length - live.recordedTo;
      if (live.rest.length === 0 && missing > 0) {
        return {
          expected: shown(lineAt(wholeOf(connection), live.recordedTo)),
          found: 'the end of the connection',
        };
      }
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
    const mark = live.marks.findLast(({ recorded }) => recorded <= acknowledged) ?? { recorded: 0, live: 0 };
    const acknowledgment = (live.initialSequence + 1 + mark.live + (acknowledged - mark.recorded)) >>> 0;
    const adapted = {
      ...segment,
      acknowledgment,
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
    const heard = live.liveTo + live.rest.length + (live.isFinished ? 1 : 0);
    return {
      ...live.played,
      sequence: (live.played.sequence + occupiedBy(live.played)) >>> 0,
      acknowledgment: (live.initialSequence + 1 + heard) >>> 0,
      flags: tcpFlags.ack,
      mss: undefined,
      payload: new Uint8Array(),
    };
  }

  #recorded(packet: Ipv4Packet, segment: TcpSegment, speaker: Side): Connection {
    const key = keyOf(packet, segment, speaker);
    const known = this.#current.get(key);
    const isNew = segment.flags === tcpFlags.syn && speaker === 'dte';
    // The same port once more: another connection, unless its SYN is only sent again.
    if (known !== undefined && !(isNew && known.length > 0)) {
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
      chunks: [],
      length: 0,
      whole: undefined,
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
      connection.live = {
        dtePort,
        initialSequence: (segment.flags & tcpFlags.syn) === 0 ? beforeFirst(segment) : segment.sequence,
        recordedTo: 0,
        liveTo: 0,
        rest: Buffer.alloc(0),
        isFinished: false,
        marks: [],
        isRepeating: false,
        played: undefined,
      };
      this.#lives.set(key, connection);
    }
    return connection;
  }

  #compare(connection: Connection, live: Live): Difference | undefined {
    const whole = wholeOf(connection);
    while (live.rest.length > 0) {
      const line = lineAt(whole, live.recordedTo);
      const common = Math.min(line.length, live.rest.length);
      if (line.length > 0 && line.subarray(0, common).equals(live.rest.subarray(0, common))) {
        if (common < line.length) {
          return undefined;
        }
        advance(live, common, common);
        continue;
      }
      const end = live.rest.indexOf(LF);
      const isOpen = end < 0 && live.rest.length < LONGEST_LINE_BYTES;
      if (isOpen && line.at(-1) === LF) {
        return undefined;
      }
      const found = end < 0 ? live.rest : live.rest.subarray(0, end + 1);
      if (line.length === 0 || !isSameStreamLine(latin1(line), latin1(found), this.#isRedacted)) {
        return {
          expected: line.length === 0 ? 'nothing more on this connection' : shown(line),
          found: shown(found),
        };
      }
      advance(live, line.length, found.length);
    }
    return undefined;
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

function advance(live: Live, recorded: number, heard: number): void {
  live.recordedTo += recorded;
  live.liveTo += heard;
  live.rest = live.rest.subarray(heard);
  if (recorded !== heard) {
    live.marks.push({ recorded: live.recordedTo, live: live.liveTo });
  }
}

const wholeOf = (connection: Connection): Buffer => (connection.whole ??= Buffer.concat(connection.chunks));

function lineAt(stream: Buffer, from: number): Buffer {
  const end = stream.indexOf(LF, from);
  return stream.subarray(from, end < 0 ? stream.length : end + 1);
}

const latin1 = (octets: Buffer): string => octets.toString('latin1');

function shown(octets: Buffer): string {
  return TLS_BEGINNING.every((octet, index) => octets[index] === octet)
    ? 'a TLS session, whose keys are new each time: it cannot be replayed'
    : JSON.stringify(latin1(octets.subarray(0, 200)));
}

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
