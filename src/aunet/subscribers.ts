/** The provider's books: accounts that may sign in on a subscriber line, and the addresses it hands out. */
import { type Ipv4Address, ipv4Address } from '../wire/ipv4.ts';
import { firstSubscriberAddress } from './addresses.ts';

export interface SubscriberAccount {
  readonly user: string;
  readonly password: string;
}

/** The accounts that the provider printed for everybody: au.NET over CDMA, and its successor over LTE. */
export const defaultAccounts: readonly SubscriberAccount[] = [
  { user: 'au@au-win.ne.jp', password: 'au' },
  { user: 'user@au.au-net.ne.jp', password: 'au' },
];

/** 100.64.0.2 to 100.64.255.254: more lines at once than any fleet opens. */
const POOL_SIZE = 0xfffd;

/** Dynamic addresses: every session gets another one, a free address comes round again. */
export class AddressPool {
  readonly #first: Ipv4Address;
  readonly #size: number;
  readonly #used = new Set<Ipv4Address>();
  #next = 0;

  constructor(first: Ipv4Address = firstSubscriberAddress, size = POOL_SIZE) {
    this.#first = first;
    this.#size = size;
  }

  /** @returns `undefined` when all are in use */
  take(): Ipv4Address | undefined {
    if (this.#used.size >= this.#size) {
      return undefined;
    }
    for (;;) {
      const address = ipv4Address(this.#first + this.#next);
      this.#next = (this.#next + 1) % this.#size;
      if (!this.#used.has(address)) {
        this.#used.add(address);
        return address;
      }
    }
  }

  giveBack(address: Ipv4Address): void {
    this.#used.delete(address);
  }
}
