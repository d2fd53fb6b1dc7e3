/**
 * An IPv4 host at the end of one link: TCP, UDP, ICMP, and names. The device is one; so is the carrier's
 * router, which answers for every address (`address: 'any'`). A shell: the rules are in ./tcp and ../wire.
 */
import { noTrace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import {
  decodeIcmp,
  decodeQuotedFlow,
  encodeIcmpEcho,
  encodeIcmpUnreachable,
  type IcmpEcho,
  type IcmpUnreachable,
  icmpUnreachableCodes,
} from '../wire/icmp.ts';
import {
  decodeIpv4,
  encodeIpv4,
  IPV4_HEADER_BYTES,
  type Ipv4Address,
  type Ipv4Packet,
  ipProtocols,
  ipv4Address,
  isFragment,
  isMulticastOrBroadcast,
} from '../wire/ipv4.ts';
import { isMalformed } from '../wire/malformed.ts';
import { decodeTcp } from '../wire/tcp-segment.ts';
import { decodeUdp } from '../wire/udp.ts';
import { DnsResolver } from './dns-resolver.ts';
import type { IpCounters, IpHostOptions } from './ip-host-options.ts';
import { PacketOutput, type RefusePacket } from './packet-output.ts';
import { Pinger } from './ping.ts';
import { type Endpoint, formatEndpoint, TcpError } from './tcp-error.ts';
import { type ConnectOptions, TcpHost } from './tcp-host.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { UdpHost, type UdpSocket } from './udp-socket.ts';

export type { IpCounters, IpHostOptions } from './ip-host-options.ts';

/** 0.0.0.0: a router without an address of its own. */
const UNSPECIFIED = ipv4Address(0);

export class IpHost {
  readonly counters: IpCounters = {
    packetsReceived: 0,
    packetsSent: 0,
    malformed: 0,
    fragmentsRejected: 0,
    misaddressed: 0,
    outputDropped: 0,
  };
  readonly #options: IpHostOptions;
  readonly #output: PacketOutput;
  readonly #tcp: TcpHost;
  readonly #udp: UdpHost;
  readonly #resolver: DnsResolver;
  readonly #pinger: Pinger;
  #identification: number;
  #isClosed = false;

  constructor(options: IpHostOptions) {
    const { link, random } = options;
    this.#options = options;
    this.#identification = random.integer(0, 0xffff);
    const nextIdentification = this.#nextIdentification;
    const send = this.#send;
    this.#tcp = new TcpHost({
      link,
      random,
      trace: options.trace ?? noTrace,
      onSyn: options.onSyn,
      timeWait: options.timeWaitMs,
      userTimeout: options.userTimeoutMs,
      sendBufferBytes: options.sendBufferBytes,
      receiveBufferBytes: options.receiveBufferBytes,
      nextIdentification,
      send,
      refuse: this.#refuse,
      flushSoon: () => this.#output.flushSoon(),
    });
    this.#output = new PacketOutput(link, () => this.#tcp.nextPacket());
    this.#udp = new UdpHost({
      link,
      random,
      onDatagram: options.onDatagram,
      nextIdentification,
      send,
      refuse: this.#refuse,
    });
    this.#resolver = new DnsResolver({
      servers: options.nameServers ?? [],
      random,
      trace: options.trace ?? noTrace,
      openPort: () => (this.#isClosed ? undefined : this.openUdp()),
    });
    this.#pinger = new Pinger(random, (echo, to, from) => this.#sendIcmp(encodeIcmpEcho(echo), from, to));
    link.on('packet', (packet) => this.#packetArrives(packet));
    link.on('down', () => this.#end(false));
  }

  /**
   * Opens a TCP connection.
   *
   * @returns the socket, established
   * @throws TcpError: TCP_TIMED_OUT, TCP_REFUSED, TCP_UNREACHABLE, TCP_LINK_DOWN, TCP_NO_ROOM
   */
  async connect(to: Endpoint, options: ConnectOptions = {}): Promise<TcpSocket> {
    const address = options.localAddress ?? this.#options.address;
    if (address === 'any') {
      throw new TcpError('TCP_UNREACHABLE', `No address of its own to reach ${formatEndpoint(to)} from.`);
    }
    return this.#tcp.connect(address, to, options);
  }

  /**
   * The address of a name, from the name servers; dotted decimal is taken as it is.
   *
   * @throws DnsError: DNS_NO_SERVER, DNS_NO_ANSWER, DNS_NO_SUCH_NAME, DNS_NO_ADDRESS, DNS_SERVER_FAILED, DNS_BAD_NAME
   */
  resolve(name: string): Promise<Ipv4Address> {
    return this.#resolver.resolve(name);
  }

  /** Sends an ICMP echo. @returns the round-trip time; rejects PingError after `timeoutMs` (default 5 s) */
  ping(address: Ipv4Address, options: { timeoutMs?: Ms } = {}): Promise<Ms> {
    return this.#pinger.ping(this.#ownAddress, address, options.timeoutMs);
  }

  /** Opens a UDP port, drawn at random; `undefined` when too many are open. */
  openUdp(): UdpSocket | undefined {
    return this.#udp.open(this.#ownAddress);
  }

  /** Sends a datagram from any endpoint of this host: a reply that took its time. */
  sendDatagram(from: Endpoint, to: Endpoint, payload: Uint8Array): boolean {
    return this.#udp.send(from, to, payload);
  }

  /** TCP connections in any state, TIME-WAIT included. */
  get connections(): number {
    return this.#tcp.size;
  }

  /** Ends everything at once, without a word to the peers: the link goes too. */
  close(): void {
    this.#end(true);
  }

  #end(isOurWill: boolean): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#output.close();
      this.#tcp.linkDown(isOurWill);
      this.#resolver.close();
      this.#pinger.close();
      this.#udp.close();
    }
  }

  get #ownAddress(): Ipv4Address {
    const { address } = this.#options;
    return address === 'any' ? UNSPECIFIED : address;
  }

  #packetArrives(octets: Uint8Array): void {
    if (this.#isClosed) {
      return;
    }
    this.counters.packetsReceived += 1;
    const packet = decodeIpv4(octets);
    if (isMalformed(packet)) {
      this.counters.malformed += 1;
    } else if (this.#options.address !== 'any' && packet.destination !== this.#options.address) {
      this.counters.misaddressed += 1;
    } else if (isFragment(packet)) {
      // RFC 791 lets a host drop what it cannot put together; TCP peers keep to our MSS.
      this.counters.fragmentsRejected += 1;
    } else if (isMulticastOrBroadcast(packet.destination) || isMulticastOrBroadcast(packet.source)) {
      this.counters.misaddressed += 1;
    } else {
      this.#deliver(packet, octets);
    }
    this.#output.flush();
  }

  #deliver(packet: Ipv4Packet, octets: Uint8Array): void {
    const { source, destination, payload } = packet;
    if (packet.protocol === ipProtocols.tcp) {
      const segment = decodeTcp(payload, source, destination);
      if (isMalformed(segment)) {
        this.counters.malformed += 1;
      } else {
        this.#tcp.segmentArrives(segment, packet, octets);
      }
    } else if (packet.protocol === ipProtocols.udp) {
      const datagram = decodeUdp(payload, source, destination);
      if (isMalformed(datagram)) {
        this.counters.malformed += 1;
      } else {
        this.#udp.datagramArrives(datagram, packet, octets);
      }
    } else if (packet.protocol === ipProtocols.icmp) {
      this.#icmpArrives(packet, octets);
    } else {
      // RFC 1122 §3.2.2.1
      this.#refuse(icmpUnreachableCodes.protocol, packet, octets);
    }
  }

  #icmpArrives(packet: Ipv4Packet, octets: Uint8Array): void {
    const message = decodeIcmp(packet.payload);
    if (isMalformed(message)) {
      this.counters.malformed += 1;
      return;
    }
    switch (message.type) {
      case 'echo-request':
        this.#echoRequested(message, packet, octets);
        return;
      case 'echo-reply':
        this.#pinger.replied(message, packet.source);
        return;
      case 'destination-unreachable':
        this.#unreachable(message);
        return;
      case 'other':
        return;
    }
  }

  #echoRequested(echo: IcmpEcho, packet: Ipv4Packet, octets: Uint8Array): void {
    const verdict = this.#options.onEcho?.(packet.destination) ?? 'reply';
    if (verdict === 'reply') {
      this.#sendIcmp(encodeIcmpEcho({ ...echo, type: 'echo-reply' }), packet.destination, packet.source);
    } else if (verdict === 'unreachable') {
      this.#refuse(icmpUnreachableCodes.host, packet, octets);
    }
  }

  #unreachable(message: IcmpUnreachable): void {
    const flow = decodeQuotedFlow(message.quoted);
    if (isMalformed(flow)) {
      this.counters.malformed += 1;
    } else if (flow.protocol === ipProtocols.tcp) {
      this.#tcp.unreachable(flow, message.code, message.nextHopMtu);
    } else if (flow.protocol === ipProtocols.udp) {
      this.#udp.unreachable(flow);
    }
  }

  /** Answers a packet with destination unreachable, from the address that was asked. */
  readonly #refuse: RefusePacket = (code, { source, destination }, octets) =>
    this.#sendIcmp(encodeIcmpUnreachable(code, octets), destination, source);

  #sendIcmp(message: Uint8Array, from: Ipv4Address, to: Ipv4Address): void {
    const identification = this.#nextIdentification();
    const fields = { source: from, destination: to, protocol: ipProtocols.icmp, identification };
    if (message.length + IPV4_HEADER_BYTES <= this.#options.link.mtu) {
      this.#send(encodeIpv4(fields, message));
    }
  }

  readonly #nextIdentification = (): number => {
    this.counters.packetsSent += 1;
    this.#identification = (this.#identification + 1) & 0xffff;
    return this.#identification;
  };

  readonly #send = (packet: Uint8Array): boolean => {
    const isTaken = !this.#isClosed && this.#output.send(packet);
    this.counters.outputDropped += isTaken ? 0 : 1;
    return isTaken;
  };
}
