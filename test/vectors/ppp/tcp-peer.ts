/** A TCP peer that does what it is told, segment by segment, over a link in the state `network`. */
import type { TcpSocket } from '../../../src/net/tcp-socket.ts';
import { decodeIpv4, ipProtocols } from '../../../src/wire/ipv4.ts';
import { isMalformed } from '../../../src/wire/malformed.ts';
import { PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';
import { decodeTcp, encodeTcp, type TcpSegment, tcpFlags } from '../../../src/wire/tcp-segment.ts';
import { PEER_ADDRESS, SUT_ADDRESS } from './addresses.ts';
import { Bench, type BenchOptions, pause } from './bench.ts';
import type { Role } from './document.ts';

/** What the software under test did is not what the scenario asks for. */
export class MismatchError extends Error {}

export function expectThat(condition: boolean, sentence: string): asserts condition {
  if (!condition) {
    throw new MismatchError(sentence);
  }
}

export interface TimedSegment extends TcpSegment {
  readonly at: number;
}

export interface TcpPeerOptions {
  readonly role: Role;
  /** The maximum segment size in the peer's SYN; `null`: no option. */
  readonly mss?: number | null;
  readonly peerMru?: number;
  readonly initialSequence?: number;
  /** What the software under test does with the connection. */
  readonly onSocket?: (socket: TcpSocket) => void;
}

const { syn, ack, psh, fin } = tcpFlags;
const LOCAL_PORT = 40_000;
const SUT_PORT = 587;

export class TcpPeer {
  readonly bench: Bench;
  /** All segments of the connection that came from the software under test. */
  readonly segments: TimedSegment[] = [];
  /** SND.NXT and RCV.NXT of the peer. */
  sequence: number;
  acknowledgment = 0;
  window = 0xffff;
  readonly #mss: number | undefined;
  #identification = 1;
  #looked = 0;

  constructor({
    role,
    mss = 1460,
    peerMru = 1500,
    initialSequence = 1000,
    onSocket = ignore,
  }: TcpPeerOptions) {
    this.#mss = mss ?? undefined;
    this.sequence = initialSequence >>> 0;
    const onSyn: BenchOptions['onSyn'] = ({ destination }) =>
      destination.port === SUT_PORT
        ? { verdict: 'accept', allowHalfOpen: true, onSocket }
        : { verdict: 'reset' };
    this.bench = new Bench({ state: 'network', role, peerMru, onSyn });
  }

  async begin(): Promise<void> {
    await this.bench.begin();
    this.bench.onFrame = (protocol, payload) => this.#take(protocol, payload);
  }

  /** SYN, SYN,ACK, ACK. @returns the SYN,ACK */
  async connect(): Promise<TimedSegment> {
    this.send({ flags: syn, mss: this.#mss, acknowledgment: 0 });
    this.sequence = (this.sequence + 1) >>> 0;
    await pause(50);
    const [answer] = this.fresh();
    expectThat(answer?.flags === (syn | ack), 'The SYN was not answered with SYN,ACK.');
    expectThat(answer.acknowledgment === this.sequence, 'The SYN,ACK does not acknowledge the SYN.');
    this.acknowledgment = (answer.sequence + 1) >>> 0;
    this.send({ flags: ack });
    await pause(10);
    return answer;
  }

  /** One segment; what is not said is as it should be. */
  send(segment: Partial<TcpSegment> & { flags: number }): void {
    const whole: TcpSegment = {
      sourcePort: LOCAL_PORT,
      destinationPort: SUT_PORT,
      sequence: this.sequence,
      acknowledgment: this.acknowledgment,
      window: this.window,
      mss: undefined,
      payload: new Uint8Array(0),
      ...segment,
    };
    this.#identification += 1;
    this.bench.sendFrame(PppProtocol.ipv4, encodeTcp(whole, PEER_ADDRESS, SUT_ADDRESS, this.#identification));
  }

  /** Data in order. */
  sendData(payload: Uint8Array): void {
    this.send({ flags: ack | psh, payload });
    this.sequence = (this.sequence + payload.length) >>> 0;
  }

  sendFin(): void {
    this.send({ flags: ack | fin });
    this.sequence = (this.sequence + 1) >>> 0;
  }

  /** Acknowledges what came in order, FIN included. */
  acknowledge(): void {
    this.send({ flags: ack });
  }

  /** What came since the last call. */
  fresh(): readonly TimedSegment[] {
    const segments = this.segments.slice(this.#looked);
    this.#looked = this.segments.length;
    return segments;
  }

  /**
   * Takes what came in order into account.
   * @returns the new data, and whether a FIN ended it
   */
  collect(): { data: Buffer; hasEnded: boolean } {
    const parts: Uint8Array[] = [];
    let hasEnded = false;
    for (const segment of this.fresh()) {
      if (segment.sequence === this.acknowledgment) {
        parts.push(segment.payload);
        const isFin = (segment.flags & fin) !== 0;
        hasEnded ||= isFin;
        this.acknowledgment = (this.acknowledgment + segment.payload.length + (isFin ? 1 : 0)) >>> 0;
      }
    }
    return { data: Buffer.concat(parts), hasEnded };
  }

  /** Acknowledges until the FIN, or until nothing comes for 30 s. @returns all data */
  async drain(): Promise<{ data: Buffer; hasEnded: boolean }> {
    const parts: Buffer[] = [];
    for (let idle = 0; idle < 300; idle += 1) {
      const { data, hasEnded } = this.collect();
      if (data.length > 0 || hasEnded) {
        parts.push(data);
        idle = 0;
        this.acknowledge();
      }
      if (hasEnded) {
        return { data: Buffer.concat(parts), hasEnded };
      }
      await pause(100);
    }
    return { data: Buffer.concat(parts), hasEnded: false };
  }

  #take(protocol: number, payload: Uint8Array): void {
    if (protocol !== PppProtocol.ipv4) {
      return;
    }
    const packet = decodeIpv4(payload);
    if (isMalformed(packet) || packet.protocol !== ipProtocols.tcp) {
      return;
    }
    const segment = decodeTcp(packet.payload, packet.source, packet.destination);
    expectThat(!isMalformed(segment), 'A segment was sent with a wrong checksum.');
    if (segment.destinationPort === LOCAL_PORT) {
      this.segments.push({ ...segment, at: Date.now() });
    }
  }
}

function ignore(socket: TcpSocket): void {
  socket.on('error', () => {}).resume();
}
