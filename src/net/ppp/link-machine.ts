/**
 * A whole PPP link at one end, from Dead to Network and back: the phases of RFC 1661 section 3 with LCP,
 * authentication and IPCP in them. Takes `(event, now)`, gives actions and the next deadline; no I/O, no clock.
 */
import type { Random } from '../../base/random.ts';
import { type Ms, ms, seconds } from '../../base/units.ts';
import { DEFAULT_ACCM, DEFAULT_FRAMING, type Framing } from '../../wire/hdlc.ts';
import { ControlCode, decodeControlPacket, encodeControlPacket } from '../../wire/ppp/control-packet.ts';
import { describePacket } from '../../wire/ppp/describe.ts';
import { NO_ADDRESS } from '../../wire/ppp/ipcp-option.ts';
import type { AuthenticationProtocol } from '../../wire/ppp/lcp-option.ts';
import { concatenate, readUint16, uint16Octets } from '../../wire/ppp/octets.ts';
import { formatProtocol, PppProtocol } from '../../wire/ppp/protocol-number.ts';
import type { Authentication, AuthenticationAction, Credentials, SecretOf } from './authentication.ts';
import { ChapClient, ChapServer } from './chap.ts';
import type { IpAssignment, IpcpPolicy } from './ipcp-policy.ts';
import { echoMagic, echoReply, Keepalive } from './keepalive.ts';
import { LcpPolicy } from './lcp-policy.ts';
import { type FinishReason, Negotiator, type NegotiatorAction } from './negotiator.ts';
import { PapClient, PapServer } from './pap.ts';
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
  | { readonly type: 'trace'; readonly direction: 'sent' | 'received' | 'neither'; readonly text: string };

export interface LinkMachineOptions {
  readonly mru: number;
  readonly accm: number;
  readonly demanded: readonly AuthenticationProtocol[];
  readonly offered: readonly AuthenticationProtocol[];
  /** Who this end is, where it offers to authenticate. */
  readonly credentials: Credentials;
  readonly secretOf: SecretOf;
  /** What this end calls itself when it challenges. */
  readonly name: string;
  readonly ipcp: IpcpPolicy;
  readonly random: Random;
  /** 0: no echo requests. */
  readonly echoInterval: Ms;
}

/** Everything together; a healthy peer on a slow line needs a tenth of it. Twice LCP's own patience, and more. */
const OPEN_TIMEOUT: Ms = seconds(120);
/** Rounds of our own requests coming back, as pppd counts them. */
const MAX_LOOPS = 10;
/** Lines of the dialogue that an error carries. */
const MOST_EVIDENCE = 40;
const PROTOCOL_SIZE = 2;
const CONTROL_HEADER = 4;

export class LinkMachine {
  readonly #options: LinkMachineOptions;
  readonly #lcpPolicy: LcpPolicy;
  readonly #lcp: Negotiator;
  readonly #ipcp: Negotiator;
  readonly #keepalive: Keepalive;
  /** Directions of authentication in this establishment, by protocol. */
  #authentications: { readonly protocol: number; readonly machine: Authentication }[] = [];
  #unproved = 0;
  #phase: LinkPhase = 'Dead';
  #isFinished = false;
  #user: string | undefined;
  #assignment: IpAssignment | undefined;
  #openDeadline: Ms | undefined;
  #cause: PppError | undefined;
  #hasHeardTerminate = false;
  #actions: LinkAction[] = [];
  readonly #evidence: string[] = [];

  constructor(options: LinkMachineOptions) {
    this.#options = options;
    this.#lcpPolicy = new LcpPolicy(options);
    const peerMru = () => this.#lcpPolicy.peerMru;
    this.#lcp = new Negotiator(this.#lcpPolicy, peerMru);
    this.#ipcp = new Negotiator(options.ipcp, peerMru);
    this.#keepalive = new Keepalive(options.echoInterval);
  }

  get phase(): LinkPhase {
    return this.#phase;
  }

  /** Whether IP packets may be sent and are delivered now. */
  get passesIp(): boolean {
    return this.#ipcp.state === 'Opened';
  }

  /** How to frame what is no control packet. */
  get framing(): Framing {
    return this.#lcp.state === 'Opened' ? this.#lcpPolicy.framing : DEFAULT_FRAMING;
  }

  get peerMru(): number {
    return this.#lcpPolicy.peerMru;
  }

  get ownMru(): number {
    return this.#lcpPolicy.ownMru;
  }

  /** Who the peer proved to be. */
  get user(): string | undefined {
    return this.#user;
  }

