/** The options of IPCP: RFC 1332 section 3, name servers from RFC 1877 section 1. */
import { type Ipv4Address, ipv4Address } from '../ipv4.ts';
import type { ConfigureOption } from './configure-option.ts';
import { readUint32, uint32Octets } from './octets.ts';

export const IpcpOptionType = {
  /** Deprecated by RFC 1332 section 3.1. */
  addresses: 1,
  compression: 2,
  address: 3,
  primaryNameServer: 129,
  secondaryNameServer: 131,
} as const;

/** The options that hold one address. */
export type IpcpAddressType =
  | typeof IpcpOptionType.address
  | typeof IpcpOptionType.primaryNameServer
  | typeof IpcpOptionType.secondaryNameServer;

export const NO_ADDRESS: Ipv4Address = ipv4Address(0);

const ADDRESS_SIZE = 4;

export const addressOption = (type: IpcpAddressType, address: Ipv4Address): ConfigureOption => ({
  type,
  data: uint32Octets(address),
});

/** @returns the address that the option holds, `undefined` where it is of another type or length */
export function readAddress({ type, data }: ConfigureOption): Ipv4Address | undefined {
  return isIpcpAddressType(type) && data.length === ADDRESS_SIZE ? ipv4Address(readUint32(data)) : undefined;
}

export function isIpcpAddressType(type: number): type is IpcpAddressType {
  return (
    type === IpcpOptionType.address ||
    type === IpcpOptionType.primaryNameServer ||
    type === IpcpOptionType.secondaryNameServer
  );
}
