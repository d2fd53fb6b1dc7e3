/** What an IPv4 host is told, and what it counts. */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';
import type { IpLink } from './ip-link.ts';
import type { Endpoint } from './tcp-error.ts';
import type { SynVerdict } from './tcp-host.ts';
import type { DatagramVerdict, ReceivedDatagram } from './udp-socket.ts';

export interface IpHostOptions {
  /** A link that is up; its `mtu` holds from now on. */
  readonly link: IpLink;
  /** `any`: answers for every destination address; replies carry the address that was asked. */
  readonly address: Ipv4Address | 'any';
  readonly random: Random;
  readonly nameServers?: readonly Ipv4Address[] | undefined;
  readonly trace?: Trace | undefined;
  /** Decides about a SYN; absent: every SYN gets a RST. */
  readonly onSyn?: ((syn: { source: Endpoint; destination: Endpoint }) => SynVerdict) | undefined;
  /** Decides about a datagram to a port that nobody opened; absent: port unreachable. */
  readonly onDatagram?: ((datagram: ReceivedDatagram) => DatagramVerdict) | undefined;
  /** Decides about an ICMP echo request; absent: every one is answered. */
  readonly onEcho?: ((destination: Ipv4Address) => 'reply' | 'unreachable' | 'ignore') | undefined;
  /** Twice the maximum segment lifetime; default 60 s. */
  readonly timeWaitMs?: Ms | undefined;
  /** How long data may stay unanswered before a connection is given up; default 120 s. */
  readonly userTimeoutMs?: Ms | undefined;
  readonly sendBufferBytes?: number | undefined;
  /** At most 65535. */
  readonly receiveBufferBytes?: number | undefined;
}

/** What a host threw away, and why. */
export interface IpCounters {
  packetsReceived: number;
  packetsSent: number;
  /** Wrong version, lengths or checksum, in IP or in the protocol above. */
  malformed: number;
  fragmentsRejected: number;
  /** To an address that is not ours. */
  misaddressed: number;
  /** Answers that were dropped because too many waited for the link. */
  outputDropped: number;
}
