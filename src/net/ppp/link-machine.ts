/**
 * A whole PPP link at one end, from Dead to Network and back: the phases of RFC 1661 section 3 with LCP,
 * authentication and IPCP in them. Takes `(event, now)`, gives actions and the next deadline; no I/O, no clock.
 */
import { earliest, type Ms, ms, seconds } from '../../base/units.ts';
import { DEFAULT_ACCM, DEFAULT_FRAMING, type Framing } from '../../wire/hdlc-framing.ts';
import { ControlCode, decodeControlPacket } from '../../wire/ppp/control-packet.ts';
import { describePacket } from '../../wire/ppp/describe.ts';
import { NO_ADDRESS } from '../../wire/ppp/ipcp-option.ts';
import { printable } from '../../wire/ppp/octets.ts';
import { formatProtocol, PppProtocol } from '../../wire/ppp/protocol-number.ts';
import {
  AuthenticatePhase,
  type AuthenticatePhaseAction,
  type AuthenticatePhaseOptions,
} from './authenticate-phase.ts';
import type { IpAssignment, IpcpPolicy } from './ipcp-policy.ts';
import { Lcp, type LcpAction } from './lcp.ts';
import type { LcpPolicyOptions } from './lcp-policy.ts';
import { type FinishReason, Negotiator, type NegotiatorAction } from './negotiator.ts';
import { PppError, type PppErrorCode } from './ppp-error.ts';

/** RFC 1661 section 3.2. */
export type LinkPhase = 'Dead' | 'Establish' | 'Authenticate' | 'Network' | 'Terminate';

export type LinkEvent =
  | { readonly type: 'open' }
  | { readonly type: 'close' }
  | { readonly type: 'frame'; readonly protocol: number; readonly payload: Uint8Array }
  | { readonly type: 'timeout' }
  /** The line below is gone. */
  | { readonly type: 'lost'; readonly cause?: Error | undefined };

export type TraceDirection = 'sent' | 'received' | 'neither';

export type LinkAction =
  | {
      readonly type: 'transmit';
      readonly protocol: number;
      readonly packet: Uint8Array;
      readonly framing: Framing;
    }
  | { readonly type: 'deliver'; readonly packet: Uint8Array }
  /** From the next frame on, the peer escapes these control characters. */
  | { readonly type: 'receiveAccm'; readonly accm: number }
  | { readonly type: 'up'; readonly assignment: IpAssignment }
  /** The last action. */
  | { readonly type: 'down'; readonly cause: PppError }
  | { readonly type: 'trace'; readonly direction: TraceDirection; readonly text: () => string };

export interface LinkMachineOptions extends LcpPolicyOptions, AuthenticatePhaseOptions {
  readonly ipcp: IpcpPolicy;
  /** 0: no echo requests. */
  readonly echoInterval: Ms;
}

/** From the first request until IP passes; four times what LCP alone gives a silent peer. */
const OPEN_TIMEOUT: Ms = seconds(120);
/** Lines of the dialogue that an error carries. */
const MOST_EVIDENCE = 40;

export class LinkMachine {
  readonly #lcp: Lcp;
  readonly #authenticate: AuthenticatePhase;
  readonly #ipcpPolicy: IpcpPolicy;
  readonly #ipcp: Negotiator;
  #phase: LinkPhase = 'Dead';
  #isFinished = false;
  #assignment: IpAssignment | undefined;
  #openDeadline: Ms | undefined;
  /** Why the link ends; the first reason is the one that counts. */
  #cause: PppError | undefined;
  /** What the peer said when it asked to terminate; `undefined` while it has not. */
  #goodbye: string | undefined;
  #actions: LinkAction[] = [];
  /** Put into words only where somebody reads them: most links end well. */
  readonly #evidence: (() => string)[] = [];

  constructor(options: LinkMachineOptions) {
    this.#lcp = new Lcp(options, options.echoInterval);
    this.#authenticate = new AuthenticatePhase(options);
    this.#ipcpPolicy = options.ipcp;
    this.#ipcp = new Negotiator(options.ipcp, () => this.peerMru);
  }

