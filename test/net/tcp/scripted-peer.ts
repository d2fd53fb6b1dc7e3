/**
 * One TCP connection and a peer that does what the test says, in machine time: a test reads like a packet
 * trace. Segments are written as `S. 0(0) ack 1 win 5000 mss 1460`: flags (S F R P and `.` for ACK), the
 * position, octets in parentheses. Positions count from each side's SYN, which is 0. Both initial sequence
 * numbers lie just below 2^32, so that every test crosses the wrap.
 */
import { type Ms, ms } from '../../../src/base/units.ts';
import { type ConnectionOptions, TcpConnection } from '../../../src/net/tcp/connection.ts';
import { type TcpSegment, tcpFlags } from '../../../src/wire/tcp-segment.ts';

const OWN_INITIAL = 0xffff_fe00;
const PEER_INITIAL = 0xffff_ff80;
const LARGEST_TEXT_WINDOW = 65_535;

const letters = [
  ['S', tcpFlags.syn],
  ['F', tcpFlags.fin],
  ['R', tcpFlags.rst],
  ['P', tcpFlags.psh],
  ['.', tcpFlags.ack],
] as const;

/** What stands at a position of any stream here. */
export const octetAt = (position: number): number => (position * 7 + (position >> 8)) & 0xff;

export const octetsFrom = (position: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, index) => octetAt(position + index));

export class ScriptedPeer {
  readonly connection: TcpConnection;
  now: Ms = ms(1_000_000);
  readonly #startedAt = this.now;
  readonly #options: ConnectionOptions;
  #heard: string[] = [];
  #written = 1;
  #readTo = 1;

  constructor(options: Partial<ConnectionOptions> = {}) {
    this.#options = {
      localPort: 49_152,
      remotePort: 587,
      initialSequence: OWN_INITIAL,
      mtu: 1500,
      mru: 1500,
      sendBufferBytes: 65_536,
      receiveBufferBytes: 65_535,
      synTimeout: ms(120_000),
      ...options,
    };
    this.connection = new TcpConnection(this.#options);
  }

  /** A connection that this side opened, established, with nothing under way. */
  static established(options: Partial<ConnectionOptions> = {}, synAck = 'S. 0(0) ack 1 win 65535 mss 1460') {
    const peer = new ScriptedPeer(options);
    peer.open();
    peer.heard();
    peer.sends(synAck);
    peer.heard();
    return peer;
  }

  /** The user opens actively. */
  open(): void {
    this.connection.open(this.now);
    this.#collect();
  }

  /** A segment comes from the peer. */
  sends(text: string): this {
    this.connection.segmentArrives(this.#parse(text), this.now);
    this.#collect();
    return this;
  }

  /** The peer's SYN wakes a listening connection. */
  opens(text: string): this {
    this.connection.listen(this.#parse(text), this.now);
    this.#collect();
    return this;
  }

  /** The user writes so many octets. @returns how many were taken */
  write(count: number): number {
    const taken = this.connection.write(octetsFrom(this.#written, count));
    this.#written += taken;
    this.#collect();
    return taken;
  }

  /** The user reads all there is. @returns how many octets, or a complaint when they are the wrong ones */
  read(): number | string {
    let count = 0;
    for (let octets = this.connection.read(); octets !== undefined; octets = this.connection.read()) {
      for (const octet of octets) {
        if (octet !== octetAt(this.#readTo)) {
          return `wrong octet at position ${this.#readTo}`;
        }
        this.#readTo += 1;
        count += 1;
      }
    }
    this.#collect();
    return count;
  }

  close(): void {
    this.connection.close();
    this.#collect();
  }

  detach(): void {
    this.connection.detach(this.now);
    this.#collect();
  }

  abort(): void {
    this.connection.abort();
    this.#collect();
  }

  /** Time goes on; deadlines are kept to the millisecond. */
  waits(duration: number): this {
    const until = this.now + duration;
    while (this.connection.deadline <= until) {
      this.now = ms(Math.max(this.now, Math.ceil(this.connection.deadline)));
      this.connection.timePasses(this.now);
      this.#collect();
    }
    this.now = ms(until);
    return this;
  }

  /** What the peer heard since it was asked last. */
  heard(): string[] {
    this.#collect();
    const heard = this.#heard;
    this.#heard = [];
    return heard.map((line) => line.replace(/^\d+ /, '').replace(/ win \d+/, ''));
  }

  /** The same, each with the milliseconds since the test began. */
  heardWhen(): string[] {
    this.#collect();
    const heard = this.#heard;
    this.#heard = [];
    return heard.map((line) => line.replace(/ win \d+/, ''));
  }

  /** The same, each with the window. */
  heardWindows(): string[] {
    this.#collect();
    const heard = this.#heard;
    this.#heard = [];
    return heard.map((line) => line.replace(/^\d+ /, ''));
  }

  #collect(): void {
    for (
      let segment = this.connection.nextSegment(this.now);
      segment !== undefined;
      segment = this.connection.nextSegment(this.now)
    ) {
      this.#heard.push(`${this.now - this.#startedAt} ${describe(segment)}`);
    }
  }

  #parse(text: string): TcpSegment {
    const match = /^([SFRP.]*) (-?\d+)\((\d+)\)(?: ack (-?\d+))?(?: win (\d+))?(?: mss (\d+))?$/.exec(text);
    if (match === null) {
      throw new Error(`not a segment: ${text}`);
    }
    const [, names = '', position, count, acknowledged, window, mss] = match;
    const start = Number(position);
    return {
      sourcePort: this.#options.remotePort,
      destinationPort: this.#options.localPort,
      sequence: (PEER_INITIAL + start) >>> 0,
      acknowledgment: acknowledged === undefined ? 0 : (OWN_INITIAL + Number(acknowledged)) >>> 0,
      flags: letters.reduce((flags, [letter, bit]) => (names.includes(letter) ? flags | bit : flags), 0),
      window: window === undefined ? LARGEST_TEXT_WINDOW : Number(window),
      mss: mss === undefined ? undefined : Number(mss),
      payload: octetsFrom(start, Number(count)),
    };
  }
}

function describe(segment: TcpSegment): string {
  const names = letters
    .filter(([, bit]) => (segment.flags & bit) !== 0)
    .map(([letter]) => letter)
    .join('');
  const position = (segment.sequence - OWN_INITIAL) | 0;
  const isRight = segment.payload.every((octet, index) => octet === octetAt(position + index));
  const parts = [`${names} ${position}(${segment.payload.length})`];
  if ((segment.flags & tcpFlags.ack) !== 0) {
    parts.push(`ack ${(segment.acknowledgment - PEER_INITIAL) | 0}`);
  }
  parts.push(`win ${segment.window}`);
  if (segment.mss !== undefined) {
    parts.push(`mss ${segment.mss}`);
  }
  if (!isRight) {
    parts.push('WRONG OCTETS');
  }
  return parts.join(' ');
}
