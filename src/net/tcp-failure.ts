/** What a failure of the machine is for the user: an error that says what was tried. */
import type { TcpConnection } from './tcp/connection.ts';
import type { TcpFailure } from './tcp/state.ts';
import { type Endpoint, formatEndpoint, TcpError, type TcpErrorCode } from './tcp-error.ts';

/** A connection that did not come to be. @param afterMs how long it was tried */
export function connectError(
  failure: TcpFailure | 'link-down',
  to: Endpoint,
  afterMs: number,
  retransmissions: number,
): TcpError {
  const name = formatEndpoint(to);
  const evidence = [`SYN sent ${retransmissions + 1} times to ${name} within ${afterMs} ms`];
  const reasons: Record<TcpFailure | 'link-down', readonly [TcpErrorCode, string]> = {
    refused: ['TCP_REFUSED', `${name} refused the connection (RST).`],
    reset: ['TCP_REFUSED', `${name} reset the connection before it was open.`],
    'timed-out': ['TCP_TIMED_OUT', `${name} did not answer within ${afterMs} ms.`],
    unreachable: ['TCP_UNREACHABLE', `${name} cannot be reached, says a router.`],
    aborted: ['TCP_ABORTED', `The connection to ${name} was given up.`],
    'link-down': ['TCP_LINK_DOWN', `The link went down before ${name} answered.`],
  };
  const [code, message] = reasons[failure];
  return new TcpError(code, message, { evidence });
}

/** A connection that did not last. */
export function brokenError(failure: TcpFailure, remote: Endpoint, connection: TcpConnection): TcpError {
  const name = formatEndpoint(remote);
  const evidence = [
    `${connection.acknowledgedBytes} octets acknowledged, ${connection.unacknowledgedBytes} not`,
  ];
  const reasons: Record<TcpFailure, readonly [TcpErrorCode, string]> = {
    refused: ['ECONNRESET', `${name} reset the connection.`],
    reset: ['ECONNRESET', `${name} reset the connection.`],
    'timed-out': ['TCP_TIMED_OUT', `${name} does not answer any more.`],
    unreachable: ['TCP_UNREACHABLE', `${name} cannot be reached any more.`],
    aborted: ['TCP_ABORTED', `The connection to ${name} was given up.`],
  };
  const [code, message] = reasons[failure];
  return new TcpError(code, message, { evidence });
}
