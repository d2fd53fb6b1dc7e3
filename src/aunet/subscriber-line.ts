/**
 * The provider's end of one packet call: PPP with authentication, an address for as long as it lasts, and behind
 * it the router.
 */
import type { Random } from '../base/random.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import { seconds } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { PppError } from '../net/ppp/ppp-error.ts';
import { PppLink } from '../net/ppp/ppp-link.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4.ts';
import { gatewayAddress, nameServerAddresses } from './addresses.ts';
import type { Report } from './carrier-event.ts';
import type { EffectBoard } from './faults/effect-board.ts';
import type { CallUnderWay } from './faults/effects.ts';
import type { NetworkEnd } from './radio-bearer.ts';
import { RadioError } from './radio-error.ts';
import type { AddressPool, SubscriberAccount } from './subscribers.ts';

export interface SubscriberLineOptions {
  readonly accounts: readonly SubscriberAccount[];
  /** `any`: CHAP, and PAP for a device that has no CHAP. */
  readonly authentication: 'pap' | 'chap-md5' | 'any' | 'none';
  readonly pool: AddressPool;
  /** What the device is asked to escape (bit n for octet n), because its line uses it itself. */
  readonly controlCharacters: number;
  readonly random: Random;
  readonly report: Report;
  readonly trace?: Trace | undefined;
  /** Where PPP's own dialogue goes; the device's end tells the same. */
  readonly pppTrace?: Trace | undefined;
  readonly effects: EffectBoard;
  /** The call, as effects see it. */
  readonly call: CallUnderWay;
  /** Takes the link when IP passes; it ends with the link's `down`. */
  serve(link: PppLink, address: Ipv4Address): void;
}

/** After an orderly end the device hangs up by itself; a device that does not is disconnected. */
const HANG_UP_GRACE = seconds(2);

export interface SubscriberSession {
  /** The device's address as long as the call lasts. */
  readonly address: Ipv4Address | undefined;
  /** Ends it in an orderly way. */
  end(): Promise<void>;
}

/**
 * Answers a call with PPP.
 * @param bitRate of the slower direction, bit/s
 * @returns the session; without an address where none is free
 */
export function openSubscriberLine(
  call: NetworkEnd,
  bitRate: number,
  options: SubscriberLineOptions,
): SubscriberSession {
  const { pool, report, trace = noTrace } = options;
  const tell = (text: string) => trace({ layer: 'carrier', direction: '-', text });
  const address = pool.take();
  if (address === undefined) {
    tell('no address is free: the call is released');
    call.release(new RadioError('RADIO_CALL_RELEASED', 'The network has no address left.'));
    return { address: undefined, end: async () => {} };
  }
  const { line } = options.call;
  const fate = options.effects.ppp(line);
  if (fate?.fate === 'silent') {
    call.on('close', () => pool.giveBack(address));
    const release = async () => call.release(new RadioError('RADIO_CALL_RELEASED', 'The network closes.'));
    return { address, end: release };
  }
  const book = new AccountBook(options.accounts);
  const secretOf = (user: string) => {
    const secret = book.secretOf(user);
    if (fate?.fate === 'refuse' && fate.how === 'terminate') {
      // Not from within the link's own step: it follows the verdict, before IP could pass.
      queueMicrotask(() => link.close());
    }
    return fate?.fate === 'refuse' && fate.how === 'authentication' ? undefined : secret;
  };
  const link = new PppLink(call, {
    role: 'server',
    authentication: options.authentication,
    secretOf,
    name: 'au.NET',
    address: gatewayAddress,
    peerAddress: address,
    nameServers: fate?.fate === 'name-servers' ? fate.addresses : nameServerAddresses,
    random: options.random,
    bitRate,
    accm: options.controlCharacters,
    trace: options.pppTrace,
  });
  let isUp = false;
  link.on('up', () => {
    isUp = true;
    tell(`${link.user ?? 'somebody'} is on line as ${formatIpv4(address)}`);
    report({ type: 'session', state: 'up', at: now(), user: link.user, address, line });
    options.serve(link, address);
    options.effects.session({ line, call: options.call, terminate: () => link.close() });
  });
  link.on('down', (cause) => {
    pool.giveBack(address);
    const { user, isOrderly, isRefused, ...ending } = judge(cause, link.user, book);
    const reason = isRefused && fate?.fate === 'refuse' ? 'a fault that was asked for' : ending.reason;
    const state = isUp ? 'down' : isRefused ? 'refused' : 'down';
    tell(
      state === 'refused' ? `refused ${user ?? 'a device'}: ${reason}` : sessionEnd(user, address, reason),
    );
    report({ type: 'session', state, at: now(), user, address, line, ...(isOrderly ? {} : { reason }) });
    const release = () =>
      call.release(new RadioError('RADIO_CALL_RELEASED', `The network ended the call: ${reason}.`));
    if (isOrderly) {
      const timer = setTimeout(release, HANG_UP_GRACE);
      call.on('close', () => clearTimeout(timer));
    } else {
      release();
    }
  });
  link.open().catch(() => {
    // `down` has told it.
  });
  return { address, end: () => link.close() };
}

/** The accounts, and who asked last. */
class AccountBook {
  readonly #secrets: ReadonlyMap<string, string>;
  lastUser: string | undefined;

  constructor(accounts: readonly SubscriberAccount[]) {
    this.#secrets = new Map(accounts.map(({ user, password }) => [user, password]));
  }

  secretOf(user: string): string | undefined {
    this.lastUser = user;
    return this.#secrets.get(user);
  }

  knows(user: string): boolean {
    return this.#secrets.has(user);
  }
}

interface Ending {
  readonly user: string | undefined;
  readonly reason: string;
  /** One end said that it ends, and the other agreed. */
  readonly isOrderly: boolean;
  readonly isRefused: boolean;
}

function judge(cause: Error, signedIn: string | undefined, book: AccountBook): Ending {
  const user = signedIn ?? book.lastUser;
  const code = cause instanceof PppError ? cause.code : undefined;
  switch (code) {
    case 'PPP_AUTH_REJECTED':
      return { user, reason: refusal(user, cause, book), isOrderly: false, isRefused: true };
    case 'PPP_PEER_TERMINATED':
      return { user, reason: 'the device ended it', isOrderly: true, isRefused: false };
    case 'PPP_CLOSED':
      return { user, reason: 'the network closes', isOrderly: true, isRefused: false };
    default:
      return { user, reason: cause.message, isOrderly: false, isRefused: false };
  }
}

function refusal(user: string | undefined, cause: Error, book: AccountBook): string {
  if (user === undefined) {
    return cause.message;
  }
  return book.knows(user) ? 'wrong password' : 'unknown account';
}

const sessionEnd = (user: string | undefined, address: Ipv4Address, reason: string): string =>
  `${user ?? 'somebody'} (${formatIpv4(address)}) is off line: ${reason}`;
