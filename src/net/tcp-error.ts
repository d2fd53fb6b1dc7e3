/** Why a TCP connection did not come to be, or did not last. */
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';
import { formatIpv4 } from '../wire/ipv4.ts';

export interface Endpoint {
  readonly address: Ipv4Address;
  readonly port: number;
}

/** `192.0.2.1:587` */
export const formatEndpoint = (endpoint: Endpoint): string =>
  `${formatIpv4(endpoint.address)}:${endpoint.port}`;

/** `ECONNRESET` is spelled as in Node, because libraries that are given a socket look for it. */
export type TcpErrorCode =
  | 'TCP_TIMED_OUT'
  | 'TCP_REFUSED'
  | 'TCP_UNREACHABLE'
  | 'TCP_LINK_DOWN'
  | 'TCP_NO_ROOM'
  | 'TCP_ABORTED'
  | 'ECONNRESET';

const advice: Record<TcpErrorCode, string> = {
  TCP_TIMED_OUT: 'Check the address and the port, and whether the network lets this port through.',
  TCP_REFUSED: 'Check that the server listens on this port.',
  TCP_UNREACHABLE: 'Check the address; a router says that it cannot be reached.',
  TCP_LINK_DOWN: 'Dial again.',
  TCP_NO_ROOM: 'Close connections that are not needed any more.',
  TCP_ABORTED: 'This side gave the connection up.',
  ECONNRESET: 'The peer, or something on the way, cut the connection; try again.',
};

export class TcpError extends Kadec21Error {
  readonly code: TcpErrorCode;
  readonly layer = 'tcp';

  constructor(code: TcpErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { advice: advice[code], ...details });
    this.code = code;
  }
}