  get phase(): LinkPhase {
    return this.#phase;
  }

  /** Whether IP packets may be sent and are delivered now. */
  get passesIp(): boolean {
    return this.#ipcp.state === 'Opened';
  }

  /** How to frame what is not LCP. */
  get framing(): Framing {
    return this.#lcp.isOpened ? this.#lcp.agreed.framing : DEFAULT_FRAMING;
  }

  get peerMru(): number {
    return this.#lcp.agreed.peerMru;
  }

  get ownMru(): number {
    return this.#lcp.agreed.ownMru;
  }

  /** Who the peer proved to be. */
  get user(): string | undefined {
    return this.#authenticate.user;
  }

  /** When a `timeout` event is due; `undefined` while nothing is waited for. */
  get deadline(): Ms | undefined {
    if (this.#isFinished) {
      return undefined;
    }
    return earliest(this.#lcp.deadline, this.#authenticate.deadline, this.#ipcp.deadline, this.#openDeadline);
  }

  /** The peer is alive: for frames that are not brought here. */
  hears(): void {
    this.#lcp.hears();
  }

  /** Takes one event. After the `down` action nothing has an effect any more. */
  step(event: LinkEvent, now: Ms): readonly LinkAction[] {
    this.#actions = [];
    if (!this.#isFinished) {
      this.#take(event, now);
    }
    return this.#actions;
  }

  #take(event: LinkEvent, now: Ms): void {
    switch (event.type) {
      case 'open':
        this.#open(now);
        break;
      case 'close':
        this.#fail('PPP_CLOSED', 'This end closed the link.', now);
        break;
      case 'frame':
        this.#receive(event.protocol, event.payload, now);
        break;
      case 'timeout':
        this.#timeout(now);
        break;
      case 'lost':
        this.#finish('PPP_LINK_LOST', 'The line under the PPP link was lost.', event.cause);
        break;
    }
  }

