/** PAP packets: RFC 1334 section 2. */
import { type ControlPacket, encodeControlPacket } from './control-packet.ts';
import { concatenate } from './octets.ts';

export const PapCode = { authenticateRequest: 1, authenticateAck: 2, authenticateNak: 3 } as const;

/** A length octet counts no further. */
export const LONGEST_PAP_FIELD = 255;

export interface PapCredentials {
  readonly user: Uint8Array;
  readonly password: Uint8Array;
}

/** @param credentials each field is cut at 255 octets */
export function encodePapRequest(identifier: number, credentials: PapCredentials): Uint8Array {
  const data = concatenate(counted(credentials.user), counted(credentials.password));
  return encodeControlPacket({ code: PapCode.authenticateRequest, identifier, data });
}

/** @returns `undefined` where the lengths inside do not fit */
export function readPapCredentials(data: Uint8Array): PapCredentials | undefined {
  const user = readCounted(data, 0);
  const password = user && readCounted(data, user.length + 1);
  return password && { user, password };
}

/** The Ack or Nak: the text has a length octet of its own, even where it is empty (RFC 1334 section 2.2.2). */
export function encodePapReply(code: number, identifier: number, text: string): Uint8Array {
  return encodeControlPacket({ code, identifier, data: counted(Buffer.from(text)) });
}

/** The text of an Ack or Nak; some peers send none, or none with a length octet. */
export function readPapMessage({ data }: ControlPacket): Uint8Array {
  return readCounted(data, 0) ?? data;
}

function counted(field: Uint8Array): Uint8Array {
  const value = field.subarray(0, LONGEST_PAP_FIELD);
  return concatenate(Uint8Array.of(value.length), value);
}

function readCounted(data: Uint8Array, from: number): Uint8Array | undefined {
  const length = data[from];
  return length === undefined || from + 1 + length > data.length
    ? undefined
    : data.subarray(from + 1, from + 1 + length);
}
