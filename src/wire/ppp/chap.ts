/** CHAP packets and the MD5 algorithm: RFC 1994 sections 2 and 4. */
import { createHash } from 'node:crypto';
import { encodeControlPacket } from './control-packet.ts';
import { concatenate } from './octets.ts';

export const ChapCode = { challenge: 1, response: 2, success: 3, failure: 4 } as const;

/** RFC 1994 section 2.3: an MD5 hash. */
export const CHAP_MD5_SIZE = 16;

/** What a Challenge and a Response hold. */
export interface ChapValue {
  readonly value: Uint8Array;
  readonly name: Uint8Array;
}

/** RFC 1994 sets no bound; a longer name would be nobody's, and PAP has no room for it either. */
const LONGEST_NAME = 255;

/** @param contents `value` of 1 to 255 octets; a name is cut at 255 octets */
export function encodeChapValue(code: number, identifier: number, contents: ChapValue): Uint8Array {
  const data = concatenate(
    Uint8Array.of(contents.value.length),
    contents.value,
    contents.name.subarray(0, LONGEST_NAME),
  );
  return encodeControlPacket({ code, identifier, data });
}

/** @returns `undefined` where the value is empty (RFC 1994 section 4.1) or longer than the packet */
export function readChapValue(data: Uint8Array): ChapValue | undefined {
  const [size = 0] = data;
  if (size === 0 || size + 1 > data.length) {
    return undefined;
  }
  return { value: data.subarray(1, 1 + size), name: data.subarray(1 + size) };
}

/** Success or Failure: the text has no length octet. */
export function encodeChapReply(code: number, identifier: number, text: string): Uint8Array {
  return encodeControlPacket({ code, identifier, data: Buffer.from(text) });
}

/** RFC 1994 section 4.1: the hash over identifier, secret and challenge. */
export function chapResponse(identifier: number, secret: string, challenge: Uint8Array): Uint8Array {
  return createHash('md5').update(Uint8Array.of(identifier)).update(secret).update(challenge).digest();
}
