/**
 * All TCP connections of a host: which segment belongs to which, who answers a SYN, in which order they send,
 * and one timer for the nearest deadline of all. A shell: the rules are in ./tcp.
 */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import { kibibytes, type Ms, ms, seconds } from '../base/units.ts';
import { handOver } from '../base/virtual-time.ts';
import { type IcmpUnreachableCode, icmpUnreachableCodes, type QuotedFlow } from '../wire/icmp.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';
import { encodeTcp, type TcpSegment, tcpFlags } from '../wire/tcp-segment.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { drawEphemeralPort } from './ephemeral-port.ts';
import type { IpLink } from './ip-link.ts';
import { TcpConnection } from './tcp/connection.ts';
import { MAX_WINDOW_BYTES } from './tcp/receive-buffer.ts';
import { resetFor } from './tcp/reset.ts';
import { isSynchronized } from './tcp/state.ts';
import { ConnectionTable } from './tcp-connection-table.ts';
import { type ConnectionUser, TcpEntry } from './tcp-entry.ts';
import { type Endpoint, formatEndpoint, TcpError } from './tcp-error.ts';
import { brokenError, connectError } from './tcp-failure.ts';
import { TcpSocket } from './tcp-socket.ts';

/** Connections of all states: a small router's worth, 256 times 128 KiB at the very most. */
const MAX_CONNECTIONS = 256;
/** Handshakes that a peer began and did not end. */
const MAX_HALF_OPEN = 64;
const SEND_BUFFER = kibibytes(64);
/** Mail submission waits two minutes for an answer to its SYN. */
const DEFAULT_CONNECT_TIMEOUT = seconds(120);
/** A handshake that a peer began: five SYN,ACKs after 1, 3, 7, 15 and 31 s. */
const HALF_OPEN_TIMEOUT = seconds(60);

export type SynVerdict =
  | {
      readonly verdict: 'accept';
      readonly onSocket: (socket: TcpSocket) => void;
      /** As in node:net; default false. */
      readonly allowHalfOpen?: boolean | undefined;
    }
  | { readonly verdict: 'drop' }
  | { readonly verdict: 'reset' }
  | { readonly verdict: 'unreachable'; readonly code: IcmpUnreachableCode };

export interface ConnectOptions {
  /** The address to connect from, where the host answers for more than one. */
  readonly localAddress?: Ipv4Address | undefined;
  /** How long the SYN may stay unanswered; default 120 s. */
  readonly timeoutMs?: Ms | undefined;
  /** As in node:net: whether this side may go on writing after the peer has ended; default false. */
  readonly allowHalfOpen?: boolean | undefined;
}

export interface TcpHostOptions {
  readonly link: IpLink;
  readonly random: Random;
  readonly trace: Trace;
  readonly onSyn: ((syn: { source: Endpoint; destination: Endpoint }) => SynVerdict) | undefined;
  readonly timeWait: Ms | undefined;
  readonly userTimeout: Ms | undefined;
  readonly sendBufferBytes: number | undefined;
  readonly receiveBufferBytes: number | undefined;
  readonly nextIdentification: () => number;
  /** Sends an answer that belongs to no connection. */
  readonly send: (packet: Uint8Array) => void;
  /** Some connection has something to send: fetch it with `nextPacket`. */
  readonly flushSoon: () => void;
}

export class TcpHost {
  readonly #options: TcpHostOptions;
  readonly #table = new ConnectionTable<TcpEntry>();
  /** Connections that may have something to send, first come first served, a segment each. */
  readonly #queue: TcpEntry[] = [];
  #halfOpen = 0;
  readonly #timer = new DeadlineTimer(() => this.#timePasses());
  #isDown = false;

  constructor(options: TcpHostOptions) {
    this.#options = options;
  }

  /** Connections in any state. */
  get size(): number {
    return this.#table.size;
  }

