/**
 * PPP frames of a recording against those of a replay: control packets (RFC 1661) by code and options, datagrams by what
 * they say. Identifiers, magic numbers, ports and query numbers are new each time; what the recording says in turn is
 * given the live ones.
 */
import { HdlcEncoder } from '../wire/hdlc-encoder.ts';
import { DEFAULT_FRAMING } from '../wire/hdlc-framing.ts';
import { encodeIcmpEcho, type IcmpEcho } from '../wire/icmp.ts';
import { encodeIpv4, type Ipv4Address, type Ipv4Packet, ipv4Address } from '../wire/ipv4.ts';
import { ChapCode, chapResponse, encodeChapValue, readChapValue } from '../wire/ppp/chap.ts';
import { decodeOptions } from '../wire/ppp/configure-option.ts';
import { ControlCode, decodeControlPacket, encodeControlPacket } from '../wire/ppp/control-packet.ts';
import { isIpcpAddressType } from '../wire/ppp/ipcp-option.ts';
import { LcpOptionType } from '../wire/ppp/lcp-option.ts';
import { areEqual, readUint32, uint32Octets } from '../wire/ppp/octets.ts';
import { PapCode } from '../wire/ppp/pap.ts';
import { PppProtocol } from '../wire/ppp/protocol-number.ts';
import { encodeTcp } from '../wire/tcp-segment.ts';
import { encodeUdp, type UdpDatagram } from '../wire/udp.ts';
import { echoOf, type Frame, packetOf, udpOf } from './frames.ts';
import type { Side } from './roles.ts';
import type { PasswordOf } from './sign-ins.ts';
import { type TcpStreams, tcpOf } from './tcp-streams.ts';

const DNS_PORT = 53;
/** RFC 1035 section 4.1.1: identifier, flags, four counts. */
const DNS_HEADER_BYTES = 12;

export interface FrameMapOptions {
  readonly checked: Side;
  readonly isRedacted: boolean;
  readonly streams: TcpStreams;
  /** Passwords by which a fresh CHAP challenge is answered; a user without one says what was recorded. */
  readonly passwordOf?: PasswordOf | undefined;
}

interface LiveRequest {
  /** Of the live one. */
  readonly identifier: number;
  readonly recorded: Uint8Array;
  readonly live: Uint8Array;
}

/** The live counterparts of what was recorded. */
export class FrameMap {
  readonly #checked: Side;
  readonly #isRedacted: boolean;
  readonly #streams: TcpStreams;
  readonly #passwordOf: PasswordOf;
  #staleUser: string | undefined;
  readonly #encoder = new HdlcEncoder();
  /** Requests of the checked side, by protocol and recorded identifier. */
  readonly #requests = new Map<string, LiveRequest>();
  readonly #addresses = new Map<number, number>();
  readonly #ports = new Map<number, UdpDatagram>();
  readonly #echoes = new Map<string, IcmpEcho>();

  constructor({ checked, isRedacted, streams, passwordOf = () => undefined }: FrameMapOptions) {
    this.#checked = checked;
    this.#isRedacted = isRedacted;
    this.#streams = streams;
    this.#passwordOf = passwordOf;
  }

