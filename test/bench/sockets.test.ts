/** The bench in front of a module whose sockets are used instead of PPP. */
import { describe, expect, it } from 'vitest';
import { learnedProfileText, learnProfile } from '../../src/bench/learn-profile.ts';
import { type ModuleFacts, matchProfiles } from '../../src/bench/profile-match.ts';
import { stationNames } from '../../src/bench/station.ts';
import { moduleProfiles } from '../../src/modem/profiles.ts';
import { bench, profileOf, station, verdicts } from './given.ts';

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
});

describe('what goes wrong', () => {
  it.each([
    ['busy', 'dial', 'MODEM_BUSY'],
    ['no-carrier:when=dial', 'dial', 'MODEM_NO_CARRIER'],
    ['ppp-refused', 'dial', 'MODEM_CONTEXT_REJECTED'],
    ['ppp-silent', 'dial', 'MODEM_NO_CARRIER'],
    ['no-carrier:when=data', 'test-mail', 'MODEM_CALL_LOST'],
    ['module-silent@at=20s', 'submission-ports', 'BENCH_MODULE_SILENT'],
    ['wrong-name-servers', 'names', 'DNS_NO_SUCH_NAME'],
    ['dns-failure:how=nxdomain', 'names', 'DNS_NO_SUCH_NAME'],
    ['dns-failure:how=silent', 'names', 'DNS_NO_ANSWER'],
    ['packet-loss:rate=0.3', 'latency', 'BENCH_PACKETS_LOST'],
    ['syn-drop:port=587', 'submission-ports', 'TCP_TIMED_OUT'],
    ['syn-reset:port=587', 'submission-ports', 'TCP_REFUSED'],
    ['smtp-auth-refused', 'auth', 'SMTP_AUTH_FAILED'],
    ['smtp-bad-certificate', 'certificate', 'SMTP_CERTIFICATE'],
    ['smtp-lost', 'test-mail', 'SMTP_CONNECTION_LOST'],
  ] as const)('%s is noticed at %s', async (fault, noticedBy, code) => {
    const report = await bench({ module, faults: [fault] });
    const [first] = report.stations.filter(({ verdict }) => verdict === 'failed' || verdict === 'warning');
    expect([first?.name, first?.code]).toEqual([noticedBy, code]);
    expect(first?.advice).toMatch(/\S+ \S+/);
  });

  it('port 25 under OP25B is dropped', async () => {
    const report = await bench({ module, world: { op25b: 'on' } });
    expect(station(report, 'port-25').measurement).toMatchObject({ state: 'dropped', op25b: 'likely' });
  });
});

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
