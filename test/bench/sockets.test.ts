/** The bench in front of a module whose sockets are used instead of PPP. */
import { describe, expect, it } from 'vitest';
import { learnedProfileText, learnProfile } from '../../src/bench/learn-profile.ts';
import { type ModuleFacts, matchProfiles } from '../../src/bench/profile-match.ts';
import { stationNames } from '../../src/bench/station.ts';
import { moduleProfiles } from '../../src/modem/profiles.ts';
import { describeFaultMatrix, type FaultRow } from './fault-matrix.ts';
import { bench, profileOf, station, verdicts } from './given.ts';
import { mailFaults } from './mail-faults.ts';

const module = '3gpp-sockets';
/** What has no object: no data state to escape from, no echoes at once. */
const without = { throughput: 'skipped', escape: 'skipped' };

describe('a module with sockets that works', () => {
  it('is good at every station that has an object, and auto is sure', async () => {
    const report = await bench({ module });
    const good = Object.fromEntries(stationNames.map((name) => [name, 'ok']));
    expect(verdicts(report)).toEqual({ ...good, ...without });
    expect(report.outcome).toBe('ok');
    expect(report.profile).toMatchObject({ name: module, score: 100 });
    expect(station(report, 'dial').summary).toMatch(/^packet context of the module active after/);
    expect(station(report, 'ppp').measurement).toMatchObject({
      address: expect.stringMatching(/^100\./),
      nameServers: ['192.0.2.53', '192.0.2.54'],
    });
    expect(station(report, 'escape').code).toBe('BENCH_NOT_APPLICABLE');
    expect(station(report, 'ehlo').measurement).toMatchObject({ startTls: true });
    const shown = JSON.stringify(report);
    expect(shown).toContain('AT+QIOPEN=1,0,');
    expect(shown).not.toContain('snow-depth');
  });

  it('goes no further than to the registration without settings', async () => {
    const report = await bench({ module, settings: undefined });
    expect(station(report, 'registration').verdict).toBe('ok');
    expect(station(report, 'dial')).toMatchObject({ verdict: 'skipped', code: 'BENCH_NO_SETTINGS' });
  });

  it('port 25 under OP25B is dropped', async () => {
    const report = await bench({ module, world: { op25b: 'on' } });
    expect(station(report, 'port-25').measurement).toMatchObject({ state: 'dropped', op25b: 'likely' });
  });
});

// Such a module says of a context, a connection or a name only that it failed: what PPP tells apart is one here.
const rows: readonly FaultRow[] = [
  ['no-service', 'signal', 'BENCH_NO_SIGNAL', 'registration'],
  ['weak-signal:dbm=-109', 'signal', 'BENCH_WEAK_SIGNAL'],
  ['weak-signal:dbm=-103', 'signal', 'BENCH_WEAK_SIGNAL'],
  ['slow-registration:delay=30s', 'none', ''],
  ['slow-registration:delay=10min', 'reset', 'MODEM_NO_SERVICE'],
  ['busy', 'dial', 'MODEM_BUSY'],
  ['no-answer:wait=10s', 'dial', 'MODEM_NO_CARRIER'],
  ['no-carrier:when=dial', 'dial', 'MODEM_NO_CARRIER'],
  ['no-carrier:when=call@after=1300B', 'latency', 'MODEM_CALL_LOST'],
  ['no-carrier:when=data', 'test-mail', 'MODEM_CALL_LOST'],
  ['lost-call@at=30s', 'test-mail', 'MODEM_CALL_LOST'],
  ['line-noise:bit-errors=0.02', 'identity', 'MODEM_COMMAND_TIMEOUT'],
  ['module-reset@at=18s', 'port-25', 'BENCH_MODULE_RESET'],
  ['module-silent', 'autobaud', 'BENCH_NO_MODEM'],
  ['module-silent@at=20s', 'submission-ports', 'BENCH_MODULE_SILENT'],
  ['slow-results:delay=2s', 'autobaud', 'BENCH_SLOW_ANSWERS'],
  ['ppp-refused', 'dial', 'MODEM_CONTEXT_REJECTED'],
  ['ppp-refused:how=terminate', 'dial', 'MODEM_NO_CARRIER'],
  ['ppp-silent', 'dial', 'MODEM_NO_CARRIER'],
  ['ppp-terminate@after=1300B', 'port-25', 'MODEM_CALL_LOST'],
  ['wrong-name-servers', 'names', 'DNS_NO_SUCH_NAME', 'latency'],
  ['packet-loss:rate=0.3', 'latency', 'BENCH_PACKETS_LOST'],
  ['latency:delay=3s', 'names', 'DNS_NO_ANSWER', 'latency'],
  ['syn-drop:port=587', 'submission-ports', 'TCP_TIMED_OUT'],
  ['syn-reset:port=587', 'submission-ports', 'TCP_REFUSED'],
  ['syn-unreachable:port=587', 'submission-ports', 'TCP_REFUSED'],
  ['dns-failure', 'names', 'DNS_NO_SUCH_NAME'],
  ['dns-failure:how=nxdomain', 'names', 'DNS_NO_SUCH_NAME'],
  ['dns-failure:how=silent', 'names', 'DNS_NO_ANSWER'],
  ['dns-failure:how=wrong-address', 'submission-ports', 'TCP_REFUSED'],
  ...mailFaults,
];

describeFaultMatrix(module, rows);

describe('which profile fits', () => {
  const facts = (name: string, answer: string | null): ModuleFacts => ({
    identity: profileOf(name).identity,
    answers: {
      'AT+CPIN?': '+CPIN: READY',
      'AT+CEREG=?': '+CEREG: (0-5)',
      'AT+CGDCONT=?': '+CGDCONT: (1-16)',
      'AT+COPS?': '+COPS: 0',
      'AT+CRM=?': null,
      'AT+CAD?': null,
      'AT+CSS?': null,
      'AT+CTA=?': null,
      'AT+QIOPEN=?': answer,
    },
    bitRate: 115_200,
  });

  it('sockets only where the module has them', () => {
    const [fits] = matchProfiles(facts(module, '+QIOPEN: (1-16),(0-11)'), moduleProfiles);
    expect(fits).toMatchObject({ score: 100, profile: { name: module } });
    const [other] = matchProfiles(facts(module, null), moduleProfiles);
    expect(other?.profile.name).not.toBe(module);
    expect(matchProfiles(facts('3gpp', '+QIOPEN: (1-16)'), moduleProfiles)[0]?.profile.name).toBe('3gpp');
  });

  it('a profile that is learned says that there are sockets, and leaves them alone', () => {
    const text = learnedProfileText(learnProfile(facts('3gpp', '+QIOPEN: (1-16)')));
    expect(text).toContain('# sockets: quectel');
    expect(learnProfile(facts('3gpp', '+QIOPEN: (1-16)')).profile.sockets).toBeUndefined();
    expect(learnedProfileText(learnProfile(facts('3gpp', null)))).not.toContain('QIOPEN');
  });
});