  /** Whether the live frame says the same; what is new in it is kept for what answers it. TCP is not for here. */
  accept(recorded: Frame, live: Frame): boolean {
    if (recorded.protocol !== live.protocol) {
      return false;
    }
    const [packet, livePacket] = [packetOf(recorded), packetOf(live)];
    if (packet !== undefined && livePacket !== undefined) {
      return this.#acceptPacket(packet, livePacket);
    }
    const [control, liveControl] = [decodeControlPacket(recorded.payload), decodeControlPacket(live.payload)];
    if (control === undefined || liveControl === undefined || control.code !== liveControl.code) {
      return control === undefined && liveControl === undefined && areEqual(recorded.payload, live.payload);
    }
    if (!this.#isSameData(recorded.protocol, control.code, control.data, liveControl.data)) {
      return false;
    }
    // PAP's request and CHAP's challenge have the code of a Configure-Request.
    if (control.code === ControlCode.configureRequest || control.code === ControlCode.terminateRequest) {
      this.#requests.set(`${recorded.protocol} ${control.identifier}`, {
        identifier: liveControl.identifier,
        recorded: control.data,
        live: liveControl.data,
      });
    }
    return true;
  }

  /** Whose recorded CHAP response was said to another challenge than the recorded one. */
  get staleUser(): string | undefined {
    return this.#staleUser;
  }

  /** The recorded frame as it has to be said now. */
  adapted(step: object, frame: Frame): Uint8Array {
    const packet = packetOf(frame);
    const payload = packet === undefined ? this.#adaptedControl(frame) : this.#adaptedPacket(step, packet);
    return payload === undefined
      ? frame.raw
      : // All escaped and nothing left out: every receiver takes that at any time, RFC 1662 section 7.1.
        this.#encoder.encode(frame.protocol, payload, DEFAULT_FRAMING);
  }

  /** What TCP says at once to a segment of the live side that was sent again. */
  acknowledgmentOf(live: Frame): Uint8Array | undefined {
    const packet = packetOf(live);
    const segment = packet === undefined ? undefined : tcpOf(packet);
    const answer =
      packet === undefined || segment === undefined
        ? undefined
        : this.#streams.acknowledgmentOf(packet, segment);
    return packet === undefined || answer === undefined
      ? undefined
      : this.#encoder.encode(
          PppProtocol.ipv4,
          encodeTcp(answer, packet.destination, packet.source, packet.identification),
          DEFAULT_FRAMING,
        );
  }

  #isSameData(protocol: number, code: number, recorded: Uint8Array, live: Uint8Array): boolean {
    if (protocol === PppProtocol.pap || protocol === PppProtocol.chap) {
      // A fresh challenge, and what is said about a password, are not the same twice.
      const isRequest = code === PapCode.authenticateRequest && protocol === PppProtocol.pap;
      const isResponse = code === ChapCode.response && protocol === PppProtocol.chap;
      return !(isRequest || isResponse) || this.#isRedacted || areEqual(recorded, live);
    }
    if (code < ControlCode.configureRequest || code > ControlCode.configureReject) {
      // Reasons of an end are for people; a rejected packet holds what is masked.
      return true;
    }
    const [wanted, found] = [decodeOptions(recorded).options, decodeOptions(live).options];
    return (
      wanted.length === found.length &&
      wanted.every((option, index) => {
        const other = found[index];
        return (
          other !== undefined &&
          option.type === other.type &&
          option.data.length === other.data.length &&
          (this.#isSameValue(protocol, option.type, option.data, other.data) ||
            areEqual(option.data, other.data))
        );
      })
    );
  }

  #isSameValue(protocol: number, type: number, recorded: Uint8Array, live: Uint8Array): boolean {
    if (protocol === PppProtocol.lcp) {
      return type === LcpOptionType.magic;
    }
    if (protocol !== PppProtocol.ipcp || this.#checked !== 'dce' || !isIpcpAddressType(type)) {
      return false;
    }
    // A network gives out another address each time.
    this.#addresses.set(readUint32(recorded), readUint32(live));
    return true;
  }

  #acceptPacket(recorded: Ipv4Packet, live: Ipv4Packet): boolean {
    if (
      recorded.protocol !== live.protocol ||
      this.#address(recorded.source) !== live.source ||
      this.#address(recorded.destination) !== live.destination
    ) {
      return false;
    }
    const [udp, liveUdp] = [udpOf(recorded), udpOf(live)];
    if (udp !== undefined && liveUdp !== undefined) {
      const isSame = this.#checked === 'dte' ? isSameQuestion(udp, liveUdp) : isSameAnswer(udp, liveUdp);
      if (isSame) {
        this.#ports.set(udp.sourcePort, liveUdp);
      }
      return isSame;
    }
    const [echo, liveEcho] = [echoOf(recorded), echoOf(live)];
    if (echo === undefined || liveEcho === undefined) {
      return recorded.payload.length === live.payload.length;
    }
    this.#echoes.set(`${echo.identifier} ${echo.sequence}`, liveEcho);
    return echo.type === liveEcho.type && echo.data.length === liveEcho.data.length;
  }

  readonly #address = (address: Ipv4Address): Ipv4Address =>
    ipv4Address(this.#addresses.get(address) ?? address);

  #adaptedControl({ protocol, payload }: Frame): Uint8Array | undefined {
    const control = decodeControlPacket(payload);
    if (control === undefined) {
      return undefined;
    }
    const { code, identifier, data } = control;
    const isAnswer =
      protocol === PppProtocol.pap
        ? code !== PapCode.authenticateRequest
        : protocol === PppProtocol.chap
          ? code === ChapCode.response
          : (code >= ControlCode.configureAck && code <= ControlCode.configureReject) ||
            code === ControlCode.terminateAck;
    const request = isAnswer ? this.#requests.get(`${protocol} ${identifier}`) : undefined;
    if (request !== undefined && protocol === PppProtocol.chap) {
      return this.#chapResponse(request, data);
    }
    if (request !== undefined) {
      return encodeControlPacket({
        code,
        identifier: request.identifier,
        data: areEqual(data, request.recorded) ? request.live : data,
      });
    }
    return protocol === PppProtocol.ipcp && this.#addresses.size > 0 && code === ControlCode.configureRequest
      ? encodeControlPacket({ code, identifier, data: this.#withLiveAddresses(data) })
      : undefined;
  }

  /** @param request the challenge @param recorded value and name of the response */
  #chapResponse({ identifier, ...request }: LiveRequest, recorded: Uint8Array): Uint8Array {
    const response = readChapValue(recorded);
    const challenge = readChapValue(request.live);
    const user = response === undefined ? undefined : Buffer.from(response.name).toString();
    const password = user === undefined ? undefined : this.#passwordOf(user);
    if (password === undefined && !areEqual(request.recorded, request.live)) {
      this.#staleUser = user;
    }
    return response === undefined || challenge === undefined || password === undefined
      ? encodeControlPacket({ code: ChapCode.response, identifier, data: recorded })
      : encodeChapValue(ChapCode.response, identifier, {
          value: chapResponse(identifier, password, challenge.value),
          name: response.name,
        });
  }

  #withLiveAddresses(data: Uint8Array): Uint8Array {
    const adapted = Uint8Array.from(data);
    let at = 0;
    for (const option of decodeOptions(data).options) {
      const live = option.data.length === 4 ? this.#addresses.get(readUint32(option.data)) : undefined;
      if (live !== undefined) {
        adapted.set(uint32Octets(live), at + 2);
      }
      at += option.data.length + 2;
    }
    return adapted;
  }

  #adaptedPacket(step: object, packet: Ipv4Packet): Uint8Array | undefined {
    const source = this.#address(packet.source);
    const destination = this.#address(packet.destination);
    const tcp = tcpOf(packet);
    if (tcp !== undefined) {
      return encodeTcp(this.#streams.adapted(step, tcp), source, destination, packet.identification);
    }
    const udp = udpOf(packet);
    if (udp !== undefined) {
      const asked = this.#checked === 'dte' ? this.#ports.get(udp.destinationPort) : undefined;
      const datagram = asked === undefined ? udp : { ...udp, ...answerTo(asked, udp) };
      return encodeUdp(datagram, source, destination, packet.identification);
    }
    const echo = echoOf(packet);
    if (echo === undefined) {
      return source === packet.source && destination === packet.destination
        ? undefined
        : encodeIpv4({ ...packet, source, destination }, packet.payload);
    }
    const asked =
      echo.type === 'echo-reply' ? this.#echoes.get(`${echo.identifier} ${echo.sequence}`) : undefined;
    const reply = asked === undefined ? echo : { ...asked, type: echo.type };
    return encodeIpv4({ ...packet, source, destination }, encodeIcmpEcho(reply));
  }
}

/** A question of a name server has a number of its own, and comes from any port. */
function isSameQuestion(recorded: UdpDatagram, live: UdpDatagram): boolean {
  const skipped = recorded.destinationPort === DNS_PORT ? 2 : 0;
  return (
    recorded.destinationPort === live.destinationPort &&
    areEqual(recorded.payload.subarray(skipped), live.payload.subarray(skipped))
  );
}

/** Times to live and addresses may have changed: the answer's flags and counts may not. */
function isSameAnswer(recorded: UdpDatagram, live: UdpDatagram): boolean {
  return (
    recorded.sourcePort === live.sourcePort &&
    (recorded.sourcePort === DNS_PORT
      ? areEqual(recorded.payload.subarray(2, DNS_HEADER_BYTES), live.payload.subarray(2, DNS_HEADER_BYTES))
      : areEqual(recorded.payload, live.payload))
  );
}

function answerTo(asked: UdpDatagram, answer: UdpDatagram): Partial<UdpDatagram> {
  if (answer.sourcePort !== DNS_PORT) {
    return { destinationPort: asked.sourcePort };
  }
  const payload = Uint8Array.from(answer.payload);
  payload.set(asked.payload.subarray(0, 2));
  return { destinationPort: asked.sourcePort, payload };
}
