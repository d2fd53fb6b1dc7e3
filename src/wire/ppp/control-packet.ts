/** Code, identifier, length, data: the form of every LCP, IPCP, PAP and CHAP packet. RFC 1661 section 5. */

export interface ControlPacket {
  readonly code: number;
  readonly identifier: number;
  /** What follows the length field, without padding. */
  readonly data: Uint8Array;
}

/** RFC 1661 section 5; 12 is RFC 1570 section 2.1. */
export const ControlCode = {
  configureRequest: 1,
  configureAck: 2,
  configureNak: 3,
  configureReject: 4,
  terminateRequest: 5,
  terminateAck: 6,
  codeReject: 7,
  protocolReject: 8,
  echoRequest: 9,
  echoReply: 10,
  discardRequest: 11,
  identification: 12,
} as const;

export const CONTROL_HEADER_SIZE = 4;

/**
 * Reads one packet; octets beyond its length are padding and are left out.
 * @returns `undefined` where the length field says less than a header or more than came: such a packet is
 *   silently discarded (RFC 1661 section 5)
 */
export function decodeControlPacket(octets: Uint8Array): ControlPacket | undefined {
  const [code, identifier, high, low] = octets;
  if (code === undefined || identifier === undefined || high === undefined || low === undefined) {
    return undefined;
  }
  const length = (high << 8) | low;
  if (length < CONTROL_HEADER_SIZE || length > octets.length) {
    return undefined;
  }
  return { code, identifier, data: octets.subarray(CONTROL_HEADER_SIZE, length) };
}

/** @returns the packet with its length field; `data` is at most 65531 octets */
export function encodeControlPacket({ code, identifier, data }: ControlPacket): Uint8Array {
  const octets = new Uint8Array(CONTROL_HEADER_SIZE + data.length);
  octets.set([code, identifier, octets.length >>> 8, octets.length & 0xff]);
  octets.set(data, CONTROL_HEADER_SIZE);
  return octets;
}
