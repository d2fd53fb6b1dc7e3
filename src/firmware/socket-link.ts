/** The way to the Internet through the own TCP/IP stack of a module: what PPP and an IP host are for the others. */
import type { SocketCall } from '../modem/sockets/socket-call.ts';
import { type Ipv4Address, ipv4Address, parseIpv4 } from '../wire/ipv4.ts';
import type { SessionAddresses, SessionHost, SessionLink } from './comms-parts.ts';

/** A module that does not say what address it has works all the same. */
const UNKNOWN = ipv4Address(0);

export class SocketLink implements SessionLink {
  readonly kind = 'sockets';
  readonly #call: SocketCall;

  constructor(call: SocketCall) {
    this.#call = call;
  }

  get lostBy(): Error | undefined {
    return this.#call.lostBy;
  }

  /** The context is up with the call: there is nothing to wait for. */
  async open(): Promise<SessionAddresses> {
    const { address, nameServers } = this.#call;
    return {
      address: parseIpv4(address) ?? UNKNOWN,
      nameServers: nameServers.flatMap((server): Ipv4Address[] => {
        const known = parseIpv4(server);
        return known === undefined ? [] : [known];
      }),
    };
  }

  host(): SessionHost {
    const call = this.#call;
    return {
      resolve: (name) => call.resolve(name),
      connect: (to, options) => call.connect(to, options),
      ping: (address) => call.ping(address),
      close: () => call.closeConnections(),
    };
  }

  /** The context goes with the call. */
  async close(): Promise<void> {}
}
