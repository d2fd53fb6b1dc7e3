/**
 * What a failure of the module's own stack is for the user. These modules say of a connection or a name only that it
 * failed. A refusal comes with the first answer; silence is known when nothing has come for several tries: half a
 * minute and more for a SYN, some seconds for a name.
 */
import { type Ms, seconds } from '../../base/units.ts';
import { DnsError } from '../../net/dns-resolver.ts';
import { type Endpoint, formatEndpoint, TcpError } from '../../net/tcp-error.ts';
import { describeResult } from '../../wire/at/sockets/result.ts';

const SILENT_SYN = seconds(20);
const SILENT_NAME_SERVER = seconds(8);

export const DNS_FAILED = 565;
export const TIMEOUT = 569;
export const CONTEXT_GONE = 570;

/** What there was of a dialogue, and how long it took. */
interface Circumstances {
  readonly after: Ms;
  readonly evidence: readonly string[];
}

/** A connection that did not come to be. @param result of +QIOPEN; absent: it said nothing in time */
export function connectError(
  to: Endpoint,
  result: number | undefined,
  { after, evidence }: Circumstances,
): TcpError {
  const name = formatEndpoint(to);
  if (result === undefined || result === TIMEOUT || after >= SILENT_SYN) {
    return new TcpError('TCP_TIMED_OUT', `${name} did not answer within ${after} ms.`, { evidence });
  }
  const told = describeResult(result);
  return new TcpError('TCP_REFUSED', `${name} refused the connection: ${told} after ${after} ms.`, {
    evidence,
  });
}

/** A name that was not found. */
export function nameError(name: string, result: number, { after, evidence }: Circumstances): DnsError {
  const told = `${describeResult(result)} after ${after} ms`;
  if (result === CONTEXT_GONE) {
    return new DnsError('DNS_LINK_DOWN', `The packet context went down while ${name} was looked up.`, {
      evidence,
    });
  }
  return result === DNS_FAILED && after < SILENT_NAME_SERVER
    ? new DnsError('DNS_NO_SUCH_NAME', `The name servers do not know ${name}: ${told}.`, { evidence })
    : new DnsError('DNS_NO_ANSWER', `No name server told the address of ${name}: ${told}.`, { evidence });
}

/** The context is over, and with it a connection. */
export function contextDown(to: Endpoint, evidence: readonly string[]): TcpError {
  const what = `The packet context went down under the connection to ${formatEndpoint(to)}.`;
  return new TcpError('TCP_LINK_DOWN', what, { evidence });
}
