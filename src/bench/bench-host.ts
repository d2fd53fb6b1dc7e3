/** What stations need above the call: an IP host on PPP, or the sockets inside the module. */
import type { Duplex } from 'node:stream';
import type { Ms } from '../base/units.ts';
import type { SocketCall } from '../modem/sockets/socket-call.ts';
import type { IpAssignment } from '../net/ppp/ppp-link.ts';
import type { Endpoint } from '../net/tcp-error.ts';
import { type Ipv4Address, ipv4Address, parseIpv4 } from '../wire/ipv4.ts';

export interface BenchHost {
  resolve(name: string): Promise<Ipv4Address>;
  ping(address: Ipv4Address, options?: { readonly timeoutMs?: Ms }): Promise<Ms>;
  connect(
    to: Endpoint,
    options: { readonly timeoutMs?: Ms },
  ): Promise<Duplex & { resetAndDestroy(): unknown }>;
  close(): void;
}

/** The module's own stack as a host. */
export const socketHost = (call: SocketCall): BenchHost => ({
  resolve: (name) => call.resolve(name),
  ping: (address, options) => call.ping(address, options),
  connect: (to, options) => call.connect(to, options),
  close: () => call.closeConnections(),
});

/** What the network gave the module; such modules do not tell who is at the other end. */
export const assignmentOf = ({ address, nameServers }: SocketCall): IpAssignment => ({
  address: parseIpv4(address) ?? UNKNOWN,
  peerAddress: UNKNOWN,
  nameServers: nameServers.flatMap((server) => parseIpv4(server) ?? []),
});

const UNKNOWN = ipv4Address(0);
