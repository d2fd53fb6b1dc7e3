/**
 * LCP at one end: negotiation, and what LCP does for an open link: echoes, rejected protocols, loopback
 * (RFC 1661 sections 5 and 6.4). No I/O, no clock.
 */
import { earliest, type Ms } from '../../base/units.ts';
import {
  CONTROL_HEADER_SIZE,
  ControlCode,
  type ControlPacket,
  decodeControlPacket,
  encodeControlPacket,
} from '../../wire/ppp/control-packet.ts';
import { concatenate, readUint16, uint16Octets } from '../../wire/ppp/octets.ts';
import { PppProtocol } from '../../wire/ppp/protocol-number.ts';
import { ECHO_MAGIC_SIZE, echoMagic, echoReply, Keepalive } from './keepalive.ts';
import { LcpPolicy, type LcpPolicyOptions } from './lcp-policy.ts';
import { type FinishReason, Negotiator, type NegotiatorAction } from './negotiator.ts';
import type { PppErrorCode } from './ppp-error.ts';

export type LcpAction =
  | { readonly type: 'transmit'; readonly packet: Uint8Array }
  | { readonly type: 'opened' }
  /** Not Opened any more: all that was built upon it is gone. */
  | { readonly type: 'left' }
  | { readonly type: 'finished'; readonly because: FinishReason }
  | { readonly type: 'protocolRejected'; readonly protocol: number }
  /** The link cannot be brought up, or cannot go on; the owner should close. */
  | { readonly type: 'failed'; readonly code: PppErrorCode; readonly message: string }
  /** The peer does not answer, so that there is nobody to say goodbye to. */
  | { readonly type: 'dead'; readonly code: PppErrorCode; readonly message: string };

/** Rounds of our own requests coming back after which it is no chance, as pppd counts them. */
const MAX_LOOPS = 10;
const PROTOCOL_SIZE = 2;

const loopback = { code: 'PPP_LOOPBACK', message: 'The line sends back what it is sent.' } as const;
const silence = {
  code: 'PPP_LINK_LOST',
  message: 'The peer does not answer echo requests any more.',
} as const;
const deadlock = {
  code: 'PPP_NEGOTIATION_FAILED',
  message: 'The two ends do not agree on LCP options.',
} as const;
const refusal = {
  code: 'PPP_AUTH_REJECTED',
  message: 'The peer will not authenticate itself in a way that is allowed.',
} as const;

export class Lcp {
  readonly agreed: LcpPolicy;
  readonly #negotiator: Negotiator;
  readonly #keepalive: Keepalive;

  /** @param echoInterval 0: no echo requests */
  constructor(options: LcpPolicyOptions, echoInterval: Ms) {
    this.agreed = new LcpPolicy(options);
    this.#negotiator = new Negotiator(this.agreed, () => this.agreed.peerMru);
    this.#keepalive = new Keepalive(echoInterval);
  }

  get isOpened(): boolean {
    return this.#negotiator.state === 'Opened';
  }

  /** A Terminate-Request of this end is on its way. */
  get isClosing(): boolean {
    return this.#negotiator.state === 'Closing';
  }

  /** When `timeout` wants to be called; `undefined` while no timer runs. */
  get deadline(): Ms | undefined {
    return earliest(this.#negotiator.deadline, this.#keepalive.deadline);
  }

  open(now: Ms): LcpAction[] {
    return this.#follow([...this.#negotiator.step('Open', now), ...this.#negotiator.step('Up', now)], now);
  }

  close(now: Ms): LcpAction[] {
    return this.#follow(this.#negotiator.step('Close', now), now);
  }

  /** Something other than LCP came from the peer. */
  hears(): void {
    this.#keepalive.hears();
  }

  timeout(now: Ms): LcpAction[] {
    const actions = this.#follow(this.#negotiator.timeout(now), now);
    const nextIdentifier = () => this.#negotiator.nextIdentifier();
    for (const action of this.#keepalive.timeout(now, this.agreed.magic, nextIdentifier)) {
      const isDead = action.type === 'dead';
      actions.push(isDead ? { type: 'dead', ...(action.loopedBack ? loopback : silence) } : action);
    }
    return actions;
  }

  /** Takes an LCP packet as it came; what does not hold together is silently discarded. */
  receive(octets: Uint8Array, now: Ms): LcpAction[] {
    const packet = decodeControlPacket(octets);
    if (packet === undefined) {
      return [];
    }
    if (this.#isOwnEcho(packet)) {
      this.#keepalive.hearsItself();
      return [];
    }
    this.#keepalive.hears();
    switch (packet.code) {
      case ControlCode.protocolReject:
        return this.#receiveProtocolReject(packet, now);
      case ControlCode.echoRequest:
        return this.#receiveEchoRequest(packet);
      case ControlCode.echoReply:
      case ControlCode.discardRequest:
      case ControlCode.identification:
        return [];
      default:
        return this.#follow(this.#negotiator.receive(octets, now), now);
    }
  }

  /** RFC 1661 section 5.7: tells the peer that a protocol is not spoken here. */
  rejectProtocol(protocol: number, payload: Uint8Array): LcpAction[] {
    const room = this.agreed.peerMru - CONTROL_HEADER_SIZE - PROTOCOL_SIZE;
    const packet = encodeControlPacket({
      code: ControlCode.protocolReject,
      identifier: this.#negotiator.nextIdentifier(),
      data: concatenate(uint16Octets(protocol), payload.subarray(0, room)),
    });
    return [{ type: 'transmit', packet }];
  }

  #isOwnEcho({ code, data }: ControlPacket): boolean {
    const isEcho = code === ControlCode.echoRequest || code === ControlCode.echoReply;
    const { magic } = this.agreed;
    return isEcho && this.isOpened && magic !== 0 && echoMagic(data) === magic;
  }

  #receiveEchoRequest({ identifier, data }: ControlPacket): LcpAction[] {
    if (!this.isOpened || data.length < ECHO_MAGIC_SIZE) {
      return [];
    }
    const { magic, peerMru } = this.agreed;
    return [{ type: 'transmit', packet: echoReply(identifier, data, magic, peerMru) }];
  }

  #receiveProtocolReject({ data }: ControlPacket, now: Ms): LcpAction[] {
    // RFC 1661 section 5.7: any other time it is silently discarded.
    if (!this.isOpened || data.length < PROTOCOL_SIZE) {
      return [];
    }
    const protocol = readUint16(data);
    return protocol === PppProtocol.lcp
      ? this.#follow(this.#negotiator.step('RXJ-', now), now)
      : [{ type: 'protocolRejected', protocol }];
  }

  #follow(steps: readonly NegotiatorAction[], now: Ms): LcpAction[] {
    const actions = steps.flatMap((step) => this.#actionsFor(step, now));
    if (this.agreed.loops >= MAX_LOOPS) {
      actions.push({ type: 'failed', ...loopback });
    } else if (this.agreed.refusesAuthentication) {
      actions.push({ type: 'failed', ...refusal });
    }
    return actions;
  }

  #actionsFor(step: NegotiatorAction, now: Ms): LcpAction[] {
    switch (step.type) {
      case 'transmit':
        return [step];
      case 'tlu':
        this.#keepalive.start(now);
        return [{ type: 'opened' }];
      case 'tld':
        this.#keepalive.stop();
        return [{ type: 'left' }];
      case 'tlf':
        return [{ type: 'finished', because: step.because }];
      case 'deadlock':
        return [{ type: 'failed', ...deadlock }];
      case 'tls':
        return [];
    }
  }
}
