/** IP packets, and the repairs without which a damaged packet fails at its checksum and nothing else is tried. */
import dnsPacket from 'dns-packet';
import { seededRandom } from '../../../src/base/random.ts';
import { encodeIcmpEcho, encodeIcmpUnreachable } from '../../../src/wire/icmp.ts';
import {
  checksumOf,
  internetChecksum,
  sumPseudoHeader,
  sumWords,
} from '../../../src/wire/internet-checksum.ts';
import { encodeIpv4, ipProtocols, ipv4Address } from '../../../src/wire/ipv4.ts';
import { encodeTcp, type TcpSegment, tcpFlags } from '../../../src/wire/tcp-segment.ts';
import { encodeUdp } from '../../../src/wire/udp.ts';
import { latin1 } from '../target.ts';

export const deviceAddress = ipv4Address(0x0a4d0001);
export const peerAddress = ipv4Address(0x0a4d0002);
export const QUERY_ID = 0x4b21;
export const QUERY_NAME = 'mail.example.jp';

export const segment = (changes: Partial<TcpSegment>): TcpSegment => ({
  sourcePort: 587,
  destinationPort: 49_152,
  sequence: 0xffff_fff0,
  acknowledgment: 0,
  flags: tcpFlags.ack,
  window: 5840,
  mss: undefined,
  payload: new Uint8Array(0),
  ...changes,
});

const tcp = (changes: Partial<TcpSegment>) => encodeTcp(segment(changes), peerAddress, deviceAddress, 7);

const answers: dnsPacket.Answer[] = [
  { type: 'CNAME', name: QUERY_NAME, data: 'a.example.jp' },
  { type: 'A', name: 'a.example.jp', data: '192.0.2.25', ttl: 300 },
  { type: 'MX', name: 'example.jp', data: { exchange: QUERY_NAME, preference: 10 } },
  { type: 'TXT', name: 'example.jp', data: 'v=spf1' },
];
const questions: dnsPacket.Question[] = [{ type: 'A', class: 'IN', name: QUERY_NAME }];

export const dnsAnswers: readonly Uint8Array[] = [
  dnsPacket.encode({ type: 'response', id: QUERY_ID, questions, answers }),
  dnsPacket.encode({ type: 'response', id: QUERY_ID, questions, answers: [], flags: 3 }),
  dnsPacket.encode({ type: 'response', id: QUERY_ID, questions, answers: answers.slice(1) }),
];

export const dnsQueries: readonly Uint8Array[] = [
  dnsPacket.encode({ type: 'query', id: QUERY_ID, flags: dnsPacket.RECURSION_DESIRED, questions }),
  dnsPacket.encode({ type: 'query', id: 1, questions: [...questions, { type: 'MX', name: 'example.jp' }] }),
];

const noise = seededRandom(21).octets(536);
const echo = encodeIcmpEcho({
  type: 'echo-request',
  identifier: 1,
  sequence: 2,
  data: noise.subarray(0, 56),
});
const icmp = (message: Uint8Array) =>
  encodeIpv4(
    { source: peerAddress, destination: deviceAddress, protocol: ipProtocols.icmp, identification: 9 },
    message,
  );
const udp = (sourcePort: number, destinationPort: number, payload: Uint8Array) =>
  encodeUdp({ sourcePort, destinationPort, payload }, peerAddress, deviceAddress, 8);

export const packets: readonly Uint8Array[] = [
  tcp({ flags: tcpFlags.syn, mss: 1460, destinationPort: 25 }),
  tcp({ flags: tcpFlags.syn | tcpFlags.ack, acknowledgment: 1, mss: 536 }),
  tcp({ flags: tcpFlags.ack | tcpFlags.psh, payload: latin1('220 mail.example.jp ESMTP\r\n') }),
  tcp({ flags: tcpFlags.ack | tcpFlags.fin, payload: noise }),
  tcp({ flags: tcpFlags.rst }),
  icmp(echo),
  icmp(encodeIcmpUnreachable(3, tcp({}))),
  icmp(encodeIcmpUnreachable(4, tcp({}))),
  udp(53, 50_000, dnsAnswers[0] ?? noise),
  udp(50_000, 53, dnsQueries[0] ?? noise),
  udp(9, 9, noise),
];

/** Makes the checksums of a packet right again, as far as its lengths allow. */
export function repaired(packet: Uint8Array): Uint8Array {
  const octets = Uint8Array.from(packet);
  const headerBytes = ((octets[0] ?? 0) & 0x0f) * 4;
  if (headerBytes < 20 || headerBytes > octets.length) {
    return octets;
  }
  const view = new DataView(octets.buffer);
  view.setUint16(10, 0);
  view.setUint16(10, checksumOf(sumWords(octets, 0, headerBytes)));
  const payload = octets.subarray(headerBytes, Math.max(headerBytes, view.getUint16(2)));
  const protocol = octets[9] ?? 0;
  const place = checksumPlace(protocol);
  if (payload.length < place + 2) {
    return octets;
  }
  view.setUint16(headerBytes + place, 0);
  const length = protocol === ipProtocols.udp ? view.getUint16(headerBytes + 4) : payload.length;
  const pseudo = sumPseudoHeader(view.getUint32(12), view.getUint32(16), protocol, length);
  const sum =
    protocol === ipProtocols.icmp
      ? internetChecksum(payload)
      : checksumOf(sumWords(payload, 0, Math.min(length, payload.length), pseudo));
  view.setUint16(headerBytes + place, sum);
  return octets;
}

function checksumPlace(protocol: number): number {
  switch (protocol) {
    case ipProtocols.tcp:
      return 16;
    case ipProtocols.udp:
      return 6;
    case ipProtocols.icmp:
      return 2;
    default:
      return Number.POSITIVE_INFINITY;
  }
}
