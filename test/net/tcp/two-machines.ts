/** Two connections and a network between them that loses, repeats, delays and reorders by seed, in machine time. */
import { type Random, seededRandom } from '../../../src/base/random.ts';
import { type Ms, ms } from '../../../src/base/units.ts';
import { TcpConnection } from '../../../src/net/tcp/connection.ts';
import { decodeIpv4, ipv4Address } from '../../../src/wire/ipv4.ts';
import { isMalformed } from '../../../src/wire/malformed.ts';
import { decodeTcp, encodeTcp, type TcpSegment, tcpFlags } from '../../../src/wire/tcp-segment.ts';
import { octetAt, octetsFrom } from './scripted-peer.ts';

export interface Weather {
  readonly seed: number;
  /** Chances, 0 to 1. */
  readonly loss: number;
  readonly repetition: number;
  /** The least and the most that a segment is on its way; what differs reorders. */
  readonly delayMs: readonly [number, number];
  /** After so long nothing is lost any more. */
  readonly clearsUpAfterMs: number;
}

export interface Plan {
  readonly mtu: number;
  readonly sendBufferBytes: number;
  readonly receiveBufferBytes: number;
  /** What this side sends in all, before it closes. */
  readonly octets: number;
  /** The most that the reader takes at a time, and how often it looks; 0 reads at once. */
  readonly readEveryMs: number;
}

class Side {
  readonly connection: TcpConnection;
  readonly plan: Plan;
  written = 1;
  readTo = 1;
  complaint: string | undefined;
  readAt = 0;
  isListening: boolean;

  constructor(plan: Plan, port: number, initialSequence: number, isListening: boolean) {
    this.plan = plan;
    this.isListening = isListening;
    this.connection = new TcpConnection({
      localPort: port,
      remotePort: 3 - port,
      initialSequence,
      mtu: plan.mtu,
      mru: plan.mtu,
      sendBufferBytes: plan.sendBufferBytes,
      receiveBufferBytes: plan.receiveBufferBytes,
      synTimeout: ms(120_000),
    });
  }

  arrives(segment: TcpSegment, now: Ms): void {
    if (this.isListening) {
      if ((segment.flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.rst)) === tcpFlags.syn) {
        this.isListening = false;
        this.connection.listen(segment, now);
      }
    } else {
      this.connection.segmentArrives(segment, now);
    }
  }

  /** The user's part: writes what there is room for, reads, closes when all is written. */
  act(now: Ms): void {
    const { connection, plan } = this;
    if (connection.room > 0 && this.written <= plan.octets) {
      const count = Math.min(connection.room, plan.octets + 1 - this.written, 3000);
      this.written += connection.write(octetsFrom(this.written, count));
    }
    const isEstablished = connection.state === 'ESTABLISHED' || connection.state === 'CLOSE-WAIT';
    if (isEstablished && this.written > plan.octets) {
      connection.close();
    }
    if (now >= this.readAt) {
      this.readAt = now + plan.readEveryMs;
      for (let octets = connection.read(); octets !== undefined; octets = connection.read()) {
        for (const octet of octets) {
          if (octet !== octetAt(this.readTo)) {
            this.complaint ??= `wrong octet at position ${this.readTo}`;
          }
          this.readTo += 1;
        }
      }
    }
    if (connection.heldBytes > plan.receiveBufferBytes) {
      this.complaint ??= `holds ${connection.heldBytes} octets`;
    }
    if (connection.unacknowledgedBytes > plan.sendBufferBytes) {
      this.complaint ??= `keeps ${connection.unacknowledgedBytes} octets`;
    }
  }
}

export interface Outcome {
  readonly elapsedMs: number;
  readonly steps: number;
  readonly sides: readonly {
    readonly state: string;
    readonly failure: string | undefined;
    readonly received: number;
    readonly wanted: number;
    readonly complaint: string | undefined;
  }[];
}

const MAX_STEPS = 60_000;
const LONGEST_MS = 24 * 3600_000;

/** Runs both until they are CLOSED, or for too long. @param isSimultaneous whether both open actively */
export function run(weather: Weather, plans: readonly [Plan, Plan], isSimultaneous: boolean): Outcome {
  const random = seededRandom(weather.seed);
  const sides = plans.map(
    (plan, index) =>
      new Side(plan, index + 1, random.integer(0, 0xffff_ffff), index === 1 && !isSimultaneous),
  );
  const startedAt = 1_000_000;
  let now = ms(startedAt);
  let steps = 0;
  const underWay: { at: number; to: number; packet: Uint8Array }[] = [];
  sides[0]?.connection.open(now);
  if (isSimultaneous) {
    sides[1]?.connection.open(now);
  }
  for (; steps < MAX_STEPS && now - startedAt < LONGEST_MS; steps += 1) {
    sides.forEach((side, index) => {
      side.act(now);
      for (
        let segment = side.connection.nextSegment(now);
        segment !== undefined;
        segment = side.connection.nextSegment(now)
      ) {
        const packet = encodeTcp(segment, ipv4Address(index), ipv4Address(1 - index), 0);
        checkSize(side, packet);
        const isLossy = now - startedAt < weather.clearsUpAfterMs;
        for (const delay of fate(weather, isLossy, random)) {
          underWay.push({ at: now + delay, to: 1 - index, packet });
        }
      }
    });
    if (sides.every(({ connection, isListening }) => connection.state === 'CLOSED' && !isListening)) {
      break;
    }
    const next = Math.min(
      ...underWay.map(({ at }) => at),
      ...sides.map(({ connection }) => connection.deadline),
      ...sides.map((side) =>
        side.connection.unreadBytes > 0 ? Math.max(side.readAt, now + 1) : LONGEST_MS * 9,
      ),
    );
    if (!Number.isFinite(next) || next >= LONGEST_MS * 9) {
      break;
    }
    now = ms(Math.max(now, Math.ceil(next)));
    for (const side of sides) {
      if (now >= side.connection.deadline) {
        side.connection.timePasses(now);
      }
    }
    underWay.sort((one, other) => one.at - other.at);
    while (underWay[0] !== undefined && underWay[0].at <= now) {
      const arrival = underWay.shift();
      if (arrival !== undefined) {
        sides[arrival.to]?.arrives(decoded(arrival.packet), now);
      }
    }
  }
  for (const side of sides) {
    side.readAt = 0;
    side.act(now);
  }
  return {
    elapsedMs: now - startedAt,
    steps,
    sides: sides.map(({ connection, readTo, complaint }, index) => ({
      state: connection.state,
      failure: connection.failure,
      received: readTo - 1,
      wanted: plans[1 - index]?.octets ?? 0,
      complaint,
    })),
  };
}

/** When a segment arrives: never, once, or more often. */
function fate(weather: Weather, isLossy: boolean, random: Random): number[] {
  const delay = () => random.integer(...weather.delayMs);
  if (!isLossy) {
    return [delay()];
  }
  if (random.fraction() < weather.loss) {
    return [];
  }
  return random.fraction() < weather.repetition ? [delay(), delay()] : [delay()];
}

function checkSize(side: Side, packet: Uint8Array): void {
  if (packet.length > side.plan.mtu) {
    side.complaint ??= `a packet of ${packet.length} octets`;
  }
}

function decoded(octets: Uint8Array): TcpSegment {
  const packet = decodeIpv4(octets);
  if (isMalformed(packet)) {
    throw new Error(packet.malformed);
  }
  const segment = decodeTcp(packet.payload, packet.source, packet.destination);
  if (isMalformed(segment)) {
    throw new Error(segment.malformed);
  }
  return segment;
}