  /** When a `timeout` event is due; `undefined` while nothing is waited for. */
  get deadline(): Ms | undefined {
    if (this.#isFinished) {
      return undefined;
    }
    const deadlines = [
      this.#lcp.deadline,
      this.#ipcp.deadline,
      this.#keepalive.deadline,
      this.#openDeadline,
      ...this.#authentications.map(({ machine }) => machine.deadline),
    ].filter((deadline) => deadline !== undefined);
    return deadlines.length === 0 ? undefined : ms(Math.min(...deadlines));
  }

  /** The peer is alive: for frames that the shell does not bring here. */
  hearsPeer(): void {
    this.#keepalive.hears();
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
        this.#cause ??= this.#error('PPP_LINK_LOST', 'The line under the PPP link was lost.', event.cause);
        this.#finish(this.#cause);
        break;
    }
  }

  #open(now: Ms): void {
    if (this.#phase !== 'Dead') {
      return;
    }
    this.#phase = 'Establish';
    this.#openDeadline = ms(now + OPEN_TIMEOUT);
    this.#ipcp.step('Open', now);
    this.#followLcp(this.#lcp.step('Open', now), now);
    this.#followLcp(this.#lcp.step('Up', now), now);
  }

  #timeout(now: Ms): void {
    this.#followLcp(this.#lcp.timeout(now), now);
    this.#followIpcp(this.#ipcp.timeout(now), now);
    for (const { protocol, machine } of this.#authentications) {
      this.#followAuthentication(protocol, machine.timeout(now), now);
    }
    const echoes = this.#keepalive.timeout(now, this.#lcpPolicy.magic, () => this.#lcp.nextIdentifier());
    for (const action of echoes) {
      if (action.type === 'transmit') {
        this.#transmit(PppProtocol.lcp, action.packet);
      } else {
        this.#declareDead(action.loopedBack, now);
      }
    }
    if (this.#openDeadline !== undefined && now >= this.#openDeadline) {
      this.#fail('PPP_NEGOTIATION_FAILED', 'The link was not up in time.', now);
    }
  }

  #declareDead(isLoopedBack: boolean, now: Ms): void {
    if (isLoopedBack) {
      this.#fail('PPP_LOOPBACK', 'The line sends back what it is sent.', now);
    } else {
      this.#fail('PPP_LINK_LOST', 'The peer does not answer echo requests any more.', now);
    }
    if (this.#cause !== undefined) {
      this.#finish(this.#cause);
    }
  }

  #receive(protocol: number, payload: Uint8Array, now: Ms): void {
    if (protocol === PppProtocol.lcp) {
      this.#trace('received', describePacket(protocol, payload));
      this.#receiveLcp(payload, now);
      return;
    }
    this.#keepalive.hears();
    if (protocol === PppProtocol.ipv4 && this.passesIp) {
      this.#actions.push({ type: 'deliver', packet: payload });
      return;
    }
    const isTaken = this.#isTaken(protocol);
    this.#trace('received', `${describePacket(protocol, payload)}${isTaken ? '' : ' (discarded)'}`);
    if (!isTaken) {
      return;
    }
    if (protocol === PppProtocol.ipcp) {
      this.#followIpcp(this.#ipcp.receive(payload, now), now);
    } else if (protocol === PppProtocol.pap || protocol === PppProtocol.chap) {
      for (const authentication of this.#authentications.filter((one) => one.protocol === protocol)) {
        this.#followAuthentication(protocol, authentication.machine.receive(payload, now), now);
      }
    } else {
      this.#rejectProtocol(protocol, payload);
    }
  }

  /** RFC 1661 sections 3.4 to 3.7: what belongs to a later phase is silently discarded. */
  #isTaken(protocol: number): boolean {
    if (protocol === PppProtocol.pap || protocol === PppProtocol.chap) {
      return this.#authentications.some((one) => one.protocol === protocol);
    }
    // RFC 1332 section 2: IP before IPCP is Opened is discarded, not rejected.
    return this.#phase === 'Network' && protocol !== PppProtocol.ipv4;
  }

  /** RFC 1661 section 5.7. */
  #rejectProtocol(protocol: number, payload: Uint8Array): void {
    const room = this.#lcpPolicy.peerMru - CONTROL_HEADER - PROTOCOL_SIZE;
    this.#transmit(
      PppProtocol.lcp,
      encodeControlPacket({
        code: ControlCode.protocolReject,
        identifier: this.#lcp.nextIdentifier(),
        data: concatenate(uint16Octets(protocol), payload.subarray(0, room)),
      }),
    );
  }

  #receiveLcp(payload: Uint8Array, now: Ms): void {
    const packet = decodeControlPacket(payload);
    if (packet === undefined) {
      return;
    }
    const isOpened = this.#lcp.state === 'Opened';
    const isOwnEcho = packet.code === ControlCode.echoReply || packet.code === ControlCode.echoRequest;
    if (
      isOpened &&
      isOwnEcho &&
      this.#lcpPolicy.magic !== 0 &&
      echoMagic(packet.data) === this.#lcpPolicy.magic
    ) {
      this.#keepalive.hearsItself();
      return;
    }
    this.#keepalive.hears();
    switch (packet.code) {
      case ControlCode.protocolReject:
        if (isOpened && packet.data.length >= PROTOCOL_SIZE) {
          this.#protocolRejected(readUint16(packet.data), now);
        }
        break;
      case ControlCode.echoRequest:
        if (isOpened && packet.data.length >= 4) {
          const { magic, peerMru } = this.#lcpPolicy;
          this.#transmit(PppProtocol.lcp, echoReply(packet.identifier, packet.data, magic, peerMru));
        }
        break;
      case ControlCode.echoReply:
      case ControlCode.discardRequest:
      case ControlCode.identification:
        break;
      default: {
        const isTerminate = packet.code === ControlCode.terminateRequest;
        this.#hasHeardTerminate ||= isTerminate;
        this.#followLcp(this.#lcp.receive(payload, now), now);
        // The peer has its Terminate-Ack; what would follow is only waiting (RFC 1661 section 3.7).
        if (isTerminate && isOpened && !this.#isFinished) {
          this.#cause ??= this.#error('PPP_PEER_TERMINATED', 'The peer ended the link.');
          this.#finish(this.#cause);
        }
      }
    }
  }

  #protocolRejected(protocol: number, now: Ms): void {
    if (protocol === PppProtocol.ipcp) {
      this.#followIpcp(this.#ipcp.step('RXJ-', now), now);
    } else if (protocol === PppProtocol.lcp) {
      this.#followLcp(this.#lcp.step('RXJ-', now), now);
    } else if (this.#authentications.some((one) => one.protocol === protocol)) {
      this.#fail('PPP_NEGOTIATION_FAILED', 'The peer rejects the authentication that was agreed.', now);
    }
  }

  #followLcp(actions: readonly NegotiatorAction[], now: Ms): void {
    for (const action of actions) {
      switch (action.type) {
        case 'transmit':
          this.#transmit(PppProtocol.lcp, action.packet);
          break;
        case 'tlu':
          this.#lcpOpened(now);
          break;
        case 'tld':
          this.#lcpLeft(now);
          break;
        case 'tlf':
          this.#lcpFinished(action.because);
          break;
        case 'deadlock':
          this.#fail('PPP_NEGOTIATION_FAILED', 'The two ends do not agree on LCP options.', now);
          break;
        case 'tls':
          break;
      }
    }
    if (this.#lcpPolicy.loops >= MAX_LOOPS) {
      this.#fail('PPP_LOOPBACK', 'The line sends back what it is sent.', now);
    } else if (this.#lcpPolicy.refusesAuthentication) {
      this.#fail('PPP_AUTH_REJECTED', 'The peer will not authenticate itself in a way that is allowed.', now);
    }
  }

  #lcpOpened(now: Ms): void {
    this.#actions.push({ type: 'receiveAccm', accm: this.#lcpPolicy.receiveAccm });
    this.#keepalive.start(now);
    this.#phase = 'Authenticate';
    this.#authentications = [...this.#serverAuthentication(), ...this.#clientAuthentication()];
    this.#unproved = this.#authentications.length;
    this.#user = undefined;
    for (const { protocol, machine } of this.#authentications) {
      this.#followAuthentication(protocol, machine.start(now), now);
    }
    if (this.#unproved === 0) {
      this.#enterNetwork(now);
    }
  }

  #serverAuthentication() {
    const { secretOf, name, random } = this.#options;
    switch (this.#lcpPolicy.demandedOfPeer) {
      case 'pap':
        return [{ protocol: PppProtocol.pap, machine: new PapServer(secretOf) }];
      case 'chap-md5':
        return [{ protocol: PppProtocol.chap, machine: new ChapServer({ secretOf, name, random }) }];
      case undefined:
        return [];
    }
  }

  #clientAuthentication() {
    const { credentials } = this.#options;
    switch (this.#lcpPolicy.demandedByPeer) {
      case 'pap':
        return [{ protocol: PppProtocol.pap, machine: new PapClient(credentials) }];
      case 'chap-md5':
        return [{ protocol: PppProtocol.chap, machine: new ChapClient(credentials) }];
      case undefined:
        return [];
    }
  }

  #followAuthentication(protocol: number, actions: readonly AuthenticationAction[], now: Ms): void {
    for (const action of actions) {
      switch (action.type) {
        case 'transmit':
          this.#transmit(protocol, action.packet);
          break;
        case 'passed':
          this.#user = action.user ?? this.#user;
          this.#unproved -= 1;
          if (this.#unproved === 0 && this.#phase === 'Authenticate') {
            this.#enterNetwork(now);
          }
          break;
        case 'failed':
          this.#fail('PPP_AUTH_REJECTED', `Authentication was refused: "${action.message}".`, now);
          break;
        case 'silent':
          this.#fail('PPP_NO_ANSWER', 'The peer does not go on with authentication.', now);
          break;
      }
    }
  }

  #enterNetwork(now: Ms): void {
    this.#phase = 'Network';
    this.#followIpcp(this.#ipcp.step('Up', now), now);
  }

  #followIpcp(actions: readonly NegotiatorAction[], now: Ms): void {
    for (const action of actions) {
      switch (action.type) {
        case 'transmit':
          this.#transmit(PppProtocol.ipcp, action.packet);
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
    const { assignment } = this.#options.ipcp;
    this.#openDeadline = undefined;
    if (assignment.address === NO_ADDRESS) {
      this.#fail('PPP_NEGOTIATION_FAILED', 'The peer gave this end no IP address.', now);
    } else if (this.#assignment === undefined) {
      this.#assignment = assignment;
      this.#actions.push({ type: 'up', assignment });
    } else if (!isSameAssignment(this.#assignment, assignment)) {
      this.#fail('PPP_LINK_LOST', 'The peer began anew and gave another IP address.', now);
    }
  }

  /** RFC 1661 section 3.4: when LCP leaves Opened, all that was built upon it is gone. */
  #lcpLeft(now: Ms): void {
    this.#authentications = [];
    this.#keepalive.stop();
    this.#phase = 'Establish';
    this.#openDeadline = ms(now + OPEN_TIMEOUT);
    this.#actions.push({ type: 'receiveAccm', accm: DEFAULT_ACCM });
    this.#followIpcp(this.#ipcp.step('Down', now), now);
  }

  #lcpFinished(because: FinishReason): void {
    if (this.#cause === undefined) {
      const isTerminated = because === 'silent' && this.#hasHeardTerminate;
      this.#cause = this.#error(...lcpFailures[isTerminated ? 'terminated' : because]);
    }
    this.#finish(this.#cause);
  }

  /** Begins to end the link; the first cause is the one that counts. */
  #fail(code: PppErrorCode, message: string, now: Ms): void {
    if (this.#cause !== undefined || this.#isFinished) {
      return;
    }
    const cause = this.#error(code, message);
    this.#cause = cause;
    this.#followLcp(this.#lcp.step('Close', now), now);
    this.#phase = 'Terminate';
    this.#openDeadline = undefined;
    if (this.#lcp.state !== 'Closing') {
      this.#finish(cause);
    }
  }

  #finish(cause: PppError): void {
    if (this.#isFinished) {
      return;
    }
    this.#isFinished = true;
    this.#phase = 'Dead';
    this.#ipcp.step('Down', ms(0));
    this.#trace('neither', `PPP down: ${cause.code}`);
    this.#actions.push({ type: 'down', cause });
  }

  /** Control packets of LCP always have the default framing, so that a peer that lost its state reads them. */
  #transmit(protocol: number, packet: Uint8Array): void {
    const framing = protocol === PppProtocol.lcp ? DEFAULT_FRAMING : this.framing;
    this.#trace('sent', describePacket(protocol, packet));
    this.#actions.push({ type: 'transmit', protocol, packet, framing });
  }

  #trace(direction: 'sent' | 'received' | 'neither', text: string): void {
    this.#evidence.push(direction === 'neither' ? text : `${direction} ${text}`);
    if (this.#evidence.length > MOST_EVIDENCE) {
      this.#evidence.shift();
    }
    this.#actions.push({ type: 'trace', direction, text });
  }

  #error(code: PppErrorCode, message: string, cause?: Error): PppError {
    return new PppError(code, message, { evidence: [...this.#evidence], cause });
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

function isSameAssignment(one: IpAssignment, other: IpAssignment): boolean {
  return one.address === other.address && one.peerAddress === other.peerAddress;
}
