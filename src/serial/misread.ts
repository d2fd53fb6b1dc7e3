/** What a receiver at another bit rate makes of octets: noise with the high bit set, never a clean character. */
export const misread = (bytes: Uint8Array): Uint8Array => bytes.map((octet) => 0x80 | (octet ^ 0x55));
