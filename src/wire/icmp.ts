/** ICMP, RFC 792: echo, and the destination unreachable that a host sends and has to understand. */
import { internetChecksum } from './internet-checksum.ts';
import { IPV4_HEADER_BYTES, type Ipv4Address, ipv4Address, putWord, word } from './ipv4.ts';
import type { Malformed } from './malformed.ts';

const ECHO_REPLY = 0;
const DESTINATION_UNREACHABLE = 3;
const ECHO_REQUEST = 8;
const ICMP_HEADER_BYTES = 8;
/** RFC 792: the quoted header is followed by the first 64 bits of its data: ports, and the TCP sequence number. */
const QUOTED_DATA_BYTES = 8;

/** Codes of destination unreachable: RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1. */
export const icmpUnreachableCodes = {
  net: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  netProhibited: 9,
  hostProhibited: 10,
  communicationProhibited: 13,
} as const;

export type IcmpUnreachableCode = (typeof icmpUnreachableCodes)[keyof typeof icmpUnreachableCodes];

export interface IcmpEcho {
  readonly type: 'echo-request' | 'echo-reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export interface IcmpUnreachable {
  readonly type: 'destination-unreachable';
  readonly code: number;
  /** MTU of the next hop (RFC 1191), with code 4 only; 0 where the router does not tell. */
  readonly nextHopMtu: number;
  /** The start of the packet that could not be delivered. */
  readonly quoted: Uint8Array;
}

export interface IcmpOther {
  readonly type: 'other';
  readonly icmpType: number;
}

export type IcmpMessage = IcmpEcho | IcmpUnreachable | IcmpOther;

/** @param octets the payload of an IP packet */
export function decodeIcmp(octets: Uint8Array): IcmpMessage | Malformed {
  if (octets.length < ICMP_HEADER_BYTES) {
    return { malformed: 'shorter than an ICMP header' };
  }
  if (internetChecksum(octets) !== 0) {
    return { malformed: 'ICMP checksum' };
  }
  const [icmpType = 0, code = 0] = octets;
  if ((icmpType === ECHO_REPLY || icmpType === ECHO_REQUEST) && code === 0) {
    return {
      type: icmpType === ECHO_REPLY ? 'echo-reply' : 'echo-request',
      identifier: word(octets, 4),
      sequence: word(octets, 6),
      data: octets.subarray(ICMP_HEADER_BYTES),
    };
  }
  if (icmpType === DESTINATION_UNREACHABLE) {
    return {
      type: 'destination-unreachable',
      code,
      nextHopMtu: code === icmpUnreachableCodes.fragmentationNeeded ? word(octets, 6) : 0,
      quoted: octets.subarray(ICMP_HEADER_BYTES),
    };
  }
  return { type: 'other', icmpType };
}

/** An echo message, to be put into an IP packet. */
export function encodeIcmpEcho(echo: IcmpEcho): Uint8Array {
  const message = Buffer.allocUnsafe(ICMP_HEADER_BYTES + echo.data.length);
  message[0] = echo.type === 'echo-reply' ? ECHO_REPLY : ECHO_REQUEST;
  message[1] = 0;
  putWord(message, 4, echo.identifier);
  putWord(message, 6, echo.sequence);
  message.set(echo.data, ICMP_HEADER_BYTES);
  return withChecksum(message);
}

/**
 * A destination unreachable about a packet.
 *
 * @param packet the whole IP packet that could not be delivered; it has a sound header
 */
export function encodeIcmpUnreachable(code: IcmpUnreachableCode, packet: Uint8Array): Uint8Array {
  const quotedBytes = Math.min(packet.length, ((packet[0] ?? 0) & 0x0f) * 4 + QUOTED_DATA_BYTES);
  const message = Buffer.alloc(ICMP_HEADER_BYTES + quotedBytes);
  message[0] = DESTINATION_UNREACHABLE;
  message[1] = code;
  message.set(packet.subarray(0, quotedBytes), ICMP_HEADER_BYTES);
  return withChecksum(message);
}

/** Who talked to whom in a quoted packet. */
export interface QuotedFlow {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The sequence number, where the protocol is TCP. */
  readonly sequence: number;
}

/** Reads what an ICMP error quotes. Its length fields describe the lost packet, not the quotation. */
export function decodeQuotedFlow(quoted: Uint8Array): QuotedFlow | Malformed {
  const headerBytes = ((quoted[0] ?? 0) & 0x0f) * 4;
  if ((quoted[0] ?? 0) >>> 4 !== 4 || headerBytes < IPV4_HEADER_BYTES) {
    return { malformed: 'quoted packet is not IPv4' };
  }
  if (quoted.length < headerBytes + QUOTED_DATA_BYTES) {
    return { malformed: 'quoted packet is cut short' };
  }
  return {
    source: ipv4Address((word(quoted, 12) << 16) | word(quoted, 14)),
    destination: ipv4Address((word(quoted, 16) << 16) | word(quoted, 18)),
    protocol: quoted[9] ?? 0,
    sourcePort: word(quoted, headerBytes),
    destinationPort: word(quoted, headerBytes + 2),
    sequence: ((word(quoted, headerBytes + 4) << 16) | word(quoted, headerBytes + 6)) >>> 0,
  };
}

function withChecksum(message: Uint8Array): Uint8Array {
  putWord(message, 2, 0);
  putWord(message, 2, internetChecksum(message));
  return message;
}
