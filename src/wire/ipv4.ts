/**
 * IPv4 packets, RFC 791, as far as a host at the end of one link needs them: options are skipped,
 * fragments are recognised but not put together.
 */
import { checksumOf, sumWords } from './internet-checksum.ts';
import type { Malformed } from './malformed.ts';

declare const isIpv4Address: unique symbol;

/** An IPv4 address as an unsigned 32-bit number. */
export type Ipv4Address = number & { readonly [isIpv4Address]: true };

/** Octets of a header without options: all that this side ever sends. */
export const IPV4_HEADER_BYTES = 20;

/** Protocol numbers (IANA). */
export const ipProtocols = { icmp: 1, tcp: 6, udp: 17 } as const;

export interface Ipv4Packet {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly identification: number;
  readonly timeToLive: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Octets, a multiple of 8. */
  readonly fragmentOffset: number;
  /** Without what the link added after Total Length; lies in the octets that were decoded. */
  readonly payload: Uint8Array;
}

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
/** RFC 1700: the recommended default. */
const DEFAULT_TIME_TO_LIVE = 64;

/** The address that these 32 bits are. */
export const ipv4Address = (bits: number): Ipv4Address => (bits >>> 0) as Ipv4Address;

/** @param text dotted decimal, `10.0.0.1`; `undefined` for anything else */
export function parseIpv4(text: string): Ipv4Address | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) {
    return undefined;
  }
  let bits = 0;
  for (const part of match.slice(1)) {
    const octet = Number(part);
    // A leading zero is octal to some programs and decimal to others: refuse it.
    if (octet > 255 || (part.length > 1 && part.startsWith('0'))) {
      return undefined;
    }
    bits = bits * 256 + octet;
  }
  return ipv4Address(bits);
}

/** The address in dotted decimal. */
export function formatIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** Whether packets to it may reach more than one host (class D, class E, limited broadcast). */
export const isMulticastOrBroadcast = (address: Ipv4Address): boolean => address >>> 28 >= 14;

/** Whether the packet is a part of a larger one. */
export const isFragment = (packet: Ipv4Packet): boolean => packet.moreFragments || packet.fragmentOffset > 0;

/** Reads one packet; whatever follows Total Length is cut off (RFC 1122 §3.2.1). */
export function decodeIpv4(octets: Uint8Array): Ipv4Packet | Malformed {
  if (octets.length < IPV4_HEADER_BYTES) {
    return { malformed: 'shorter than an IPv4 header' };
  }
  const [versionAndLength = 0] = octets;
  if (versionAndLength >>> 4 !== 4) {
    return { malformed: 'not IP version 4' };
  }
  const headerBytes = (versionAndLength & 0x0f) * 4;
  const totalLength = word(octets, 2);
  if (headerBytes < IPV4_HEADER_BYTES || headerBytes > totalLength) {
    return { malformed: 'IPv4 header length out of range' };
  }
  if (totalLength > octets.length) {
    return { malformed: 'IPv4 total length past the end' };
  }
  if (checksumOf(sumWords(octets, 0, headerBytes)) !== 0) {
    return { malformed: 'IPv4 header checksum' };
  }
  const fragment = word(octets, 6);
  return {
    source: ipv4Address((word(octets, 12) << 16) | word(octets, 14)),
    destination: ipv4Address((word(octets, 16) << 16) | word(octets, 18)),
    protocol: octets[9] ?? 0,
    identification: word(octets, 4),
    timeToLive: octets[8] ?? 0,
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    payload: octets.subarray(headerBytes, totalLength),
  };
}

export interface Ipv4HeaderFields {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly identification: number;
  readonly timeToLive?: number;
}

/** A new packet whose header is written and whose payload, from IPV4_HEADER_BYTES on, is still to be written. */
export function packetFor(fields: Ipv4HeaderFields, payloadBytes: number): Buffer {
  // The pool of Node's buffers: every octet is written before the packet leaves.
  const packet = Buffer.allocUnsafe(IPV4_HEADER_BYTES + payloadBytes);
  writeIpv4Header(packet, fields);
  return packet;
}

/** A whole packet around a payload that exists already. */
export function encodeIpv4(fields: Ipv4HeaderFields, payload: Uint8Array): Uint8Array {
  const packet = packetFor(fields, payload.length);
  packet.set(payload, IPV4_HEADER_BYTES);
  return packet;
}

/** Writes a header without options at the start; Total Length is the length of `packet`. */
function writeIpv4Header(packet: Uint8Array, fields: Ipv4HeaderFields): void {
  const { source, destination } = fields;
  packet[0] = 0x45;
  packet[1] = 0;
  putWord(packet, 2, packet.length);
  putWord(packet, 4, fields.identification);
  // RFC 1191 §3: hosts that know the MTU of the path's first link send with DF set.
  putWord(packet, 6, DONT_FRAGMENT);
  packet[8] = fields.timeToLive ?? DEFAULT_TIME_TO_LIVE;
  packet[9] = fields.protocol;
  putWord(packet, 10, 0);
  putWord(packet, 12, source >>> 16);
  putWord(packet, 14, source);
  putWord(packet, 16, destination >>> 16);
  putWord(packet, 18, destination);
  putWord(packet, 10, checksumOf(sumWords(packet, 0, IPV4_HEADER_BYTES)));
}

/** The 16-bit word at this index; 0 past the end. */
export const word = (octets: Uint8Array, index: number): number =>
  ((octets[index] ?? 0) << 8) | (octets[index + 1] ?? 0);

/** Writes the low 16 bits at this index. */
export function putWord(octets: Uint8Array, index: number, value: number): void {
  octets[index] = value >>> 8;
  octets[index + 1] = value;
}
