/** What one end wants and allows in LCP: RFC 1661 section 6, RFC 1662 section 7. */
import type { Random } from '../../base/random.ts';
import { DEFAULT_ACCM, DEFAULT_FRAMING, DEFAULT_MRU, type Framing } from '../../wire/hdlc-framing.ts';
import type { ConfigureOption } from '../../wire/ppp/configure-option.ts';
import {
  type AuthenticationProtocol,
  authenticationOption,
  isWellFormedLcpOption,
  type LcpOptions,
  LcpOptionType,
  lcpOptionList,
  magicOption,
  mruOption,
  readAuthentication,
  readLcpOptions,
} from '../../wire/ppp/lcp-option.ts';
import { readUint16, readUint32 } from '../../wire/ppp/octets.ts';
import type { Judgement, NegotiationPolicy } from './negotiator.ts';

/** A smaller MRU leaves no room for a Code-Reject worth reading; pppd has the same bound. */
const SMALLEST_MRU = 128;

export interface LcpPolicyOptions {
  /** The longest information field that this end takes. */
  readonly mru: number;
  /** The control characters that must not arrive bare: those that the line eats or puts in. */
  readonly accm: number;
  /** How the peer must authenticate, best first; empty: it need not. */
  readonly demanded: readonly AuthenticationProtocol[];
  /** How this end can authenticate, best first; empty: it will not. */
  readonly offered: readonly AuthenticationProtocol[];
  readonly random: Random;
}

export class LcpPolicy implements NegotiationPolicy {
  readonly #options: LcpPolicyOptions;
  #own: LcpOptions = {};
  #peer: LcpOptions = {};
  #loops = 0;
  #refusesAuthentication = false;
  /** What may still be demanded, when the peer has turned down what is. */
  #untried: readonly AuthenticationProtocol[] = [];

  constructor(options: LcpPolicyOptions) {
    this.#options = options;
  }

  /** This end's magic number; 0 while it has none (RFC 1661 section 6.4). */
  get magic(): number {
    return this.#own.magic ?? 0;
  }

  get peerMru(): number {
    return this.#peer.mru ?? DEFAULT_MRU;
  }

  get ownMru(): number {
    return this.#own.mru ?? DEFAULT_MRU;
  }

  /** How to send to this peer while LCP is Opened. */
  get framing(): Framing {
    return {
      accm: this.#peer.accm ?? DEFAULT_FRAMING.accm,
      pfc: this.#peer.pfc ?? DEFAULT_FRAMING.pfc,
      acfc: this.#peer.acfc ?? DEFAULT_FRAMING.acfc,
    };
  }

  /** What the peer escapes while LCP is Opened. */
  get receiveAccm(): number {
    return this.#own.accm ?? DEFAULT_ACCM;
  }

  /** How the peer has to authenticate itself. */
  get demandedOfPeer(): AuthenticationProtocol | undefined {
    return this.#own.authentication;
  }

  /** How this end has to authenticate itself. */
  get demandedByPeer(): AuthenticationProtocol | undefined {
    return this.#peer.authentication;
  }

  /** How often in a row a request came that this end itself had sent (RFC 1661 section 6.4). */
  get loops(): number {
    return this.#loops;
  }

  /** The peer will not authenticate in any way that is demanded. */
  get refusesAuthentication(): boolean {
    return this.#refusesAuthentication;
  }

  begin(): void {
    const [authentication, ...others] = this.#options.demanded;
    this.#untried = others;
    this.#peer = {};
    this.#refusesAuthentication = false;
    this.#own = { accm: this.#options.accm, magic: this.#newMagic(), pfc: true, acfc: true };
    if (authentication !== undefined) {
      this.#own.authentication = authentication;
    }
    // RFC 1661 section 5.1: what has its default value is not asked for.
    if (this.#options.mru !== DEFAULT_MRU) {
      this.#own.mru = this.#options.mru;
    }
  }

