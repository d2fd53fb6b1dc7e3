/** The PPP protocol numbers this software knows by name (IANA, RFC 1661 section 2). */
export const PppProtocol = {
  ipv4: 0x0021,
  ipcp: 0x8021,
  ipv6cp: 0x8057,
  ccp: 0x80fd,
  lcp: 0xc021,
  pap: 0xc023,
  chap: 0xc223,
} as const;

/** The number as people write it: four hexadecimal digits. */
export const formatProtocol = (protocol: number): string => protocol.toString(16).padStart(4, '0');
