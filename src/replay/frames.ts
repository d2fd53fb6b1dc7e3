/** What a PPP frame of a line holds: what kind it is of, and what can be said of it to people. */
import { decodeIcmp, type IcmpEcho } from '../wire/icmp.ts';
import { decodeIpv4, formatIpv4, type Ipv4Packet, ipProtocols } from '../wire/ipv4.ts';
import { isMalformed } from '../wire/malformed.ts';
import { decodeControlPacket } from '../wire/ppp/control-packet.ts';
import { describePacket } from '../wire/ppp/describe.ts';
import { PppProtocol } from '../wire/ppp/protocol-number.ts';
import { formatTcpFlags } from '../wire/tcp-segment.ts';
import { decodeUdp, type UdpDatagram } from '../wire/udp.ts';
import { tcpOf } from './tcp-streams.ts';
import type { Utterance } from './utterances.ts';

export type Frame = Extract<Utterance, { readonly kind: 'frame' }>;

export function packetOf({ protocol, payload }: Frame): Ipv4Packet | undefined {
  if (protocol !== PppProtocol.ipv4) {
    return undefined;
  }
  const packet = decodeIpv4(payload);
  return isMalformed(packet) ? undefined : packet;
}

export function udpOf(packet: Ipv4Packet): UdpDatagram | undefined {
  const datagram =
    packet.protocol === ipProtocols.udp
      ? decodeUdp(packet.payload, packet.source, packet.destination)
      : undefined;
  return datagram === undefined || isMalformed(datagram) ? undefined : datagram;
}

export function echoOf(packet: Ipv4Packet): IcmpEcho | undefined {
  const message = packet.protocol === ipProtocols.icmp ? decodeIcmp(packet.payload) : undefined;
  return message === undefined || isMalformed(message) || !('identifier' in message) ? undefined : message;
}

/** Frames of one kind keep their order; those of two kinds may come in either. */
export function kindOf(frame: Frame): string {
  const packet = packetOf(frame);
  if (packet !== undefined) {
    const udp = udpOf(packet);
    return udp === undefined
      ? `ip ${packet.protocol} ${echoOf(packet)?.type ?? ''}`
      : `udp ${Math.min(udp.sourcePort, udp.destinationPort)}`;
  }
  return `${frame.protocol} ${decodeControlPacket(frame.payload)?.code ?? ''}`;
}

/** For people; never holds a secret. */
export function describeFrame(frame: Frame): string {
  const packet = packetOf(frame);
  if (packet === undefined) {
    return describePacket(frame.protocol, frame.payload);
  }
  const way = `${formatIpv4(packet.source)} > ${formatIpv4(packet.destination)}`;
  const tcp = tcpOf(packet);
  if (tcp !== undefined) {
    const flags = formatTcpFlags(tcp.flags);
    return `TCP ${way} port ${tcp.sourcePort} > ${tcp.destinationPort} ${flags}, ${tcp.payload.length} octets`;
  }
  const udp = udpOf(packet);
  if (udp !== undefined) {
    return `UDP ${way} port ${udp.sourcePort} > ${udp.destinationPort}, ${udp.payload.length} octets`;
  }
  return `IP ${way} protocol ${packet.protocol}${packet.protocol === ipProtocols.icmp ? ` (ICMP ${echoOf(packet)?.type ?? ''})` : ''}`;
}
