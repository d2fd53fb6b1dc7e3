/**
 * One control protocol (LCP or IPCP) at one end: the automaton of RFC 1661 section 4 with its counters, its
 * timer and the packets with codes 1 to 7. What the options mean is decided by a policy. No I/O, no clock.
 */
import { type Ms, ms, seconds } from '../../base/units.ts';
import {
  type ConfigureOption,
  decodeOptions,
  encodeOptions,
  isSameOption,
} from '../../wire/ppp/configure-option.ts';
import {
  CONTROL_HEADER_SIZE,
  ControlCode,
  type ControlPacket,
  decodeControlPacket,
  encodeControlPacket,
} from '../../wire/ppp/control-packet.ts';
import { areEqual, concatenate } from '../../wire/ppp/octets.ts';
import {
  type AutomatonAction,
  type AutomatonEvent,
  type AutomatonState,
  isTimed,
  transition,
} from './automaton.ts';

/** RFC 1661 section 4.6: the names and defaults of the counters and of the timer. */
export const RESTART_TIMER: Ms = seconds(3);
const MAX_CONFIGURE = 10;
const MAX_TERMINATE = 2;
const MAX_FAILURE = 10;
/** Naks and Rejects to this end's requests after which there is no hope: an honest peer stops Naking after 10. */
const MAX_REFUSALS = 20;

/** What is wrong with a peer's Configure-Request. Nothing in either list: it is acknowledged. */
export interface Judgement {
  /** Not recognised or not negotiable here, in the order of the request. */
  readonly rejected: readonly ConfigureOption[];
  /** Recognised, but with another value; without `asked` the peer is to add the option. */
  readonly suggested: readonly { readonly asked?: ConfigureOption; readonly suggestion: ConfigureOption }[];
}

/** What one protocol at one end wants and allows. */
export interface NegotiationPolicy {
  /** A negotiation begins anew: forgets what was agreed. */
  begin(): void;
  /** The options of the next Configure-Request. */
  wishes(): readonly ConfigureOption[];
  judge(options: readonly ConfigureOption[]): Judgement;
  /** The peer's request is being acknowledged: its values hold. */
  grant(options: readonly ConfigureOption[]): void;
  /** The peer would rather have these values. */
  adjust(suggestions: readonly ConfigureOption[]): void;
  /** The peer does not negotiate these options, all of which were wishes. */
  withdraw(rejected: readonly ConfigureOption[]): void;
}

/** Why a protocol ended: the peer was silent, or terminated it (or answered this end's), or does not know it. */
export type FinishReason = 'silent' | 'terminated' | 'rejected';

export type NegotiatorAction =
  | { readonly type: 'transmit'; readonly packet: Uint8Array }
  | { readonly type: 'tlu' | 'tld' | 'tls' }
  | { readonly type: 'tlf'; readonly because: FinishReason }
  /** Request after request was refused; the owner should close. */
  | { readonly type: 'deadlock' };

/** What a transition may have to send, beyond what the negotiator itself knows. */
interface Stimulus {
  readonly packet?: ControlPacket;
  /** Of a Configure-Request: the reply that was found for it. */
  readonly reply?: { readonly code: number; readonly data: Uint8Array };
}

export class Negotiator {
  readonly #policy: NegotiationPolicy;
  readonly #peerMru: () => number;
  #state: AutomatonState = 'Initial';
  #restartCount = 0;
  #deadline: Ms | undefined;
  #identifier = 0;
  /** The options of the last Configure-Request. */
  #request: Uint8Array = new Uint8Array(0);
  #requestIdentifier = 0;
  #isAnswered = true;
  #failures = 0;
  #refusals = 0;
  /** The peer does not know this protocol, or a code that it cannot do without. */
  #isRejected = false;

  /** @param peerMru the longest information field that the peer takes now, for Code-Rejects */
  constructor(policy: NegotiationPolicy, peerMru: () => number) {
    this.#policy = policy;
    this.#peerMru = peerMru;
  }

  get state(): AutomatonState {
    return this.#state;
  }

  /** When `timeout` wants to be called; `undefined` while no timer runs. */
  get deadline(): Ms | undefined {
    return this.#deadline;
  }

  /** An identifier that the last 255 packets did not have. */
  nextIdentifier(): number {
    this.#identifier = (this.#identifier + 1) & 0xff;
    return this.#identifier;
  }

  /** What the layers above and below say, and `RXJ-`/`RXJ+` where a Protocol-Reject names this protocol. */
  step(event: 'Up' | 'Down' | 'Open' | 'Close' | 'RXJ+' | 'RXJ-', now: Ms): NegotiatorAction[] {
    return this.#dispatch(event, now, {});
  }

