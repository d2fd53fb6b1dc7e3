/** For every kind of fault: a whole device meets exactly this failure, and no other. */
import { describe, expect, it } from 'vitest';
import { hours, minutes, ms } from '../../../src/base/units.ts';
import { faultKinds } from '../../../src/config/fault.ts';
import { parseFault } from '../../../src/config/fault-text.ts';
import { inFaultyWorld, only, pause } from './faulty-world.ts';

interface Meeting {
  readonly outcome: string;
  /** What the device says stopped it, or a reply code of the server. */
  readonly by?: string;
  readonly reply?: number;
  readonly dials?: number;
  readonly mails?: number;
}

const delivered = { outcome: 'delivered', mails: 1 };
const refused = (by: string, reply: number) => ({ outcome: 'refused', by, reply, mails: 0 });
const blocked = (by: string, dials?: number) => ({
  outcome: 'blocked',
  by,
  mails: 0,
  ...(dials === undefined ? {} : { dials }),
});
const unconfirmed = (by: string, mails = 0) => ({ outcome: 'unconfirmed', by, mails });

const meetings: readonly (readonly [fault: string, meeting: Meeting])[] = [
  ['no-service', blocked('RADIO_NO_SERVICE', 0)],
  ['weak-signal:dbm=-105', delivered],
  ['slow-registration:delay=20s', delivered],
  ['slow-registration:delay=10min', blocked('RADIO_NO_SERVICE', 0)],
  ['busy', blocked('MODEM_BUSY', 3)],
  ['busy@times=1', { ...delivered, dials: 2 }],
  ['no-answer', blocked('MODEM_NO_CARRIER', 3)],
  ['no-carrier:when=dial', blocked('MODEM_NO_CARRIER', 3)],
  ['no-carrier', blocked('MODEM_CALL_LOST', 3)],
  ['no-carrier@after=3s', blocked('MODEM_CALL_LOST', 3)],
  ['no-carrier@after=2000 bytes,times=1', blocked('MODEM_CALL_LOST', 1)],
  ['no-carrier:when=data', unconfirmed('MODEM_CALL_LOST')],
  ['lost-call@at=6s', { ...delivered, dials: 2 }],
  ['line-noise:bit-errors=1e-4', delivered],
  ['line-noise:lost=0.3,direction=to-module', blocked('MODEM_COMMAND_TIMEOUT', 0)],
  ['line-noise:doubled=0.3,direction=to-device', blocked('MODEM_COMMAND_TIMEOUT', 0)],
  ['module-reset@after=3000 bytes', { ...delivered, dials: 2 }],
  ['module-silent', blocked('MODEM_NO_ANSWER', 0)],
  ['module-silent@after=500 bytes', blocked('MODEM_COMMAND_TIMEOUT', 0)],
  ['slow-results:delay=300ms', delivered],
  ['slow-results:delay=5min', blocked('MODEM_NO_ANSWER', 0)],
  ['ppp-refused@times=1', blocked('PPP_AUTH_REJECTED', 1)],
  ['ppp-refused:how=terminate@times=1', { ...delivered, dials: 2 }],
  ['ppp-silent', blocked('PPP_NO_ANSWER', 1)],
  ['ppp-terminate', blocked('PPP_PEER_TERMINATED', 3)],
  ['ppp-terminate@after=2000 bytes,times=1', { ...delivered, dials: 2 }],
  ['wrong-name-servers', blocked('DNS_SERVER_FAILED')],
  ['packet-loss:rate=0.1', delivered],
  ['packet-loss:rate=1', blocked('DNS_NO_ANSWER')],
  ['packet-loss:rate=1,direction=down', blocked('DNS_NO_ANSWER')],
  ['latency:delay=2s,jitter=1s', delivered],
  ['syn-drop', blocked('TCP_TIMED_OUT')],
  ['syn-drop:port=25', delivered],
  ['syn-drop:host=mail.north-one.example', blocked('TCP_TIMED_OUT')],
  ['syn-reset', blocked('TCP_REFUSED')],
  ['syn-unreachable', blocked('TCP_UNREACHABLE')],
  ['syn-unreachable:code=prohibited', blocked('TCP_UNREACHABLE')],
  ['dns-failure', blocked('DNS_SERVER_FAILED')],
  ['dns-failure:how=nxdomain', blocked('DNS_NO_SUCH_NAME')],
  ['dns-failure:how=refused', blocked('DNS_SERVER_FAILED')],
  ['dns-failure:how=silent', blocked('DNS_NO_ANSWER')],
  ['dns-failure:how=silent@times=1', delivered],
  ['dns-failure:how=wrong-address', blocked('TCP_UNREACHABLE')],
  ['dns-failure:name=other.example', delivered],
  ['smtp-greeting-delay:delay=20s', delivered],
  ['smtp-greeting-delay:delay=20min', blocked('SMTP_TIMED_OUT')],
  ['smtp-reply:verb=greeting,code=421', refused('SMTP_TRY_LATER', 421)],
  ['smtp-reply:verb=EHLO,code=421', refused('SMTP_TRY_LATER', 421)],
  ['smtp-reply:verb=STARTTLS,code=454', refused('SMTP_TRY_LATER', 454)],
  ['smtp-reply:verb=AUTH,code=454', refused('SMTP_TRY_LATER', 454)],
  ['smtp-reply:verb=MAIL,code=421', refused('SMTP_TRY_LATER', 421)],
  ['smtp-reply:verb=MAIL,code=550,enhanced=5.7.1', refused('SMTP_REFUSED', 550)],
  ['smtp-reply:verb=RCPT,code=450', refused('SMTP_TRY_LATER', 450)],
  ['smtp-reply:verb=RCPT,code=550,to="office@north-one.example"', refused('SMTP_REFUSED', 550)],
  ['smtp-reply:verb=RCPT,code=550,to="somebody@else.example"', delivered],
  ['smtp-reply:verb=DATA,code=554', refused('SMTP_REFUSED', 554)],
  ['smtp-reply:verb=end-of-data,code=452', refused('SMTP_TRY_LATER', 452)],
  ['smtp-reply:verb=end-of-data,code=554,host=kona.co.jp', delivered],
  ['smtp-reply:verb=QUIT,code=421', delivered],
  ['smtp-greylisting', refused('SMTP_TRY_LATER', 451)],
  ['smtp-auth-refused', refused('SMTP_AUTH_FAILED', 535)],
  ['smtp-auth-refused:how=temporary', refused('SMTP_TRY_LATER', 454)],
  ['smtp-auth-refused:how=too-weak', refused('SMTP_AUTH_FAILED', 534)],
  ['smtp-starttls-refused', { outcome: 'refused', by: 'SMTP_NO_TLS', mails: 0 }],
  ['smtp-starttls-refused:how=refused', refused('SMTP_TRY_LATER', 454)],
  ['smtp-bad-certificate', blocked('TLS_CERTIFICATE')],
  ['smtp-bad-certificate:flaw=wrong-name', blocked('TLS_CERTIFICATE')],
  ['smtp-bad-certificate:flaw=self-signed', blocked('TLS_CERTIFICATE')],
  ['smtp-bad-certificate:flaw=unknown-ca', blocked('TLS_CERTIFICATE')],
  ['smtp-stall', unconfirmed('SMTP_TIMED_OUT')],
  ['smtp-stall:verb=greeting', blocked('SMTP_TIMED_OUT')],
  ['smtp-stall:verb=EHLO', blocked('SMTP_TIMED_OUT')],
  ['smtp-stall:verb=STARTTLS', blocked('SMTP_TIMED_OUT')],
  ['smtp-stall:verb=AUTH', blocked('SMTP_TIMED_OUT')],
  ['smtp-stall:verb=RCPT', blocked('SMTP_TIMED_OUT')],
  ['smtp-stall:verb=DATA', blocked('SMTP_TIMED_OUT')],
  ['smtp-stall:verb=end-of-data', unconfirmed('SMTP_TIMED_OUT')],
  ['smtp-lost', unconfirmed('SMTP_CONNECTION_LOST', 1)],
  ['smtp-lost:accepted=false', unconfirmed('SMTP_CONNECTION_LOST', 0)],
  ['smtp-lost:how=close', unconfirmed('SMTP_CONNECTION_LOST', 1)],
  ['smtp-lost:verb=greeting', blocked('SMTP_CONNECTION_LOST')],
  ['smtp-lost:verb=MAIL,how=close', blocked('SMTP_CONNECTION_LOST')],
  ['smtp-lost:verb=content@after=500 bytes', unconfirmed('SMTP_CONNECTION_LOST')],
  // What strikes those who fetch mail (fetching.test.ts) leaves alone who sends it.
  ['pop3-reply:verb=greeting', delivered],
  ['pop3-stls-refused', delivered],
  ['pop3-bad-certificate', delivered],
  ['pop3-stall', delivered],
  ['pop3-lost', delivered],
];

