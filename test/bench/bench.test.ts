import { describe, expect, it } from 'vitest';
import { benchReportSchema } from '../../src/bench/bench-report.ts';
import { stationNames } from '../../src/bench/station.ts';
import { bench, profileOf, settingsFor, station, verdicts } from './given.ts';

/** A day on which the module works. */
const days = { existing: '2008-11-01T09:00', 'dual-band': '2012-08-01T09:00', '3gpp': '2023-06-01T09:00' };
const all = (verdict: string) => Object.fromEntries(stationNames.map((name) => [name, verdict]));

describe('a module that works', () => {
  it.each(Object.entries(days))('%s: every station is good, and auto is sure', async (module, date) => {
    const report = await bench({ module, date });
    expect(verdicts(report)).toEqual(all('ok'));
    expect(report.outcome).toBe('ok');
    expect(report.profile).toMatchObject({ name: module, score: 100 });
    expect(station(report, 'dial').measurement).toMatchObject({ connectMs: expect.any(Number) });
    expect(station(report, 'ehlo').measurement).toMatchObject({
      startTls: true,
      auth: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    });
    expect(report.signals.length).toBeGreaterThan(5);
    expect(benchReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('shows no secret anywhere', async () => {
    const settings = settingsFor('3gpp');
    const report = JSON.stringify(await bench());
    expect(settings.mail.auth).toMatchObject({ user: expect.any(String) });
    for (const secret of ['snow-depth', Buffer.from('snow-depth').toString('base64')]) {
      expect(report).not.toContain(secret);
    }
    expect(report).toContain('AUTH PLAIN ********');
  });

  it('makes the same report of the same seed', async () => {
    // TLS keys are fresh by nature, and with them the number of escaped octets: what is measured may differ by some ms.
    const [one, other] = [await bench(), await bench()];
    expect(verdicts(one)).toEqual(verdicts(other));
  });
});

describe('what the calendar means', () => {
  it('fails a module whose bands are all gone, and names the way out', async () => {
    const report = await bench({ module: 'existing', date: '2012-08-01T09:00' });
    expect(station(report, 'bands')).toMatchObject({
      verdict: 'failed',
      code: 'RADIO_NO_SERVICE',
      summary: expect.stringContaining('ended on 2012-07-22'),
      advice: expect.stringContaining('dual-band'),
    });
    expect(station(report, 'registration')).toMatchObject({ verdict: 'failed', code: 'RADIO_NO_SERVICE' });
    expect(station(report, 'dial').verdict).toBe('skipped');
  });

  it('warns of an end that is near', async () => {
    const report = await bench({ module: 'existing', date: '2011-08-01T09:00', only: ['bands'] });
    expect(station(report, 'bands')).toMatchObject({ verdict: 'warning', code: 'BENCH_BAND_ENDS' });
  });
});

describe('a module that differs', () => {
  const saying = (answers: Record<string, string[]>) =>
    bench({
      only: ['time'],
      openLine: async ({ connect }) => connect({ ...profileOf('3gpp'), answers }),
    });

  it("tells Japan's time without its zone: said so, and no clock is called wrong", async () => {
    const report = await saying({ 'AT+CCLK?': ['+CCLK: "23/06/01,09:00:05"', 'OK'] });
    expect(station(report, 'time')).toMatchObject({
      verdict: 'warning',
      code: 'BENCH_CLOCK_WITHOUT_ZONE',
      advice: expect.stringContaining('AT+CTZU=1'),
    });
  });

  it('is some other time off: the clock is called wrong', async () => {
    const report = await saying({ 'AT+CCLK?': ['+CCLK: "23/06/01,09:10:05+36"', 'OK'] });
    expect(station(report, 'time')).toMatchObject({ verdict: 'warning', code: 'BENCH_WRONG_CLOCK' });
  });

  it('becomes slow: the signal is looked at less often, and within its time', async () => {
    const report = await bench({ only: ['signal'], faults: ['slow-results:delay=4s@at=3s'] });
    expect(station(report, 'signal')).toMatchObject({ verdict: 'ok', measurement: { samples: 2 } });
  });
});

describe('what may be done', () => {
  it('costs no money and sends no mail unless it is allowed', async () => {
    const report = await bench({ allowed: new Set() });
    expect(station(report, 'dial')).toMatchObject({ verdict: 'skipped', code: 'BENCH_NOT_ALLOWED' });
    expect(report.stations.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    const mailFree = await bench({ allowed: new Set(['money']) });
    expect(station(mailFree, 'auth').verdict).toBe('ok');
    expect(station(mailFree, 'test-mail')).toMatchObject({ verdict: 'skipped', code: 'BENCH_NOT_ALLOWED' });
  });

  it('runs only what is asked for, and what that needs', async () => {
    const report = await bench({ only: ['signal'] });
    expect(report.stations.map(({ name }) => name)).toEqual([
      'port',
      'autobaud',
      'identity',
      'sim',
      'signal',
    ]);
  });

  it('leaves out what is to be left out, and what needs it', async () => {
    const report = await bench({ skip: ['auth'] });
    expect(station(report, 'auth')).toMatchObject({ verdict: 'skipped', code: 'BENCH_LEFT_OUT' });
    expect(station(report, 'test-mail')).toMatchObject({ verdict: 'skipped', code: 'BENCH_DEPENDS' });
    expect(station(report, 'hang-up').verdict).toBe('ok');
  });

  it('goes as far as the call without settings', async () => {
    const report = await bench({ settings: undefined });
    expect(station(report, 'dial').verdict).toBe('ok');
    expect(station(report, 'ppp')).toMatchObject({ verdict: 'skipped', code: 'BENCH_NO_SETTINGS' });
    expect(station(report, 'hang-up').verdict).toBe('ok');
    expect(report.outcome).toBe('ok');
  });
});

describe('profiles', () => {
  it('fails a module that is not the one of the profile', async () => {
    const report = await bench({ profile: profileOf('existing') });
    expect(station(report, 'identity')).toMatchObject({ verdict: 'failed', code: 'MODEM_UNKNOWN_MODULE' });
    expect(station(report, 'sim').verdict).toBe('skipped');
  });

  it('goes on with a module that nobody knows, and says so', async () => {
    const report = await bench({ candidates: [profileOf('existing')] });
    expect(station(report, 'identity')).toMatchObject({ verdict: 'warning', code: 'BENCH_UNKNOWN_MODULE' });
    expect(station(report, 'test-mail').verdict).toBe('ok');
    expect(report.outcome).toBe('warning');
  });
});
