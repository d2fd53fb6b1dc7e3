/** Every fault of the network side against every station: the one that should notice does, the others do not fail. */
import { describe, expect, it } from 'vitest';
import type { StationName } from '../../src/bench/station.ts';
import { faultKinds } from '../../src/config/fault.ts';
import { parseFault } from '../../src/config/fault-text.ts';
import { bench } from './given.ts';

/** The fault, what notices it, its code; then what else is allowed not to be good. */
type Row = readonly [
  fault: string,
  station: StationName | 'none',
  code: string,
  ...also: readonly StationName[],
];

const rows: readonly Row[] = [
  ['no-service', 'signal', 'BENCH_NO_SIGNAL', 'registration'],
  ['weak-signal:dbm=-109', 'signal', 'BENCH_WEAK_SIGNAL'],
  ['weak-signal:dbm=-103', 'signal', 'BENCH_WEAK_SIGNAL'],
  ['slow-registration:delay=30s', 'none', ''],
  ['slow-registration:delay=10min', 'reset', 'MODEM_NO_SERVICE'],
  ['busy', 'dial', 'MODEM_BUSY'],
  ['no-answer:wait=10s', 'dial', 'MODEM_CALL_NOT_ANSWERED'],
  ['no-carrier:when=dial', 'dial', 'MODEM_NO_CARRIER'],
  ['no-carrier:when=call@after=4000B', 'port-25', 'MODEM_CALL_LOST'],
  ['no-carrier:when=data', 'test-mail', 'MODEM_CALL_LOST'],
  ['lost-call@at=30s', 'test-mail', 'MODEM_CALL_LOST'],
  ['line-noise:bit-errors=0.02', 'identity', 'MODEM_COMMAND_TIMEOUT'],
  ['module-reset@at=25s', 'port-25', 'BENCH_MODULE_RESET'],
  ['module-silent', 'autobaud', 'BENCH_NO_MODEM'],
  ['module-silent@at=20s', 'submission-ports', 'BENCH_MODULE_SILENT'],
  ['slow-results:delay=2s', 'autobaud', 'BENCH_SLOW_ANSWERS'],
  ['ppp-refused', 'ppp', 'PPP_AUTH_REJECTED'],
  ['ppp-refused:how=terminate', 'ppp', 'PPP_PEER_TERMINATED'],
  ['ppp-silent', 'ppp', 'PPP_NO_ANSWER'],
  ['ppp-terminate@after=3000B', 'port-25', 'PPP_PEER_TERMINATED'],
  ['wrong-name-servers', 'names', 'DNS_SERVER_FAILED'],
  ['packet-loss:rate=0.3', 'latency', 'BENCH_PACKETS_LOST'],
  ['latency:delay=3s', 'names', 'DNS_NO_ANSWER', 'latency'],
  ['syn-drop:port=587', 'submission-ports', 'TCP_TIMED_OUT'],
  ['syn-reset:port=587', 'submission-ports', 'TCP_REFUSED'],
  ['syn-unreachable:port=587', 'submission-ports', 'TCP_UNREACHABLE'],
  ['dns-failure', 'names', 'DNS_SERVER_FAILED'],
  ['dns-failure:how=nxdomain', 'names', 'DNS_NO_SUCH_NAME'],
  ['dns-failure:how=silent', 'names', 'DNS_NO_ANSWER'],
  ['dns-failure:how=wrong-address', 'submission-ports', 'TCP_UNREACHABLE'],
  ['smtp-greeting-delay:delay=20s', 'none', ''],
  ['smtp-greeting-delay:delay=10min', 'ehlo', 'SMTP_NO_ANSWER'],
  ['smtp-reply:verb=greeting,code=554', 'ehlo', 'SMTP_REFUSED'],
  ['smtp-reply:verb=EHLO,code=421', 'ehlo', 'SMTP_REFUSED'],
  ['smtp-reply:verb=MAIL', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-reply:verb=RCPT,code=550', 'test-mail', 'SMTP_REFUSED'],
  ['smtp-reply:verb=DATA', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-reply:verb=end-of-data,code=452', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-greylisting', 'test-mail', 'SMTP_DEFERRED'],
  ['smtp-auth-refused', 'auth', 'SMTP_AUTH_FAILED'],
  ['smtp-auth-refused:how=temporary', 'auth', 'SMTP_AUTH_FAILED'],
  ['smtp-starttls-refused', 'ehlo', 'SMTP_TLS_NOT_OFFERED'],
  ['smtp-starttls-refused:how=refused', 'certificate', 'SMTP_TLS_NOT_OFFERED'],
  ['smtp-bad-certificate', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-bad-certificate:flaw=wrong-name', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-bad-certificate:flaw=self-signed', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-bad-certificate:flaw=unknown-ca', 'certificate', 'SMTP_CERTIFICATE'],
  ['smtp-stall:verb=EHLO', 'ehlo', 'SMTP_NO_ANSWER'],
  ['smtp-stall:verb=content', 'test-mail', 'SMTP_TIMED_OUT'],
  ['smtp-lost', 'test-mail', 'SMTP_CONNECTION_LOST'],
];

describe('every fault against every station', () => {
  it.each(rows)('%s: %s', async (fault, noticedBy, code, ...also) => {
    const report = await bench({ faults: [fault] });
    const bad = report.stations.filter(({ verdict }) => verdict === 'failed' || verdict === 'warning');
    const [first, ...others] = bad;
    if (noticedBy === 'none') {
      expect(bad).toEqual([]);
      return;
    }
    expect([first?.name, first?.code, first?.summary]).toEqual([
      noticedBy,
      code,
      expect.stringMatching(/\S{2}/),
    ]);
    expect(first?.advice).toMatch(/\S+ \S+/);
    expect(first?.evidence).not.toEqual([]);
    expect(others.filter(({ name }) => !also.includes(name)).map(({ name, code }) => [name, code])).toEqual(
      [],
    );
  });

  it('leaves no kind of fault out', () => {
    const tried = new Set(rows.map(([fault]) => parseFault(fault).fault));
    // No station fetches mail.
    const others = faultKinds.filter((kind) => !tried.has(kind) && !kind.startsWith('pop3-'));
    expect(others).toEqual([]);
  });
});
