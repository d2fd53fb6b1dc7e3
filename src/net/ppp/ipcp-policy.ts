/** What each end wants and allows in IPCP: RFC 1332 section 3, RFC 1877 section 1. */
import type { Ipv4Address } from '../../wire/ipv4.ts';
import type { ConfigureOption } from '../../wire/ppp/configure-option.ts';
import {
  addressOption,
  type IpcpAddressType,
  IpcpOptionType,
  isIpcpAddressType,
  NO_ADDRESS,
  readAddress,
} from '../../wire/ppp/ipcp-option.ts';
import type { Judgement, NegotiationPolicy } from './negotiator.ts';

/** What the two ends of the link are called, as this end sees it. */
export interface IpAssignment {
  readonly address: Ipv4Address;
  /** 0.0.0.0 where the peer does not say. */
  readonly peerAddress: Ipv4Address;
  /** Best first; at most two (RFC 1877 knows no more). */
  readonly nameServers: readonly Ipv4Address[];
}

export interface IpcpPolicy extends NegotiationPolicy {
  /** What was agreed; complete once IPCP is Opened. */
  readonly assignment: IpAssignment;
}

const NAME_SERVER_TYPES = [IpcpOptionType.primaryNameServer, IpcpOptionType.secondaryNameServer] as const;

/** Asks for everything, and takes what the peer gives. */
export class IpcpClientPolicy implements IpcpPolicy {
  readonly #wishes = new Map<IpcpAddressType, Ipv4Address>();
  #peerAddress = NO_ADDRESS;

  get assignment(): IpAssignment {
    const given = (type: IpcpAddressType) => this.#wishes.get(type) ?? NO_ADDRESS;
    const nameServers = new Set(NAME_SERVER_TYPES.map(given));
    // A peer that has one name server may give it twice, or acknowledge 0.0.0.0 for the second.
    nameServers.delete(NO_ADDRESS);
    return {
      address: given(IpcpOptionType.address),
      peerAddress: this.#peerAddress,
      nameServers: [...nameServers],
    };
  }

  begin(): void {
    this.#peerAddress = NO_ADDRESS;
    for (const type of [IpcpOptionType.address, ...NAME_SERVER_TYPES]) {
      this.#wishes.set(type, NO_ADDRESS);
    }
  }

  wishes(): readonly ConfigureOption[] {
    return Array.from(this.#wishes, ([type, address]) => addressOption(type, address));
  }

  judge(options: readonly ConfigureOption[]): Judgement {
    // An address of its own is all that the peer may have; 0.0.0.0 asks for one, and there is none to give.
    const rejected = options.filter((option) => {
      const address = option.type === IpcpOptionType.address ? readAddress(option) : undefined;
      return address === undefined || address === NO_ADDRESS;
    });
    return { rejected, suggested: [] };
  }

  grant(options: readonly ConfigureOption[]): void {
    this.#peerAddress = addressIn(options) ?? NO_ADDRESS;
  }

  adjust(suggestions: readonly ConfigureOption[]): void {
    for (const [type] of this.#wishes) {
      const suggestion = suggestions.find((option) => option.type === type);
      const address = suggestion && readAddress(suggestion);
      if (address !== undefined) {
        this.#wishes.set(type, address);
      }
    }
  }

  withdraw(rejected: readonly ConfigureOption[]): void {
    for (const [type] of this.#wishes) {
      if (rejected.some((option) => option.type === type)) {
        this.#wishes.delete(type);
      }
    }
  }
}

/** Gives out one address and the name servers. */
export class IpcpServerPolicy implements IpcpPolicy {
  readonly #offer: IpAssignment;
  #asksForAddress = true;

  constructor(offer: IpAssignment) {
    this.#offer = offer;
  }

  get assignment(): IpAssignment {
    return this.#offer;
  }

  begin(): void {
    this.#asksForAddress = true;
  }

  wishes(): readonly ConfigureOption[] {
    return this.#asksForAddress ? [addressOption(IpcpOptionType.address, this.#offer.address)] : [];
  }

  judge(options: readonly ConfigureOption[]): Judgement {
    const rejected = options.filter(
      (option) => readAddress(option) === undefined || this.#offered(option.type) === undefined,
    );
    const suggested = options.flatMap((asked) => {
      const suggestion = this.#better(asked);
      return suggestion === undefined ? [] : [{ asked, suggestion }];
    });
    // RFC 1332 section 3.3: a peer that does not ask for its address is told to.
    const hasAddress = options.some(({ type }) => type === IpcpOptionType.address);
    const address = addressOption(IpcpOptionType.address, this.#offer.peerAddress);
    return { rejected, suggested: hasAddress ? suggested : [...suggested, { suggestion: address }] };
  }

  #offered(type: number): Ipv4Address | undefined {
    switch (type) {
      case IpcpOptionType.address:
        return this.#offer.peerAddress;
      case IpcpOptionType.primaryNameServer:
        return this.#offer.nameServers[0];
      case IpcpOptionType.secondaryNameServer:
        return this.#offer.nameServers[1];
      default:
        return undefined;
    }
  }

  /** @returns what to ask for instead, `undefined` where the peer asks for just that */
  #better(option: ConfigureOption): ConfigureOption | undefined {
    const offered = this.#offered(option.type);
    const asked = readAddress(option);
    if (offered === undefined || asked === undefined || asked === offered) {
      return undefined;
    }
    return isIpcpAddressType(option.type) ? addressOption(option.type, offered) : undefined;
  }

  grant(): void {}

  /** The server's address is not the client's to choose. */
  adjust(): void {}

  withdraw(): void {
    this.#asksForAddress = false;
  }
}

function addressIn(options: readonly ConfigureOption[]): Ipv4Address | undefined {
  const option = options.find(({ type }) => type === IpcpOptionType.address);
  return option && readAddress(option);
}
