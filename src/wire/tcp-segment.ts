/** TCP segments, RFC 9293 §3.1. Of the options only the maximum segment size counts; others are skipped. */
import { checksumOf, sumPseudoHeader, sumWords } from './internet-checksum.ts';
import { IPV4_HEADER_BYTES, type Ipv4Address, ipProtocols, packetFor, putWord, word } from './ipv4.ts';
import type { Malformed } from './malformed.ts';

/** Octets of a header without options. */
export const TCP_HEADER_BYTES = 20;

/** Control bits, as they lie in the header. */
export const tcpFlags = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** SEG.SEQ, unsigned. */
  readonly sequence: number;
  /** SEG.ACK, unsigned; without meaning unless the ACK bit is set. */
  readonly acknowledgment: number;
  /** Control bits of {@link tcpFlags}. */
  readonly flags: number;
  /** SEG.WND, octets. */
  readonly window: number;
  /** The maximum segment size option, if there was one. */
  readonly mss: number | undefined;
  readonly payload: Uint8Array;
}

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;
const MSS_OPTION_BYTES = 4;

const flagNames = [
  ['SYN', tcpFlags.syn],
  ['FIN', tcpFlags.fin],
  ['RST', tcpFlags.rst],
  ['PSH', tcpFlags.psh],
  ['ACK', tcpFlags.ack],
  ['URG', tcpFlags.urg],
] as const;

/** `SYN,ACK` */
export function formatTcpFlags(flags: number): string {
  return flagNames
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join(',');
}

/** @param octets the payload of an IP packet from `source` to `destination` */
export function decodeTcp(
  octets: Uint8Array,
  source: Ipv4Address,
  destination: Ipv4Address,
): TcpSegment | Malformed {
  const { length } = octets;
  if (length < TCP_HEADER_BYTES) {
    return { malformed: 'shorter than a TCP header' };
  }
  const headerBytes = ((octets[12] ?? 0) >>> 4) * 4;
  if (headerBytes < TCP_HEADER_BYTES || headerBytes > length) {
    return { malformed: 'TCP data offset out of range' };
  }
  const pseudoHeader = sumPseudoHeader(source, destination, ipProtocols.tcp, length);
  if (checksumOf(sumWords(octets, 0, length, pseudoHeader)) !== 0) {
    return { malformed: 'TCP checksum' };
  }
  return {
    sourcePort: word(octets, 0),
    destinationPort: word(octets, 2),
    sequence: ((word(octets, 4) << 16) | word(octets, 6)) >>> 0,
    acknowledgment: ((word(octets, 8) << 16) | word(octets, 10)) >>> 0,
    flags: (octets[13] ?? 0) & 0x3f,
    window: word(octets, 14),
    mss: headerBytes > TCP_HEADER_BYTES ? mssOption(octets, headerBytes) : undefined,
    payload: octets.subarray(headerBytes),
  };
}

/** Walks the options; an option whose length leads nowhere ends the walk (RFC 9293, MUST-7). */
function mssOption(octets: Uint8Array, headerBytes: number): number | undefined {
  let index = TCP_HEADER_BYTES;
  while (index < headerBytes) {
    const kind = octets[index];
    if (kind === END_OF_OPTIONS) {
      return undefined;
    }
    if (kind === NO_OPERATION) {
      index += 1;
      continue;
    }
    const optionBytes = index + 1 < headerBytes ? (octets[index + 1] ?? 0) : 0;
    if (optionBytes < 2 || index + optionBytes > headerBytes) {
      return undefined;
    }
    if (kind === MAXIMUM_SEGMENT_SIZE && optionBytes === MSS_OPTION_BYTES) {
      return word(octets, index + 2);
    }
    index += optionBytes;
  }
  return undefined;
}

/** The whole IP packet that carries the segment. */
export function encodeTcp(
  segment: TcpSegment,
  source: Ipv4Address,
  destination: Ipv4Address,
  identification: number,
): Uint8Array {
  const { payload, mss } = segment;
  const headerBytes = mss === undefined ? TCP_HEADER_BYTES : TCP_HEADER_BYTES + MSS_OPTION_BYTES;
  const length = headerBytes + payload.length;
  const packet = packetFor({ source, destination, protocol: ipProtocols.tcp, identification }, length);
  const start = IPV4_HEADER_BYTES;
  putWord(packet, start, segment.sourcePort);
  putWord(packet, start + 2, segment.destinationPort);
  putWord(packet, start + 4, segment.sequence >>> 16);
  putWord(packet, start + 6, segment.sequence);
  putWord(packet, start + 8, segment.acknowledgment >>> 16);
  putWord(packet, start + 10, segment.acknowledgment);
  packet[start + 12] = headerBytes << 2;
  packet[start + 13] = segment.flags;
  putWord(packet, start + 14, segment.window);
  putWord(packet, start + 16, 0);
  putWord(packet, start + 18, 0);
  if (mss !== undefined) {
    packet[start + 20] = MAXIMUM_SEGMENT_SIZE;
    packet[start + 21] = MSS_OPTION_BYTES;
    putWord(packet, start + 22, mss);
  }
  packet.set(payload, start + headerBytes);
  const pseudoHeader = sumPseudoHeader(source, destination, ipProtocols.tcp, length);
  putWord(packet, start + 16, checksumOf(sumWords(packet, start, packet.length, pseudoHeader)));
  return packet;
}