describe('a device meets', () => {
  it.each(meetings)('%s', (fault, meeting) =>
    inFaultyWorld([fault], async ({ send, auNet, director, events, lines }) => {
      const { sessions, blockedBy } = await send();
      const last = sessions.at(-1);
      const met = {
        outcome: last?.outcome,
        by: blockedBy?.code,
        reply: last?.reply?.reply?.code,
        dials: last?.dials,
        mails: auNet.mailboxes.all.length,
      };
      expect(met).toMatchObject(meeting);
      const { hits } = only(director);
      const told = events.filter(({ type }) => type === 'fault');
      expect(told).toHaveLength(hits);
      expect(lines.filter((line) => line.startsWith('fault '))).toHaveLength(hits);
    }),
  );

  it('every kind there is', () => {
    const met = new Set(meetings.map(([fault]) => parseFault(fault).fault));
    expect([...met].sort()).toEqual([...faultKinds].sort());
  });
});

describe('a fault', () => {
  it('of a kind that a mail gets over costs a second session, not the mail', () =>
    inFaultyWorld(['smtp-greylisting:wait=4min'], async ({ send, auNet }) => {
      const run = await send(hours(2));
      expect(run.isDelivered).toBe(true);
      expect(run.sessions).toHaveLength(2);
      expect(auNet.mailboxes.all).toHaveLength(1);
    }));

  it('ends when its time is over, and service comes back', () =>
    inFaultyWorld(['no-service@for=90s'], async ({ send, director }) => {
      expect((await send()).isDelivered).toBe(true);
      expect(only(director)).toMatchObject({ status: 'over', hits: 1 });
    }));

  it.each(['no-service', 'syn-drop', 'module-silent', 'smtp-reply:verb=MAIL'])(
    'such as %s ends when it is removed',
    (fault) =>
      inFaultyWorld([fault], async ({ send, director, auNet }) => {
        expect((await send()).isDelivered).toBe(false);
        expect(director.remove(only(director).id)).toBe(true);
        expect(director.faults).toEqual([]);
        expect(director.remove(1)).toBe(false);
        expect((await send()).isDelivered).toBe(true);
        expect(auNet.mailboxes.all).toHaveLength(1);
      }),
  );

  it('can be added while a call is up', () =>
    inFaultyWorld([], async ({ send, director }) => {
      setTimeout(() => director.add(parseFault('lost-call')), 6000);
      const run = await send();
      expect(run.sessions[0]?.dials).toBe(2);
      expect(only(director)).toMatchObject({ status: 'over', hits: 1, description: 'all calls are lost' });
    }));

  it('strikes the line that it is for, and no other', () =>
    inFaultyWorld(['no-service@line=two'], async ({ connect, send, events, auNet, director }) => {
      expect((await send()).isDelivered).toBe(true);
      const other = auNet.attach({ bands: ['lte-b18'], line: 'two' });
      expect(other.coverage).toEqual({ service: 'none' });
      director.remove(1);
      expect(other.coverage.service).toBe('home');
      const calls = events.filter(({ type }) => type === 'call');
      expect(calls).toMatchObject([{ line: 'one' }]);
      await connect('two').close();
    }));

  it('strikes each second time with every=2', () =>
    inFaultyWorld(['syn-drop@every=2'], async ({ send, director }) => {
      const outcomes = [];
      for (let round = 0; round < 4; round += 1) {
        outcomes.push((await send()).isDelivered);
        await pause(minutes(5));
      }
      expect(outcomes).toEqual([true, false, true, false]);
      expect(only(director)).toMatchObject({ status: 'active', hits: 2 });
    }));

  it('strikes at the same times with the same seed', async () => {
    const hits = (seed: number) =>
      inFaultyWorld(
        ['smtp-reply:verb=MAIL@probability=0.5'],
        async ({ send }) => {
          const outcomes = [];
          for (let round = 0; round < 8; round += 1) {
            outcomes.push((await send(ms(0))).isDelivered);
          }
          return outcomes.join();
        },
        { seed },
      );
    const first = await hits(3);
    expect(await hits(3)).toBe(first);
    expect(new Set(first.split(','))).toEqual(new Set(['true', 'false']));
  });

  it('has a limit to how many there may be', () =>
    inFaultyWorld([], async ({ director }) => {
      for (let count = 0; count < 256; count += 1) {
        director.add(parseFault('busy@at=1h'));
      }
      expect(() => director.add(parseFault('busy'))).toThrow('256');
    }));

  it('tells of each change', () =>
    inFaultyWorld(['busy@at=1s,for=5s'], async ({ director }) => {
      const told: string[] = [];
      director.on('change', ({ status, hits }) => told.push(`${status} ${hits}`));
      expect(only(director).status).toBe('waiting');
      await pause(10_000);
      expect(told).toEqual(['active 0', 'over 0']);
    }));

  it('shows its weak signal to whoever asks', () =>
    inFaultyWorld(['weak-signal:dbm=-107@at=1s,for=2s'], async ({ auNet }) => {
      const air = auNet.attach({ bands: ['lte-b18'] });
      const heard: unknown[] = [];
      air.on('coverage', (coverage) => heard.push('signalDbm' in coverage ? coverage.signalDbm : undefined));
      await pause(5000);
      expect(heard).toEqual([-107, -87]);
    }));
});
