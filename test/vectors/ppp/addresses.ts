/** Who is who in the vectors. */
import { type Ipv4Address, ipv4Address } from '../../../src/wire/ipv4.ts';

export const SUT_ADDRESS: Ipv4Address = ipv4Address(0x0a4d0001);
export const PEER_ADDRESS: Ipv4Address = ipv4Address(0x0a4d0002);
export const NAME_SERVERS: readonly Ipv4Address[] = [ipv4Address(0x0a4d0035), ipv4Address(0x0a4d0036)];
export const PEER_MAGIC = 0xdeadbeef;
