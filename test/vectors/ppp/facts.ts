/** What there is to say about a frame that the software under test sent, under the names the vectors use. */
import { decodeIcmp } from '../../../src/wire/icmp.ts';
import { decodeIpv4, formatIpv4, type Ipv4Packet, ipProtocols } from '../../../src/wire/ipv4.ts';
import { isMalformed } from '../../../src/wire/malformed.ts';
import { readChapValue } from '../../../src/wire/ppp/chap.ts';
import { type ConfigureOption, decodeOptions } from '../../../src/wire/ppp/configure-option.ts';
import { decodeControlPacket } from '../../../src/wire/ppp/control-packet.ts';
import { readAddress } from '../../../src/wire/ppp/ipcp-option.ts';
import { readLcpOptions } from '../../../src/wire/ppp/lcp-option.ts';
import { hexOf, readUint16, readUint32 } from '../../../src/wire/ppp/octets.ts';
import { readPapMessage } from '../../../src/wire/ppp/pap.ts';
import { formatProtocol, PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';
import { decodeTcp, formatTcpFlags } from '../../../src/wire/tcp-segment.ts';
import { decodeUdp } from '../../../src/wire/udp.ts';
import type { Frame } from './bench.ts';

export type FrameKind = 'reply' | 'ip' | 'tcp' | 'icmp' | 'udp';
export type Fact = string | number | boolean | readonly number[];
/** Octets are hexadecimal text, under names that end in `_hex`. */
export type Facts = Readonly<Record<string, Fact>>;

export interface SeenFrame {
  readonly kind: FrameKind;
  readonly protocol: string;
  readonly facts: Facts;
}

export function factsOf(frame: Frame): SeenFrame {
  const protocol = formatProtocol(frame.protocol);
  if (frame.protocol === PppProtocol.ipv4) {
    return { protocol, ...ipFacts(frame.payload) };
  }
  return { kind: 'reply', protocol, facts: { proto: protocol, ...controlFacts(frame) } };
}

function controlFacts({ protocol, payload }: Frame): Facts {
  const packet = decodeControlPacket(payload);
  if (packet === undefined) {
    return { malformed: hexOf(payload) };
  }
  const { code, identifier, data } = packet;
  const facts = { code, id: identifier, length: data.length + 4, data_hex: hexOf(data) };
  switch (protocol) {
    case PppProtocol.pap:
      return {
        ...facts,
        pap_msg_len_prefixed: data.length > 0 && data[0] === data.length - 1,
        msg: Buffer.from(readPapMessage(packet)).toString('latin1'),
      };
    case PppProtocol.chap:
      return { ...facts, ...chapFacts(code, data) };
    default:
      return { ...facts, ...(code <= 4 ? optionFacts(protocol, data) : magicFacts(protocol, code, data)) };
  }
}

function chapFacts(code: number, data: Uint8Array): Facts {
  const contents = code <= 2 ? readChapValue(data) : undefined;
  return contents === undefined
    ? { msg: Buffer.from(data).toString('latin1') }
    : {
        value_hex: hexOf(contents.value),
        value_len: contents.value.length,
        name: Buffer.from(contents.name).toString('latin1'),
      };
}

/** `addr` is the address in `option`, the first of the options that hold one. */
function optionFacts(protocol: number, data: Uint8Array): Facts {
  const { options, malformed } = decodeOptions(data);
  const types = options.map(({ type }) => type);
  const facts = { option: types, options: types, option_count: types.length };
  if (malformed.length > 0) {
    return { ...facts, malformed_hex: hexOf(malformed) };
  }
  return { ...facts, ...(protocol === PppProtocol.lcp ? lcpFacts(options) : addressFacts(options)) };
}

function lcpFacts(options: readonly ConfigureOption[]): Facts {
  const { mru, accm, authentication, magic } = readLcpOptions(options);
  return {
    ...(mru === undefined ? {} : { mru }),
    ...(accm === undefined ? {} : { accm: accm.toString(16).padStart(8, '0') }),
    ...(authentication === undefined ? {} : { auth: authentication }),
    ...(magic === undefined ? {} : { magic: magic.toString(16).padStart(8, '0') }),
  };
}

function addressFacts(options: readonly ConfigureOption[]): Facts {
  const addresses = options.flatMap((option) => readAddress(option) ?? []);
  const [first] = addresses;
  return first === undefined
    ? {}
    : { addr: formatIpv4(first), nonzero_addr: addresses.every((address) => address !== 0) };
}

function magicFacts(protocol: number, code: number, data: Uint8Array): Facts {
  if (protocol !== PppProtocol.lcp) {
    return {};
  }
  if (code === 8 && data.length >= 2) {
    return { rejected_proto: formatProtocol(readUint16(data)), rejected_hex: hexOf(data.subarray(2)) };
  }
  return code >= 9 && data.length >= 4
    ? { magic: readUint32(data).toString(16).padStart(8, '0'), echo_hex: hexOf(data.subarray(4)) }
    : {};
}

function ipFacts(octets: Uint8Array): { kind: FrameKind; facts: Facts } {
  const packet = decodeIpv4(octets);
  if (isMalformed(packet)) {
    return { kind: 'ip', facts: { malformed: packet.malformed } };
  }
  const facts = {
    src: formatIpv4(packet.source),
    dst: formatIpv4(packet.destination),
    ttl: packet.timeToLive,
    protocol: packet.protocol,
    total_length: octets.length,
  };
  switch (packet.protocol) {
    case ipProtocols.tcp:
      return { kind: 'tcp', facts: { ...facts, ...tcpFacts(packet) } };
    case ipProtocols.udp:
      return { kind: 'udp', facts: { ...facts, ...udpFacts(packet) } };
    case ipProtocols.icmp:
      return { kind: 'icmp', facts: { ...facts, ...icmpFacts(packet.payload) } };
    default:
      return { kind: 'ip', facts };
  }
}

function tcpFacts({ payload, source, destination }: Ipv4Packet): Facts {
  const segment = decodeTcp(payload, source, destination);
  if (isMalformed(segment)) {
    return { malformed: segment.malformed };
  }
  return {
    flags: formatTcpFlags(segment.flags),
    seq: segment.sequence,
    ack: segment.acknowledgment,
    sport: segment.sourcePort,
    dport: segment.destinationPort,
    window: segment.window,
    data_hex: hexOf(segment.payload),
    len: segment.payload.length,
    ...(segment.mss === undefined ? {} : { mss: segment.mss }),
  };
}

function udpFacts({ payload, source, destination }: Ipv4Packet): Facts {
  const datagram = decodeUdp(payload, source, destination);
  return isMalformed(datagram)
    ? { malformed: datagram.malformed }
    : {
        sport: datagram.sourcePort,
        dport: datagram.destinationPort,
        data_hex: hexOf(datagram.payload),
        len: datagram.payload.length,
      };
}

/** `data` is what follows type, code and checksum; `payload` and `quoted` what follows the next four octets. */
function icmpFacts(octets: Uint8Array): Facts {
  const message = decodeIcmp(octets);
  return isMalformed(message)
    ? { malformed: message.malformed }
    : {
        type: octets[0] ?? 0,
        code: octets[1] ?? 0,
        data_hex: hexOf(octets.subarray(4)),
        id: readUint16(octets, 4),
        seq: readUint16(octets, 6),
        payload_hex: hexOf(octets.subarray(8)),
        quoted_hex: hexOf(octets.subarray(8)),
      };
}

/** For people: one frame in one line. */
export function formatFrame({ kind, protocol, facts }: SeenFrame): string {
  const shown = Object.entries(facts).map(([name, fact]) => `${name}=${String(fact).slice(0, 80)}`);
  return `${kind === 'reply' ? protocol : kind} ${shown.join(' ')}`;
}