  wishes(): readonly ConfigureOption[] {
    return lcpOptionList(this.#own);
  }

  judge(options: readonly ConfigureOption[]): Judgement {
    const { magic } = readLcpOptions(options);
    if (magic !== undefined && magic !== 0 && magic === this.magic) {
      // The line may be looped back; the other options, being our own, are not worth an answer.
      this.#loops += 1;
      return { rejected: [], suggested: [{ suggestion: magicOption(this.#newMagic()) }] };
    }
    this.#loops = 0;
    const rejected = options.filter((option) => !this.#isNegotiable(option));
    const suggested = options.flatMap((asked) => {
      const suggestion = this.#better(asked);
      return suggestion === undefined ? [] : [{ asked, suggestion }];
    });
    return { rejected, suggested };
  }

  #isNegotiable(option: ConfigureOption): boolean {
    const isRefused = option.type === LcpOptionType.authentication && this.#options.offered.length === 0;
    return isWellFormedLcpOption(option) && !isRefused;
  }

  /** @returns what to suggest instead, `undefined` where the option is good as it is */
  #better(option: ConfigureOption): ConfigureOption | undefined {
    const { offered } = this.#options;
    switch (option.type) {
      case LcpOptionType.mru:
        return readUint16(option.data) < SMALLEST_MRU ? mruOption(SMALLEST_MRU) : undefined;
      case LcpOptionType.magic:
        // RFC 1661 section 6.4: zero must always be Naked.
        return readUint32(option.data) === 0 ? magicOption(this.#newMagic()) : undefined;
      case LcpOptionType.authentication: {
        const [best] = offered;
        const isOffered = offered.some((protocol) => protocol === readAuthentication(option));
        return isOffered || best === undefined ? undefined : authenticationOption(best);
      }
      default:
        return undefined;
    }
  }

  grant(options: readonly ConfigureOption[]): void {
    this.#peer = readLcpOptions(options);
  }

  adjust(suggestions: readonly ConfigureOption[]): void {
    const { mru, accm, magic } = readLcpOptions(suggestions);
    if (mru !== undefined && mru >= SMALLEST_MRU && mru <= Math.max(this.#options.mru, DEFAULT_MRU)) {
      this.#own.mru = mru;
    }
    if (accm !== undefined) {
      // RFC 1662 section 7.1: a Nak adds characters that the peer's side of the line needs escaped.
      this.#own.accm = (accm | (this.#own.accm ?? 0)) >>> 0;
    }
    if (magic !== undefined) {
      this.#own.magic = this.#newMagic();
    }
    if (this.#own.authentication !== undefined) {
      this.#adjustAuthentication(suggestions);
    }
  }

  /** A peer that suggests what is not demanded (pppd: MS-CHAP before PAP) may still take the next best. */
  #adjustAuthentication(suggestions: readonly ConfigureOption[]): void {
    const suggestion = suggestions.find(({ type }) => type === LcpOptionType.authentication);
    if (suggestion === undefined) {
      return;
    }
    const suggested = readAuthentication(suggestion);
    const isDemanded = suggested !== undefined && this.#options.demanded.includes(suggested);
    const next = isDemanded ? suggested : this.#untried[0];
    this.#untried = this.#untried.filter((protocol) => protocol !== next);
    if (next === undefined) {
      this.#refusesAuthentication = true;
    } else {
      this.#own.authentication = next;
    }
  }

  withdraw(rejected: readonly ConfigureOption[]): void {
    const types = new Set(rejected.map(({ type }) => type));
    if (types.has(LcpOptionType.authentication)) {
      this.#refusesAuthentication = true;
    }
    if (types.has(LcpOptionType.mru)) {
      delete this.#own.mru;
    }
    if (types.has(LcpOptionType.accm)) {
      delete this.#own.accm;
    }
    if (types.has(LcpOptionType.magic)) {
      delete this.#own.magic;
    }
    if (types.has(LcpOptionType.pfc)) {
      delete this.#own.pfc;
    }
    if (types.has(LcpOptionType.acfc)) {
      delete this.#own.acfc;
    }
  }

  #newMagic(): number {
    return this.#options.random.integer(1, 0xffff_ffff);
  }
}