  #open(now: Ms): void {
    if (this.#phase === 'Dead') {
      this.#phase = 'Establish';
      this.#openDeadline = ms(now + OPEN_TIMEOUT);
      this.#ipcp.step('Open', now);
      this.#followLcp(this.#lcp.open(now), now);
    }
  }

  #timeout(now: Ms): void {
    this.#followLcp(this.#lcp.timeout(now), now);
    this.#followAuthenticate(this.#authenticate.timeout(now), now);
    this.#followIpcp(this.#ipcp.timeout(now), now);
    if (this.#openDeadline !== undefined && now >= this.#openDeadline) {
      this.#fail('PPP_NEGOTIATION_FAILED', 'The link was not up in time.', now);
    }
  }

  #receive(protocol: number, payload: Uint8Array, now: Ms): void {
    if (protocol === PppProtocol.ipv4 && this.passesIp) {
      this.#lcp.hears();
      this.#actions.push({ type: 'deliver', packet: payload });
      return;
    }
    const isTaken = this.#isTaken(protocol);
    const suffix = isTaken ? '' : ' (discarded)';
    // A copy: the block that the packet lies in is not to be held with it.
    const packet = Uint8Array.from(payload);
    this.#trace('received', () => describePacket(protocol, packet) + suffix);
    if (protocol === PppProtocol.lcp) {
      this.#receiveLcp(payload, now);
      return;
    }
    this.#lcp.hears();
    if (!isTaken) {
      return;
    }
    if (protocol === PppProtocol.ipcp) {
      this.#followIpcp(this.#ipcp.receive(payload, now), now);
    } else if (this.#authenticate.takes(protocol)) {
      this.#followAuthenticate(this.#authenticate.receive(protocol, payload, now), now);
    } else {
      this.#followLcp(this.#lcp.rejectProtocol(protocol, payload), now);
    }
  }

  /** RFC 1661 sections 3.4 to 3.7: what belongs to a later phase is silently discarded. */
  #isTaken(protocol: number): boolean {
    switch (protocol) {
      case PppProtocol.lcp:
        return true;
      case PppProtocol.pap:
      case PppProtocol.chap:
        return this.#authenticate.takes(protocol);
      case PppProtocol.ipv4:
        // RFC 1332 section 2: IP before IPCP is Opened is discarded, not rejected.
        return this.passesIp;
      default:
        return this.#phase === 'Network';
    }
  }

  #receiveLcp(payload: Uint8Array, now: Ms): void {
    const wasOpened = this.#lcp.isOpened;
    this.#followLcp(this.#lcp.receive(payload, now), now);
    const packet = decodeControlPacket(payload);
    if (packet?.code === ControlCode.terminateRequest && !this.#isFinished) {
      this.#goodbye = printable(packet.data);
      if (wasOpened && !this.#lcp.isOpened) {
        // The peer has its Terminate-Ack; what would follow is only waiting (RFC 1661 section 3.7).
        this.#finishLcp('terminated');
      }
    }
  }

  #followLcp(actions: readonly LcpAction[], now: Ms): void {
    for (const action of actions) {
      switch (action.type) {
        case 'transmit':
          // RFC 1661 section 6.5, RFC 1662 section 7.1: so that a peer that lost its state can read it.
          this.#transmit(PppProtocol.lcp, action.packet, DEFAULT_FRAMING);
          break;
        case 'opened':
          this.#lcpOpened(now);
          break;
        case 'left':
          this.#lcpLeft(now);
          break;
        case 'finished':
          this.#finishLcp(action.because);
          break;
        case 'protocolRejected':
          this.#protocolRejected(action.protocol, now);
          break;
        case 'failed':
          this.#fail(action.code, action.message, now);
          break;
        case 'dead':
          this.#fail(action.code, action.message, now);
          this.#finish(action.code, action.message);
          break;
      }
    }
  }

  #lcpOpened(now: Ms): void {
    const { receiveAccm, demandedOfPeer, demandedByPeer } = this.#lcp.agreed;
    this.#actions.push({ type: 'receiveAccm', accm: receiveAccm });
    this.#phase = 'Authenticate';
    this.#followAuthenticate(this.#authenticate.begin(demandedOfPeer, demandedByPeer, now), now);
  }

  /** RFC 1661 section 3.4: when LCP leaves Opened, the link is back in Establish. */
  #lcpLeft(now: Ms): void {
    this.#phase = 'Establish';
    this.#authenticate.end();
    this.#openDeadline = ms(now + OPEN_TIMEOUT);
    this.#actions.push({ type: 'receiveAccm', accm: DEFAULT_ACCM });
    this.#followIpcp(this.#ipcp.step('Down', now), now);
  }

  #finishLcp(because: FinishReason): void {
    const goodbye = this.#goodbye;
    if (goodbye === undefined || because === 'rejected') {
      this.#finish(...lcpFailures[because]);
    } else {
      // Also where it said so before the link was open, and nothing came of it since.
      const reason = goodbye === '' ? '.' : `: "${goodbye}".`;
      this.#finish('PPP_PEER_TERMINATED', `The peer ended the link${reason}`);
    }
  }

  #protocolRejected(protocol: number, now: Ms): void {
    if (protocol === PppProtocol.ipcp) {
      this.#followIpcp(this.#ipcp.step('RXJ-', now), now);
    } else if (this.#authenticate.takes(protocol)) {
      this.#fail('PPP_NEGOTIATION_FAILED', 'The peer rejects the authentication that was agreed.', now);
    }
  }

  #followAuthenticate(actions: readonly AuthenticatePhaseAction[], now: Ms): void {
    for (const action of actions) {
      switch (action.type) {
        case 'transmit':
          this.#transmit(action.protocol, action.packet, this.framing);
          break;
        case 'passed':
          this.#phase = 'Network';
          this.#followIpcp(this.#ipcp.step('Up', now), now);
          break;
        case 'failed':
          this.#fail(action.code, action.message, now);
          break;
      }
    }
  }

  #followIpcp(actions: readonly NegotiatorAction[], now: Ms): void {
    for (const action of actions) {
      switch (action.type) {
        case 'transmit':
          this.#transmit(PppProtocol.ipcp, action.packet, this.framing);
          break;
        case 'tlu':
          this.#ipcpOpened(now);
          break;
        case 'tld':
          this.#openDeadline = ms(now + OPEN_TIMEOUT);
          break;
        case 'tlf':
          this.#fail(...ipcpFailures[action.because], now);
          break;
        case 'deadlock':
          this.#fail('PPP_NEGOTIATION_FAILED', 'The two ends do not agree on IPCP options.', now);
          break;
        case 'tls':
          break;
      }
    }
  }

  #ipcpOpened(now: Ms): void {
    const { assignment } = this.#ipcpPolicy;
    this.#openDeadline = undefined;
    if (assignment.address === NO_ADDRESS) {
      this.#fail('PPP_NEGOTIATION_FAILED', 'The peer gave this end no IP address.', now);
    } else if (this.#assignment === undefined) {
      this.#assignment = assignment;
      this.#actions.push({ type: 'up', assignment });
    } else if (this.#assignment.address !== assignment.address) {
      this.#fail('PPP_LINK_LOST', 'The peer began anew and gave another IP address.', now);
    }
  }

  /** Begins to end the link, in order: Terminate-Request, and a wait for its Ack. */
  #fail(code: PppErrorCode, message: string, now: Ms): void {
    if (this.#cause !== undefined || this.#isFinished) {
      return;
    }
    this.#cause = this.#error(code, message);
    this.#followLcp(this.#lcp.close(now), now);
    this.#phase = 'Terminate';
    this.#openDeadline = undefined;
    if (!this.#lcp.isClosing) {
      this.#finish(code, message);
    }
  }

  /** Ends the link at once. */
  #finish(code: PppErrorCode, message: string, cause?: Error): void {
    if (!this.#isFinished) {
      this.#cause ??= this.#error(code, message, cause);
      this.#isFinished = true;
      this.#phase = 'Dead';
      this.#ipcp.step('Down', ms(0));
      const { code: reason } = this.#cause;
      this.#trace('neither', () => `PPP down: ${reason}`);
      this.#actions.push({ type: 'down', cause: this.#cause });
    }
  }

  #transmit(protocol: number, packet: Uint8Array, framing: Framing): void {
    this.#trace('sent', () => describePacket(protocol, packet));
    this.#actions.push({ type: 'transmit', protocol, packet, framing });
  }

  #trace(direction: TraceDirection, text: () => string): void {
    this.#evidence.push(() => `${direction === 'neither' ? '' : `${direction} `}${text()}`);
    if (this.#evidence.length > MOST_EVIDENCE) {
      this.#evidence.shift();
    }
    this.#actions.push({ type: 'trace', direction, text });
  }

  #error(code: PppErrorCode, message: string, cause?: Error): PppError {
    // What this end wished is no failure, and needs no proof.
    const evidence = code === 'PPP_CLOSED' ? [] : this.#evidence.map((text) => text());
    return new PppError(code, message, { evidence, cause });
  }
}

const lcpFailures: Readonly<Record<FinishReason, [PppErrorCode, string]>> = {
  silent: ['PPP_NO_ANSWER', 'No PPP peer answers on this line.'],
  terminated: ['PPP_PEER_TERMINATED', 'The peer ended the link.'],
  rejected: ['PPP_NEGOTIATION_FAILED', 'The peer rejects LCP.'],
};

const ipcpFailures: Readonly<Record<FinishReason, [PppErrorCode, string]>> = {
  silent: ['PPP_NO_ANSWER', 'The peer does not answer IPCP.'],
  terminated: ['PPP_PEER_TERMINATED', 'The peer ended IP on the link.'],
  rejected: [
    'PPP_NEGOTIATION_FAILED',
    `The peer rejects IPCP (protocol ${formatProtocol(PppProtocol.ipcp)}).`,
  ],
};
