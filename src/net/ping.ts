/** ICMP echo as a question: is the peer there, and how far is it (RFC 792). */
import { Kadec21Error } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { type Ms, ms, seconds } from '../base/units.ts';
import { handOver } from '../base/virtual-time.ts';
import type { IcmpEcho } from '../wire/icmp.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4.ts';

const DEFAULT_TIMEOUT = seconds(5);
/** As `ping` sends: 64 octets with the ICMP header. */
const DATA_BYTES = 56;
/** Questions under way at a time. */
const MAX_WAITING = 64;

export class PingError extends Kadec21Error {
  readonly code: 'PING_NO_ANSWER' | 'PING_LINK_DOWN' | 'PING_TOO_MANY';
  readonly layer = 'ip';

  constructor(code: PingError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface Waiting {
  readonly address: Ipv4Address;
  readonly sentAt: number;
  readonly timer: ReturnType<typeof setTimeout>;
  readonly resolve: (roundTrip: Ms) => void;
  readonly reject: (error: PingError) => void;
}

export class Pinger {
  readonly #identifier: number;
  readonly #send: (echo: IcmpEcho, to: Ipv4Address, from: Ipv4Address) => void;
  readonly #waiting = new Map<number, Waiting>();
  #sequence = 0;

  constructor(random: Random, send: (echo: IcmpEcho, to: Ipv4Address, from: Ipv4Address) => void) {
    this.#identifier = random.integer(0, 0xffff);
    this.#send = send;
  }

  /** Sends an echo request. @returns the time until its reply */
  ping(from: Ipv4Address, to: Ipv4Address, timeout: Ms = DEFAULT_TIMEOUT): Promise<Ms> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= MAX_WAITING) {
        reject(new PingError('PING_TOO_MANY', `${MAX_WAITING} echo requests are under way.`));
        return;
      }
      this.#sequence = (this.#sequence + 1) & 0xffff;
      const sequence = this.#sequence;
      const timer = setTimeout(() => {
        this.#waiting.delete(sequence);
        handOver();
        reject(
          new PingError('PING_NO_ANSWER', `${formatIpv4(to)} did not answer an echo within ${timeout} ms.`),
        );
      }, timeout);
      this.#waiting.set(sequence, { address: to, sentAt: Date.now(), timer, resolve, reject });
      const data = Uint8Array.from({ length: DATA_BYTES }, (_, index) => index);
      this.#send({ type: 'echo-request', identifier: this.#identifier, sequence, data }, to, from);
    });
  }

  /** An echo reply came. */
  replied(echo: IcmpEcho, from: Ipv4Address): void {
    const waiting = this.#waiting.get(echo.sequence);
    if (waiting !== undefined && echo.identifier === this.#identifier && waiting.address === from) {
      this.#waiting.delete(echo.sequence);
      clearTimeout(waiting.timer);
      handOver();
      waiting.resolve(ms(Date.now() - waiting.sentAt));
    }
  }

  /** The link is down. */
  close(): void {
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      handOver();
      reject(new PingError('PING_LINK_DOWN', 'The link went down before the echo came back.'));
    }
    this.#waiting.clear();
  }
}
