/** The emulated Internet's fixed addresses: documentation and shared ranges, so that none is anybody's. */
import { type Ipv4Address, parseIpv4 } from '../wire/ipv4.ts';

/** For addresses that the source text holds. */
export function requireIpv4(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === undefined) {
    throw new RangeError(`Not an IPv4 address: ${text}`);
  }
  return address;
}

/** The provider's end of every subscriber line (RFC 5737, TEST-NET-1). */
export const gatewayAddress = requireIpv4('192.0.2.1');

/** What IPCP gives as name servers (RFC 1877). */
export const nameServerAddresses = [requireIpv4('192.0.2.53'), requireIpv4('192.0.2.54')] as const;

/** The first subscriber's address (RFC 6598, shared address space of access networks). */
export const firstSubscriberAddress = requireIpv4('100.64.0.2');

/** The first host that a user maps (RFC 2544, benchmarking range). */
export const firstMappedAddress = requireIpv4('198.18.0.1');
