/**
 * TCP of a host: opens connections, answers SYNs as it is told, and gives segments and ICMP errors to the
 * connection that they are about.
 */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import { kibibytes, type Ms, ms, seconds } from '../base/units.ts';
import { handOver } from '../base/virtual-time.ts';
import { type IcmpUnreachableCode, icmpUnreachableCodes, type QuotedFlow } from '../wire/icmp.ts';
import type { Ipv4Address, Ipv4Packet } from '../wire/ipv4.ts';
import { encodeTcp, type TcpSegment, tcpFlags } from '../wire/tcp-segment.ts';
import { drawEphemeralPort } from './ephemeral-port.ts';
import type { IpLink } from './ip-link.ts';
import type { RefusePacket } from './packet-output.ts';
import { TcpConnection } from './tcp/connection.ts';
import { MAX_WINDOW_BYTES } from './tcp/receive-buffer.ts';
import { resetFor } from './tcp/reset.ts';
import { TcpConnections } from './tcp-connections.ts';
import type { ConnectionUser, TcpEntry } from './tcp-entry.ts';
import { type Endpoint, formatEndpoint, TcpError } from './tcp-error.ts';
import { connectError } from './tcp-failure.ts';
import type { TcpSocket } from './tcp-socket.ts';

/** Connections of all states: a small router's worth, 256 times 192 KiB of buffers at the very most. */
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
  readonly refuse: RefusePacket;
  /** Some connection has something to send: fetch it with `nextPacket`. */
  readonly flushSoon: () => void;
}

export class TcpHost {
  readonly #options: TcpHostOptions;
  readonly #connections: TcpConnections;
  #halfOpen = 0;

  constructor(options: TcpHostOptions) {
    this.#options = options;
    this.#connections = new TcpConnections(options);
  }

  /** Connections in any state. */
  get size(): number {
    return this.#connections.size;
  }

  /** The next packet that some connection wants to send. */
  nextPacket(): Uint8Array | undefined {
    return this.#connections.nextPacket();
  }

  /** No packet passes any more. @param isOurWill whether this side closed: then it is no error for a socket */
  linkDown(isOurWill: boolean): void {
    this.#connections.linkDown(isOurWill);
  }

  /** Opens a connection; rejects with a TcpError. */
  connect(localAddress: Ipv4Address, to: Endpoint, options: ConnectOptions): Promise<TcpSocket> {
    const timeout = options.timeoutMs ?? DEFAULT_CONNECT_TIMEOUT;
    return new Promise((resolve, reject) => {
      if (this.#connections.isDown) {
        reject(new TcpError('TCP_LINK_DOWN', `No link to reach ${formatEndpoint(to)}.`));
        return;
      }
      const port = this.#freePort(localAddress, to);
      if (port === undefined) {
        reject(
          new TcpError('TCP_NO_ROOM', `${this.#connections.size} connections are open, no room for another.`),
        );
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
          const { retransmissions } = entry.connection;
          const error = connectError(failure, to, Date.now() - startedAt, retransmissions);
          this.#trace('<', error.message);
          handOver();
          reject(error);
        },
      });
      this.#trace('>', `SYN to ${formatEndpoint(to)} from port ${port}`);
      entry.connection.open(ms(startedAt));
      this.#connections.wake(entry);
    });
  }

  /** A segment came. @param octets the whole packet, for what an ICMP error has to quote */
  segmentArrives(segment: TcpSegment, packet: Ipv4Packet, octets: Uint8Array): void {
    const { source, destination } = packet;
    let entry = this.#connections.find(destination, segment.destinationPort, source, segment.sourcePort);
    if (entry?.connection.isReplacedBy(segment)) {
      this.#connections.remove(entry);
      entry = undefined;
    }
    if (entry !== undefined) {
      entry.connection.segmentArrives(segment, ms(Date.now()));
      this.#connections.changed(entry);
    } else if ((segment.flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.rst)) === tcpFlags.syn) {
      this.#synArrives(segment, packet, octets);
    } else {
      this.#answerReset(segment, source, destination);
    }
  }

  /** A router could not deliver a segment of ours. */
  unreachable(flow: QuotedFlow, code: number, nextHopMtu: number): void {
    const entry = this.#connections.find(
      flow.source,
      flow.sourcePort,
      flow.destination,
      flow.destinationPort,
    );
    if (entry === undefined || !entry.connection.isOutstanding(flow.sequence)) {
      return;
    }
    if (code === icmpUnreachableCodes.fragmentationNeeded) {
      entry.connection.packetTooBig(nextHopMtu);
    } else {
      entry.connection.unreachable();
    }
    this.#connections.changed(entry);
  }

  #synArrives(segment: TcpSegment, packet: Ipv4Packet, octets: Uint8Array): void {
    const source = { address: packet.source, port: segment.sourcePort };
    const destination = { address: packet.destination, port: segment.destinationPort };
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
        this.#options.refuse(verdict.code, packet, octets);
        return;
      case 'accept':
        break;
    }
    if (this.#connections.size >= MAX_CONNECTIONS || this.#halfOpen >= MAX_HALF_OPEN) {
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
    entry.connection.listen(segment, ms(Date.now()));
    this.#connections.wake(entry);
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
    return this.#connections.add(connection, { local, remote }, user);
  }

  #freePort(localAddress: Ipv4Address, to: Endpoint): number | undefined {
    const isTaken = (port: number) =>
      this.#connections.find(localAddress, port, to.address, to.port) !== undefined;
    return this.#connections.size < MAX_CONNECTIONS
      ? drawEphemeralPort(this.#options.random, isTaken)
      : undefined;
  }

  #answerReset(segment: TcpSegment, source: Ipv4Address, destination: Ipv4Address): void {
    const reset = resetFor(segment);
    if (reset !== undefined) {
      this.#options.send(encodeTcp(reset, destination, source, this.#options.nextIdentification()));
    }
  }

  #trace(direction: '>' | '<' | '-', text: string): void {
    this.#options.trace({ layer: 'tcp', direction, text });
  }
}