  connect(localAddress: Ipv4Address, to: Endpoint, options: ConnectOptions): Promise<TcpSocket> {
    const timeout = options.timeoutMs ?? DEFAULT_CONNECT_TIMEOUT;
    return new Promise((resolve, reject) => {
      if (this.#isDown) {
        reject(new TcpError('TCP_LINK_DOWN', `No link to reach ${formatEndpoint(to)}.`));
        return;
      }
      const port = this.#freePort(localAddress, to);
      if (port === undefined) {
        reject(new TcpError('TCP_NO_ROOM', `${this.#table.size} connections are open, no room for another.`));
        return;
      }
      const local = { address: localAddress, port };
      const startedAt = Date.now();
      const entry = this.#add(local, to, timeout, {
        allowHalfOpen: options.allowHalfOpen ?? false,
        opened: (socket) => {
          this.#trace('<', `connected to ${formatEndpoint(to)} after ${Date.now() - startedAt} ms`);
          handOver();
          resolve(socket);
        },
        failed: (failure) => {
          handOver();
          reject(connectError(failure, to, Date.now() - startedAt, entry.connection.retransmissions));
        },
      });
      this.#trace('>', `SYN to ${formatEndpoint(to)} from port ${port}`);
      entry.connection.open();
      this.#wake(entry);
    });
  }

  /** A segment came. @param packet the whole IP packet, for what an ICMP error has to quote */
  segmentArrives(
    segment: TcpSegment,
    source: Ipv4Address,
    destination: Ipv4Address,
    refuse: (code: IcmpUnreachableCode) => void,
  ): void {
    const now = ms(Date.now());
    const { sourcePort, destinationPort } = segment;
    let entry = this.#table.find(destination, destinationPort, source, sourcePort);
    if (entry?.connection.isReplacedBy(segment)) {
      this.#table.remove(entry);
      entry = undefined;
    }
    if (entry !== undefined) {
      entry.connection.segmentArrives(segment, now);
      this.#wake(entry);
      this.#settle(entry);
      return;
    }
    const isSyn = (segment.flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.rst)) === tcpFlags.syn;
    if (!isSyn) {
      this.#answerReset(segment, source, destination);
      return;
    }
    this.#synArrives(
      segment,
      { address: source, port: sourcePort },
      { address: destination, port: destinationPort },
      refuse,
    );
  }

  /** A router could not deliver a segment of ours. */
  unreachable(flow: QuotedFlow, code: number, nextHopMtu: number): void {
    const entry = this.#table.find(flow.source, flow.sourcePort, flow.destination, flow.destinationPort);
    if (entry === undefined || !entry.connection.isOutstanding(flow.sequence)) {
      return;
    }
    if (code === icmpUnreachableCodes.fragmentationNeeded) {
      entry.connection.packetTooBig(nextHopMtu);
    } else {
      entry.connection.unreachable();
    }
    this.#wake(entry);
    this.#settle(entry);
  }

  /** The next packet that some connection wants to send. */
  nextPacket(): Uint8Array | undefined {
    const now = ms(Date.now());
    for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
      const segment = entry.connection.nextSegment(now);
      this.#timer.notLaterThan(entry.connection.deadline, now);
      if (segment !== undefined) {
        if (this.#queue.length > 1) {
          this.#queue.push(entry);
          this.#queue.shift();
        }
        const { local, remote } = entry;
        return encodeTcp(segment, local.address, remote.address, this.#options.nextIdentification());
      }
      this.#queue.shift();
      entry.isQueued = false;
    }
    return undefined;
  }

  /** No packet passes any more. @param isOurWill whether this side closed: then it is no error for a socket */
  linkDown(isOurWill: boolean): void {
    this.#isDown = true;
    this.#timer.stop();
    for (const entry of this.#table.entries()) {
      this.#table.remove(entry);
      if (entry.socket === undefined) {
        entry.user.failed('link-down');
      } else if (entry.connection.state !== 'TIME-WAIT') {
        const message = `The link went down under the connection to ${formatEndpoint(entry.remote)}.`;
        entry.socket.linkDown(isOurWill ? undefined : new TcpError('TCP_LINK_DOWN', message));
      }
    }
    this.#queue.length = 0;
  }

  #synArrives(
    segment: TcpSegment,
    source: Endpoint,
    destination: Endpoint,
    refuse: (code: IcmpUnreachableCode) => void,
  ): void {
    const verdict = this.#options.onSyn?.({ source, destination }) ?? { verdict: 'reset' };
    const arrow = `${formatEndpoint(source)} to ${formatEndpoint(destination)}`;
    switch (verdict.verdict) {
      case 'drop':
        this.#trace('<', `SYN from ${arrow} dropped`);
        return;
      case 'reset':
        this.#trace('<', `SYN from ${arrow} reset`);
        this.#answerReset(segment, source.address, destination.address);
        return;
      case 'unreachable':
        this.#trace('<', `SYN from ${arrow} answered with ICMP unreachable, code ${verdict.code}`);
        refuse(verdict.code);
        return;
      case 'accept':
        break;
    }
    if (this.#table.size >= MAX_CONNECTIONS || this.#halfOpen >= MAX_HALF_OPEN) {
      this.#trace('<', `SYN from ${arrow} dropped: no room`);
      return;
    }
    this.#halfOpen += 1;
    const entry = this.#add(destination, source, HALF_OPEN_TIMEOUT, {
      allowHalfOpen: verdict.allowHalfOpen ?? false,
      opened: (socket) => {
        this.#halfOpen -= 1;
        this.#trace('<', `accepted ${arrow}`);
        handOver();
        verdict.onSocket(socket);
      },
      failed: () => {
        this.#halfOpen -= 1;
        this.#trace('-', `handshake from ${arrow} was not completed`);
      },
    });
    entry.connection.listen(segment);
    this.#wake(entry);
  }

  #add(local: Endpoint, remote: Endpoint, synTimeout: Ms, user: ConnectionUser): TcpEntry {
    const { link, random, sendBufferBytes, receiveBufferBytes, timeWait, userTimeout } = this.#options;
    const connection = new TcpConnection({
      localPort: local.port,
      remotePort: remote.port,
      initialSequence: random.integer(0, 0xffff_ffff),
      mtu: link.mtu,
      mru: link.mru ?? link.mtu,
      bitRate: link.bitRate,
      sendBufferBytes: sendBufferBytes ?? SEND_BUFFER,
      receiveBufferBytes: receiveBufferBytes ?? MAX_WINDOW_BYTES,
      synTimeout,
      userTimeout,
      timeWait,
    });
    const entry = new TcpEntry(connection, { local, remote }, user, this.#userDidSomething);
    this.#table.add(entry);
    return entry;
  }

  readonly #userDidSomething = (entry: TcpEntry) => {
    if (!this.#isDown) {
      this.#wake(entry);
      if (entry.connection.state === 'CLOSED') {
        this.#settle(entry);
      }
    }
  };

  #wake(entry: TcpEntry): void {
    if (!entry.isQueued) {
      entry.isQueued = true;
      this.#queue.push(entry);
      this.#options.flushSoon();
    }
    this.#timer.notLaterThan(entry.connection.deadline, ms(Date.now()));
  }

  /** Tells the user what became of the connection. */
  #settle(entry: TcpEntry): void {
    const { state, failure } = entry.connection;
    if (entry.socket === undefined && isSynchronized(state)) {
      entry.socket = new TcpSocket(entry);
      entry.user.opened(entry.socket);
    }
    if (state !== 'CLOSED') {
      entry.socket?.connectionAdvanced();
      return;
    }
    if (!this.#table.remove(entry)) {
      return;
    }
    if (entry.socket === undefined) {
      entry.user.failed(failure ?? 'reset');
    } else {
      this.#traceEnd(entry, entry.socket);
      entry.socket.connectionEnded(
        failure === undefined ? undefined : brokenError(failure, entry.remote, entry.connection),
      );
    }
  }

  #timePasses(): void {
    const now = ms(Date.now());
    for (const entry of this.#table.entries()) {
      if (now >= entry.connection.deadline) {
        entry.connection.timePasses(now);
        this.#wake(entry);
        this.#settle(entry);
      } else {
        this.#timer.notLaterThan(entry.connection.deadline, now);
      }
    }
  }

  #freePort(localAddress: Ipv4Address, to: Endpoint): number | undefined {
    const isTaken = (port: number) => this.#table.find(localAddress, port, to.address, to.port) !== undefined;
    return this.#table.size < MAX_CONNECTIONS ? drawEphemeralPort(this.#options.random, isTaken) : undefined;
  }

  #answerReset(segment: TcpSegment, source: Ipv4Address, destination: Ipv4Address): void {
    const reset = resetFor(segment);
    if (reset !== undefined) {
      this.#options.send(encodeTcp(reset, destination, source, this.#options.nextIdentification()));
    }
  }

  #traceEnd(entry: TcpEntry, socket: TcpSocket): void {
    const how = entry.connection.failure ?? 'closed';
    const count = `${socket.acknowledgedBytes} octets sent, ${socket.bytesRead} received`;
    this.#trace('-', `${formatEndpoint(entry.remote)}: ${how}, ${count}`);
  }

  #trace(direction: '>' | '<' | '-', text: string): void {
    this.#options.trace({ layer: 'tcp', direction, text });
  }
}
