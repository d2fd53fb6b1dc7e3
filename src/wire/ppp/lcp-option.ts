/** The options of LCP: RFC 1661 section 6, RFC 1662 section 7. */
import type { ConfigureOption } from './configure-option.ts';
import { readUint16, readUint32, uint16Octets, uint32Octets } from './octets.ts';
import { PppProtocol } from './protocol-number.ts';

export const LcpOptionType = {
  mru: 1,
  accm: 2,
  authentication: 3,
  magic: 5,
  pfc: 7,
  acfc: 8,
} as const;

export type AuthenticationProtocol = 'pap' | 'chap-md5';

/** RFC 1994 section 3: the algorithm number of MD5. */
const CHAP_MD5 = 5;

/** What one end asks for; an option that is absent has its default (RFC 1661 section 6). */
export interface LcpOptions {
  mru?: number;
  accm?: number;
  authentication?: AuthenticationProtocol;
  magic?: number;
  pfc?: boolean;
  acfc?: boolean;
}

export const authenticationOption = (protocol: AuthenticationProtocol): ConfigureOption => ({
  type: LcpOptionType.authentication,
  data:
    protocol === 'pap'
      ? uint16Octets(PppProtocol.pap)
      : Uint8Array.of(PppProtocol.chap >>> 8, PppProtocol.chap & 0xff, CHAP_MD5),
});

/** @returns the protocol that the option names, `undefined` for every other one (EAP, MS-CHAP, ...) */
export function readAuthentication({ data }: ConfigureOption): AuthenticationProtocol | undefined {
  const protocol = data.length >= 2 ? readUint16(data) : 0;
  if (protocol === PppProtocol.pap && data.length === 2) {
    return 'pap';
  }
  return protocol === PppProtocol.chap && data.length === 3 && data[2] === CHAP_MD5 ? 'chap-md5' : undefined;
}

export const mruOption = (mru: number): ConfigureOption => ({
  type: LcpOptionType.mru,
  data: uint16Octets(mru),
});
export const accmOption = (accm: number): ConfigureOption => ({
  type: LcpOptionType.accm,
  data: uint32Octets(accm),
});
export const magicOption = (magic: number): ConfigureOption => ({
  type: LcpOptionType.magic,
  data: uint32Octets(magic),
});

/** In ascending order of type. */
export function lcpOptionList(options: LcpOptions): ConfigureOption[] {
  return [
    ...(options.mru === undefined ? [] : [mruOption(options.mru)]),
    ...(options.accm === undefined ? [] : [accmOption(options.accm)]),
    ...(options.authentication === undefined ? [] : [authenticationOption(options.authentication)]),
    ...(options.magic === undefined ? [] : [magicOption(options.magic)]),
    ...(options.pfc ? [{ type: LcpOptionType.pfc, data: new Uint8Array(0) }] : []),
    ...(options.acfc ? [{ type: LcpOptionType.acfc, data: new Uint8Array(0) }] : []),
  ];
}

/** How many octets of data each option has; authentication has two or more. */
const dataSizes: Readonly<Record<number, number>> = {
  [LcpOptionType.mru]: 2,
  [LcpOptionType.accm]: 4,
  [LcpOptionType.magic]: 4,
  [LcpOptionType.pfc]: 0,
  [LcpOptionType.acfc]: 0,
};

/** Whether the option is one of the above and as long as it must be. */
export function isWellFormedLcpOption({ type, data }: ConfigureOption): boolean {
  return type === LcpOptionType.authentication ? data.length >= 2 : dataSizes[type] === data.length;
}

/** The values of well-formed options; of two of one type the last counts, and unknown ones are left out. */
export function readLcpOptions(list: readonly ConfigureOption[]): LcpOptions {
  const options: LcpOptions = {};
  for (const option of list.filter(isWellFormedLcpOption)) {
    if (option.type === LcpOptionType.mru) {
      options.mru = readUint16(option.data);
    } else if (option.type === LcpOptionType.accm) {
      options.accm = readUint32(option.data);
    } else if (option.type === LcpOptionType.magic) {
      options.magic = readUint32(option.data);
    } else if (option.type === LcpOptionType.pfc) {
      options.pfc = true;
    } else if (option.type === LcpOptionType.acfc) {
      options.acfc = true;
    } else {
      const authentication = readAuthentication(option);
      if (authentication !== undefined) {
        options.authentication = authentication;
      }
    }
  }
  return options;
}