  /** To be called when the deadline has come; earlier it does nothing. */
  timeout(now: Ms): NegotiatorAction[] {
    if (this.#deadline === undefined || now < this.#deadline) {
      return [];
    }
    return this.#dispatch(this.#restartCount > 0 ? 'TO+' : 'TO-', now, {});
  }

  /** Takes a packet of this protocol as it came. What does not hold together is silently discarded. */
  receive(octets: Uint8Array, now: Ms): NegotiatorAction[] {
    const packet = decodeControlPacket(octets);
    if (packet === undefined) {
      return [];
    }
    switch (packet.code) {
      case ControlCode.configureRequest:
        return this.#receiveRequest(packet, now);
      case ControlCode.configureAck:
        return this.#receiveAck(packet, now);
      case ControlCode.configureNak:
      case ControlCode.configureReject:
        return this.#receiveRefusal(packet, now);
      case ControlCode.terminateRequest:
        return this.#dispatch('RTR', now, { packet });
      case ControlCode.terminateAck:
        return this.#dispatch('RTA', now, { packet });
      case ControlCode.codeReject:
        return this.#receiveCodeReject(packet, now);
      default:
        return this.#dispatch('RUC', now, { packet });
    }
  }

  #receiveRequest(packet: ControlPacket, now: Ms): NegotiatorAction[] {
    const reply = this.#replyTo(packet.data);
    const event = reply.code === ControlCode.configureAck ? 'RCR+' : 'RCR-';
    return this.#dispatch(event, now, { packet, reply });
  }

  /** RFC 1661 sections 5.2 to 5.4: one Reject of all that is unknown, else one Nak, else an Ack. */
  #replyTo(data: Uint8Array): { code: number; data: Uint8Array } {
    const { options, malformed } = decodeOptions(data);
    const { rejected, suggested } = this.#policy.judge(options);
    if (rejected.length > 0 || malformed.length > 0) {
      // A length that cannot be: all that follows it goes back as it came, like every known peer does it.
      return { code: ControlCode.configureReject, data: concatenate(encodeOptions(rejected), malformed) };
    }
    if (suggested.length === 0) {
      return { code: ControlCode.configureAck, data };
    }
    if (this.#failures < MAX_FAILURE) {
      const suggestions = suggested.map(({ suggestion }) => suggestion);
      return { code: ControlCode.configureNak, data: encodeOptions(suggestions) };
    }
    // RFC 1661 section 4.6: after Max-Failure Naks, options are rejected, and none is asked for any more.
    const unwanted = suggested.flatMap(({ asked }) => (asked === undefined ? [] : [asked]));
    return unwanted.length === 0
      ? { code: ControlCode.configureAck, data }
      : { code: ControlCode.configureReject, data: encodeOptions(unwanted) };
  }

  #receiveAck(packet: ControlPacket, now: Ms): NegotiatorAction[] {
    if (!this.#isReplyToRequest(packet) || !areEqual(packet.data, this.#request)) {
      return [];
    }
    this.#isAnswered = true;
    return this.#dispatch('RCA', now, { packet });
  }

  #receiveRefusal(packet: ControlPacket, now: Ms): NegotiatorAction[] {
    const { options, malformed } = decodeOptions(packet.data);
    if (!this.#isReplyToRequest(packet) || malformed.length > 0 || options.length === 0) {
      return [];
    }
    if (packet.code === ControlCode.configureReject) {
      const wishes = decodeOptions(this.#request).options;
      if (!options.every((option) => wishes.some((wish) => isSameOption(wish, option)))) {
        return [];
      }
      this.#policy.withdraw(options);
    } else {
      this.#policy.adjust(options);
    }
    this.#isAnswered = true;
    this.#refusals += 1;
    if (this.#refusals > MAX_REFUSALS) {
      return [{ type: 'deadlock' }];
    }
    return this.#dispatch('RCN', now, { packet });
  }

  /** A reply counts once: a second one belongs to a retransmission of the same request. */
  #isReplyToRequest(packet: ControlPacket): boolean {
    return !this.#isAnswered && packet.identifier === this.#requestIdentifier;
  }

  #receiveCodeReject(packet: ControlPacket, now: Ms): NegotiatorAction[] {
    const [code] = packet.data;
    if (code === undefined) {
      return [];
    }
    // RFC 1661 section 4.3: without the codes of section 4 itself there is no going on.
    const isEssential = code >= ControlCode.configureRequest && code <= ControlCode.codeReject;
    return this.#dispatch(isEssential ? 'RXJ-' : 'RXJ+', now, { packet });
  }

  #dispatch(event: AutomatonEvent, now: Ms, stimulus: Stimulus): NegotiatorAction[] {
    const step = transition(this.#state, event);
    if (step === undefined) {
      return [];
    }
    this.#isRejected ||= event === 'RXJ-';
    const actions = step.actions.flatMap((action) =>
      this.#perform(action, step.actions, event, now, stimulus),
    );
    this.#state = step.next;
    if (!isTimed(step.next)) {
      this.#deadline = undefined;
    }
    return actions;
  }

  #perform(
    action: AutomatonAction,
    all: readonly AutomatonAction[],
    event: AutomatonEvent,
    now: Ms,
    { packet, reply }: Stimulus,
  ): NegotiatorAction[] {
    switch (action) {
      case 'tlu':
      case 'tld':
      case 'tls':
        return [{ type: action }];
      case 'tlf':
        return [{ type: action, because: this.#finishReason(event) }];
      case 'irc':
        this.#restartCount = all.includes('str') ? MAX_TERMINATE : MAX_CONFIGURE;
        return [];
      case 'zrc':
        this.#restartCount = 0;
        this.#startTimer(now);
        return [];
      case 'scr':
        return [this.#sendConfigureRequest(event, now)];
      case 'sca':
      case 'scn':
        return packet && reply ? [this.#sendReply(packet, reply)] : [];
      case 'str':
        this.#restartCount -= 1;
        this.#startTimer(now);
        return [this.#transmit(ControlCode.terminateRequest, this.nextIdentifier(), new Uint8Array(0))];
      case 'sta': {
        // RFC 1661 section 5.5: the identifier of the request, where there is one.
        const identifier = event === 'RTR' && packet ? packet.identifier : this.nextIdentifier();
        return [this.#transmit(ControlCode.terminateAck, identifier, new Uint8Array(0))];
      }
      case 'scj':
        return packet ? [this.#sendCodeReject(packet)] : [];
      case 'ser':
        // Only LCP has echoes; its owner answers them.
        return [];
    }
  }

  #finishReason(event: AutomatonEvent): FinishReason {
    if (this.#isRejected) {
      return 'rejected';
    }
    const isEnding = this.#state === 'Closing' || this.#state === 'Stopping';
    return event === 'TO-' && !isEnding ? 'silent' : 'terminated';
  }

  #startTimer(now: Ms): void {
    this.#deadline = ms(now + RESTART_TIMER);
  }

  #sendConfigureRequest(event: AutomatonEvent, now: Ms): NegotiatorAction {
    if (!isNegotiating(this.#state)) {
      this.#failures = 0;
      this.#refusals = 0;
      this.#isRejected = false;
      this.#policy.begin();
    }
    this.#restartCount -= 1;
    this.#startTimer(now);
    // RFC 1661 section 5.1: a retransmission keeps its identifier unless a reply has come in between.
    if (event !== 'TO+' || this.#isAnswered) {
      this.#request = encodeOptions(this.#policy.wishes());
      this.#requestIdentifier = this.nextIdentifier();
      this.#isAnswered = false;
    }
    return this.#transmit(ControlCode.configureRequest, this.#requestIdentifier, this.#request);
  }

  #sendReply(packet: ControlPacket, reply: { code: number; data: Uint8Array }): NegotiatorAction {
    if (reply.code === ControlCode.configureAck) {
      this.#failures = 0;
      this.#policy.grant(decodeOptions(packet.data).options);
    } else if (reply.code === ControlCode.configureNak) {
      this.#failures += 1;
    }
    return this.#transmit(reply.code, packet.identifier, reply.data);
  }

  /** RFC 1661 section 5.6: the whole rejected packet, cut to what the peer takes. */
  #sendCodeReject(packet: ControlPacket): NegotiatorAction {
    const rejected = encodeControlPacket(packet).subarray(0, this.#peerMru() - CONTROL_HEADER_SIZE);
    return this.#transmit(ControlCode.codeReject, this.nextIdentifier(), rejected);
  }

  #transmit(code: number, identifier: number, data: Uint8Array): NegotiatorAction {
    return { type: 'transmit', packet: encodeControlPacket({ code, identifier, data }) };
  }
}

const isNegotiating = (state: AutomatonState): boolean =>
  state === 'Req-Sent' || state === 'Ack-Rcvd' || state === 'Ack-Sent';
