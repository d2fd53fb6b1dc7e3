/** UDP datagrams, RFC 768. */
import { checksumOf, sumPseudoHeader, sumWords } from './internet-checksum.ts';
import { IPV4_HEADER_BYTES, type Ipv4Address, ipProtocols, packetFor, putWord, word } from './ipv4.ts';
import type { Malformed } from './malformed.ts';

export const UDP_HEADER_BYTES = 8;

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** @param octets the payload of an IP packet from `source` to `destination` */
export function decodeUdp(
  octets: Uint8Array,
  source: Ipv4Address,
  destination: Ipv4Address,
): UdpDatagram | Malformed {
  if (octets.length < UDP_HEADER_BYTES) {
    return { malformed: 'shorter than a UDP header' };
  }
  const length = word(octets, 4);
  if (length < UDP_HEADER_BYTES || length > octets.length) {
    return { malformed: 'UDP length out of range' };
  }
  // RFC 768: an all zero checksum means that the sender made none.
  if (word(octets, 6) !== 0) {
    const sum = sumPseudoHeader(source, destination, ipProtocols.udp, length);
    if (checksumOf(sumWords(octets, 0, length, sum)) !== 0) {
      return { malformed: 'UDP checksum' };
    }
  }
  return {
    sourcePort: word(octets, 0),
    destinationPort: word(octets, 2),
    payload: octets.subarray(UDP_HEADER_BYTES, length),
  };
}

/** The whole IP packet that carries the datagram. */
export function encodeUdp(
  datagram: UdpDatagram,
  source: Ipv4Address,
  destination: Ipv4Address,
  identification: number,
): Uint8Array {
  const length = UDP_HEADER_BYTES + datagram.payload.length;
  const packet = packetFor({ source, destination, protocol: ipProtocols.udp, identification }, length);
  putWord(packet, IPV4_HEADER_BYTES, datagram.sourcePort);
  putWord(packet, IPV4_HEADER_BYTES + 2, datagram.destinationPort);
  putWord(packet, IPV4_HEADER_BYTES + 4, length);
  putWord(packet, IPV4_HEADER_BYTES + 6, 0);
  packet.set(datagram.payload, IPV4_HEADER_BYTES + UDP_HEADER_BYTES);
  const sum = sumPseudoHeader(source, destination, ipProtocols.udp, length);
  const checksum = checksumOf(sumWords(packet, IPV4_HEADER_BYTES, packet.length, sum));
  // RFC 768: a computed zero is sent as all ones, as zero means that there is none.
  putWord(packet, IPV4_HEADER_BYTES + 6, checksum === 0 ? 0xffff : checksum);
  return packet;
}
