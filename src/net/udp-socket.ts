/** UDP ports of a host: a port of one's own, and datagrams to ports that nobody opened. */
import { EventEmitter } from 'node:events';
import type { Random } from '../base/random.ts';
import { handOver } from '../base/virtual-time.ts';
import type { IcmpUnreachableCode, QuotedFlow } from '../wire/icmp.ts';
import { icmpUnreachableCodes } from '../wire/icmp.ts';
import { IPV4_HEADER_BYTES, type Ipv4Address, type Ipv4Packet } from '../wire/ipv4.ts';
import { encodeUdp, UDP_HEADER_BYTES, type UdpDatagram } from '../wire/udp.ts';
import { drawEphemeralPort } from './ephemeral-port.ts';
import type { IpLink } from './ip-link.ts';
import type { RefusePacket } from './packet-output.ts';
import type { Endpoint } from './tcp-error.ts';

/** Ports open at a time: names are asked for one after the other. */
const MAX_PORTS = 64;

export interface ReceivedDatagram {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Good until the callback returns. */
  readonly payload: Uint8Array;
}

export type DatagramVerdict =
  | { readonly verdict: 'reply'; readonly payload: Uint8Array }
  | { readonly verdict: 'drop' }
  | { readonly verdict: 'unreachable'; readonly code: IcmpUnreachableCode };

export interface UdpHostOptions {
  readonly link: IpLink;
  readonly random: Random;
  readonly onDatagram: ((datagram: ReceivedDatagram) => DatagramVerdict) | undefined;
  readonly nextIdentification: () => number;
  /** @returns whether there was room for it */
  readonly send: (packet: Uint8Array) => boolean;
  readonly refuse: RefusePacket;
}

/** One UDP port. The payload of `message` is good until the listener returns; `unreachable` says that nobody takes what was sent there. */
export class UdpSocket extends EventEmitter<{
  message: [payload: Uint8Array, from: Endpoint];
  unreachable: [to: Endpoint];
}> {
  readonly port: number;
  readonly #send: (to: Endpoint, payload: Uint8Array) => boolean;
  readonly #close: () => void;

  constructor(port: number, send: (to: Endpoint, payload: Uint8Array) => boolean, close: () => void) {
    super();
    this.port = port;
    this.#send = send;
    this.#close = close;
  }

  /** @returns `false` when it was dropped: too large for one packet, no room, or the link is down */
  send(to: Endpoint, payload: Uint8Array): boolean {
    return this.#send(to, payload);
  }

  close(): void {
    this.#close();
  }
}

export class UdpHost {
  readonly #options: UdpHostOptions;
  readonly #sockets = new Map<number, UdpSocket>();

  constructor(options: UdpHostOptions) {
    this.#options = options;
  }

  /** Opens a port drawn at random (RFC 5452 §9.2); `undefined` when too many are open. */
  open(address: Ipv4Address): UdpSocket | undefined {
    if (this.#sockets.size >= MAX_PORTS) {
      return undefined;
    }
    const port = drawEphemeralPort(this.#options.random, (drawn) => this.#sockets.has(drawn));
    if (port === undefined) {
      return undefined;
    }
    const socket = new UdpSocket(
      port,
      (to, payload) => this.send({ address, port }, to, payload),
      () => this.#sockets.delete(port),
    );
    this.#sockets.set(port, socket);
    return socket;
  }

  /** Sends one datagram. @returns whether it left, or waits for the link */
  send(from: Endpoint, to: Endpoint, payload: Uint8Array): boolean {
    const { link, send, nextIdentification } = this.#options;
    if (IPV4_HEADER_BYTES + UDP_HEADER_BYTES + payload.length > link.mtu) {
      return false;
    }
    const datagram = { sourcePort: from.port, destinationPort: to.port, payload };
    return send(encodeUdp(datagram, from.address, to.address, nextIdentification()));
  }

  /** @param octets the whole packet */
  datagramArrives(datagram: UdpDatagram, packet: Ipv4Packet, octets: Uint8Array): void {
    const { sourcePort, destinationPort, payload } = datagram;
    const from = { address: packet.source, port: sourcePort };
    const socket = this.#sockets.get(destinationPort);
    if (socket !== undefined) {
      handOver();
      socket.emit('message', payload, from);
      return;
    }
    const to = { address: packet.destination, port: destinationPort };
    const verdict = this.#options.onDatagram?.({ source: from, destination: to, payload });
    if (verdict === undefined) {
      this.#options.refuse(icmpUnreachableCodes.port, packet, octets);
    } else if (verdict.verdict === 'reply') {
      this.send(to, from, verdict.payload);
    } else if (verdict.verdict === 'unreachable') {
      this.#options.refuse(verdict.code, packet, octets);
    }
  }

  /** A router could not deliver a datagram of ours. */
  unreachable(flow: QuotedFlow): void {
    handOver();
    this.#sockets
      .get(flow.sourcePort)
      ?.emit('unreachable', { address: flow.destination, port: flow.destinationPort });
  }

  close(): void {
    this.#sockets.clear();
  }
}
