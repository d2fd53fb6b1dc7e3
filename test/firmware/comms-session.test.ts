import { describe, expect, it } from 'vitest';
import { Kadec21Error, type Layer } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { TraceEvent } from '../../src/base/trace.ts';
import { minutes, seconds } from '../../src/base/units.ts';
import type { Settings } from '../../src/config/settings-schema.ts';
import type { CommsReport } from '../../src/firmware/comms-report.ts';
import { holdCommsSession } from '../../src/firmware/comms-session.ts';
import { dataMails } from '../../src/firmware/data-mail.ts';
import { releaseByVersion } from '../../src/firmware/releases.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { composeMail } from '../../src/smtp/compose.ts';
import { never, run, type Script, scripted } from './scripted-parts.ts';
import { asShipped, at, settingsWith, winter } from './unit.ts';

class Failure extends Kadec21Error {
  readonly code: string;
  readonly layer: Layer;

  constructor(code: string, layer: Layer, message = code) {
    super(message);
    this.code = code;
    this.layer = layer;
  }
}

const fails = (code: string, layer: Layer) => async (): Promise<never> => {
  throw new Failure(code, layer);
};

const mails = (settings: Settings, count = 1) =>
  Array.from({ length: count }, (_, day) => {
    const time = at(`2004-02-0${day + 1}`);
    const [mail] = dataMails(settings, winter.quantities, [{ time, values: [0.45] }]);
    return composeMail(mail?.draft ?? expect.fail());
  });

interface Session extends Script {
  readonly settings?: Settings;
  readonly release?: string;
  readonly count?: number;
}

async function hold({ settings = settingsWith(), release = '2.1', count = 1, ...script }: Session = {}) {
  const { parts, log } = scripted(script);
  const trace: TraceEvent[] = [];
  let isLineOpen = false;
  const report = await run(() =>
    holdCommsSession({
      settings,
      release: releaseByVersion(release),
      mails: mails(settings, count),
      parts,
      random: seededRandom(1),
      trace: (event) => trace.push(event),
      openLine: async () => {
        const { dte } = createMemoryLine();
        isLineOpen = true;
        dte.on('close', () => {
          isLineOpen = false;
        });
        return dte;
      },
    }),
  );
  return { report, log, trace, isLineOpen };
}

const steps = (report: CommsReport) => report.steps.map(({ name }) => name);

describe('a session of the comms task', () => {
  it('goes from the line to the mail server and all the way back', async () => {
    const { report, log, isLineOpen } = await hold();
    expect(report).toMatchObject({ outcome: 'delivered', dials: 1, release: '2.1' });
    expect(report.blockedBy).toBeUndefined();
    expect(steps(report)).toEqual([
      'check-settings',
      'open-line',
      'start-module',
      'wait-for-service',
      'dial',
      'open-ppp',
      'resolve',
      'connect',
      'submit',
      'close-ip',
      'close-ppp',
      'hang-up',
      'release-module',
      'close-line',
    ]);
    expect(log).toContain('dial *99**24#');
    expect(isLineOpen).toBe(false);
  });

  it('tells each step with its duration, and traces it', async () => {
    const { report, trace } = await hold();
    const submit = report.steps.find(({ name }) => name === 'submit');
    expect(submit).toMatchObject({ result: 'done', durationMs: seconds(2), detail: '250 OK' });
    expect(report.endedAt - report.startedAt).toBe(seconds(11));
    expect(trace.map(({ text }) => text)).toContain('submit done after 2.0 s: 250 OK');
    expect(report.steps.map(({ detail }) => detail)).toContain('NORTH ONE CM-800D CM800D-2.01');
  });

  it('dials the number of the settings, if they have one', async () => {
    const { log } = await hold({ settings: settingsWith(['# number: "*99**24#"', 'number: "#777"']) });
    expect(log).toContain('dial #777');
  });

  it.each<[string, Script, string[]]>([
    [
      'the module does not answer',
      { start: fails('MODEM_TIMEOUT', 'modem') },
      ['release-module', 'close-line'],
    ],
    [
      'there is no service',
      { service: fails('MODEM_NO_SERVICE', 'radio') },
      ['release-module', 'close-line'],
    ],
    [
      'the number is wrong',
      { dial: fails('MODEM_TIMEOUT', 'modem') },
      ['hang-up', 'release-module', 'close-line'],
    ],
    ['PPP fails', { ppp: fails('PPP_AUTH_REJECTED', 'ppp') }, ['hang-up', 'release-module', 'close-line']],
    [
      'the name is unknown',
      { resolve: fails('DNS_NO_SUCH_NAME', 'dns') },
      ['close-ip', 'close-ppp', 'hang-up', 'release-module', 'close-line'],
    ],
    [
      'the server refuses',
      { connect: fails('TCP_REFUSED', 'tcp') },
      ['close-ip', 'close-ppp', 'hang-up', 'release-module', 'close-line'],
    ],
    [
      'a bug bites',
      {
        submit: async () => {
          throw new TypeError('bug');
        },
      },
      ['close-ip', 'close-ppp', 'hang-up', 'release-module', 'close-line'],
    ],
  ])('ends what it began when %s', async (_, script, endings) => {
    const { report, isLineOpen } = await hold(script);
    expect(report.outcome).toBe('blocked');
    expect(steps(report).slice(-endings.length)).toEqual(endings);
    expect(report.steps.at(-endings.length - 1)?.result).toBe('failed');
    expect(isLineOpen).toBe(false);
  });

  it('closes the line even if hanging up fails, or never ends', async () => {
    for (const hangUp of [fails('MODEM_TIMEOUT', 'modem'), never]) {
      const { report, isLineOpen } = await hold({ hangUp });
      expect(report.outcome).toBe('delivered');
      expect(report.steps.find(({ name }) => name === 'hang-up')?.result).toBe('failed');
      expect(isLineOpen).toBe(false);
    }
  });

  it.each<[string, Script]>([
    ['start-module', { start: never }],
    ['dial', { dial: never }],
    ['open-ppp', { ppp: never }],
    ['submit', { submit: never }],
  ])('takes no longer than it may, even if %s never ends', async (step, script) => {
    const { report, isLineOpen } = await hold(script);
    expect(report.blockedBy).toMatchObject({ code: 'FIRMWARE_SESSION_TOO_LONG', layer: 'firmware' });
    expect(report.blockedBy?.sentence).toContain(step);
    expect(report.outcome).toBe('blocked');
    expect(report.endedAt - report.startedAt).toBeLessThan(minutes(22));
    expect(isLineOpen).toBe(false);
  });

  it('counts what passes over the line', async () => {
    const { report } = await hold();
    expect(report).toMatchObject({ bytesSent: 0, bytesReceived: 0 });
  });
});

describe('several mails in one session', () => {
  it('share the call', async () => {
    const { report, log } = await hold({ count: 3 });
    expect(report).toMatchObject({ outcome: 'delivered', dials: 1 });
    expect(log.filter((entry) => entry.startsWith('submit'))).toHaveLength(3);
  });

  it('are tried each where the server refuses one of them', async () => {
    const reply = { code: 550, text: 'no such user' };
    const { report } = await hold({
      count: 3,
      submit: async (attempt) =>
        attempt === 2 ? { failure: 'refused', phase: 'rcpt', reply, text: '550 no' } : {},
    });
    expect(report.outcome).toBe('partly-delivered');
    expect(report.mails.map((mail) => mail.reply.failure)).toEqual([undefined, 'refused', undefined]);
    expect(report.blockedBy?.code).toBe('SMTP_REFUSED');
  });

  it('are not tried one after the other with a password that is wrong', async () => {
    const reply = { code: 535, text: 'bad password' };
    const { report, log } = await hold({
      count: 3,
      submit: async () => ({ failure: 'refused', phase: 'auth', reply, text: '535 bad password' }),
    });
    expect(log.filter((entry) => entry.startsWith('submit'))).toHaveLength(1);
    expect(report.outcome).toBe('refused');
    expect(report.blockedBy?.code).toBe('SMTP_AUTH_FAILED');
    expect(report.mails.map((mail) => mail.reply.hasTriedAuth)).toEqual([true, false, false]);
  });
});

describe('a call that is lost', () => {
  const lost = (call: { emit(event: 'close', cause: Error): unknown }) => {
    call.emit('close', new Failure('MODEM_CALL_LOST', 'modem', 'NO CARRIER'));
    return { failure: 'connection-lost', phase: 'body', text: 'link down' } as const;
  };

  it('in the middle of a mail is dialled again, and the mail is sent', async () => {
    const { report, log } = await hold({
      submit: async (attempt, call) => (attempt === 1 ? lost(call) : {}),
    });
    expect(report).toMatchObject({ outcome: 'delivered', dials: 2 });
    const pause = report.steps.find(({ name }) => name === 'pause');
    expect(pause?.durationMs).toBeGreaterThanOrEqual(seconds(9));
    expect(pause?.durationMs).toBeLessThanOrEqual(seconds(11));
    expect(log.filter((entry) => entry === 'hang up')).toHaveLength(2);
  });

  it('again and again is given up after as many redials as the settings allow', async () => {
    const { report } = await hold({ submit: async (_, call) => lost(call) });
    expect(report).toMatchObject({ outcome: 'blocked', dials: 3, blockedBy: { code: 'MODEM_CALL_LOST' } });
  });

  it('after the final dot is not answered by a second mail at once: the first may have arrived', async () => {
    const { report } = await hold({ submit: async (_, call) => ({ ...lost(call), isAmbiguous: true }) });
    expect(report).toMatchObject({ outcome: 'unconfirmed', dials: 1 });
  });

  it('does not send again what was delivered before', async () => {
    const { report, log } = await hold({
      count: 2,
      submit: async (attempt, call) => (attempt === 2 ? lost(call) : {}),
    });
    expect(report).toMatchObject({ outcome: 'delivered', dials: 2 });
    expect(log.filter((entry) => entry.startsWith('submit'))).toHaveLength(3);
  });

  it('before it came up (BUSY) is dialled again', async () => {
    const busy = async (attempt: number) => {
      if (attempt === 1) {
        throw new Failure('MODEM_BUSY', 'modem');
      }
    };
    const { report } = await hold({ dial: busy });
    expect(report).toMatchObject({ outcome: 'delivered', dials: 2 });
  });

  it('because the module started anew is dialled again after it was initialised again', async () => {
    const reset = async (attempt: number) => {
      if (attempt === 1) {
        throw new Failure('MODEM_RESET', 'modem');
      }
    };
    const { report, log } = await hold({ dial: reset });
    expect(report).toMatchObject({ outcome: 'delivered', dials: 2 });
    expect(log.filter((entry) => entry === 'start')).toHaveLength(2);
  });

  it('is not dialled again where dialling cannot help', async () => {
    const { report } = await hold({ ppp: fails('PPP_AUTH_REJECTED', 'ppp') });
    expect(report).toMatchObject({ dials: 1, blockedBy: { code: 'PPP_AUTH_REJECTED' } });
  });
});

describe('what stopped the mail', () => {
  const old = settingsWith(...asShipped);

  it('is OP25B when port 25 does not answer although the link works', async () => {
    const { report } = await hold({
      settings: old,
      release: '1.4',
      connect: fails('TCP_TIMED_OUT', 'tcp'),
      ping: fails('PING_NO_ANSWER', 'ip'),
    });
    expect(report.outcome).toBe('blocked');
    expect(report.blockedBy).toMatchObject({ layer: 'tcp', code: 'OP25B' });
    expect(report.blockedBy?.sentence).toBe(
      'Outbound Port 25 Blocking (OP25B): port 25 of mail.example.ne.jp does not answer, although the link and the name server work.',
    );
    expect(report.mails[0]?.reply).toMatchObject({
      failure: 'not-connected',
      port: 25,
      causeCode: 'TCP_TIMED_OUT',
    });
  });

  it('is not called OP25B when nothing at all has answered', async () => {
    const numeric = settingsWith(...asShipped, ['host: mail.example.ne.jp', 'host: 203.0.113.5']);
    const { report } = await hold({
      settings: numeric,
      release: '1.4',
      connect: fails('TCP_TIMED_OUT', 'tcp'),
      ping: fails('PING_NO_ANSWER', 'ip'),
    });
    expect(report.blockedBy?.code).toBe('TCP_TIMED_OUT');
    const echoing = await hold({ settings: numeric, release: '1.4', connect: fails('TCP_TIMED_OUT', 'tcp') });
    expect(echoing.report.blockedBy?.code).toBe('OP25B');
  });

  it.each([
    ['a router says that the host cannot be reached', fails('PING_NO_ANSWER', 'ip'), 'TCP_UNREACHABLE'],
    ['a router says so of the port alone', undefined, 'OP25B'],
  ])('is told apart when %s', async (_, ping, code) => {
    const { report } = await hold({
      settings: old,
      release: '1.4',
      connect: fails('TCP_UNREACHABLE', 'tcp'),
      ...(ping === undefined ? {} : { ping }),
    });
    expect(report.blockedBy?.code).toBe(code);
  });

  it('may be the carrier in the name of the server when port 25 is refused', async () => {
    const { report } = await hold({ settings: old, release: '1.4', connect: fails('TCP_REFUSED', 'tcp') });
    expect(report.blockedBy?.sentence).toContain('or the carrier refuses in its name');
  });

  it('is a dead server when port 587 does not answer', async () => {
    const { report } = await hold({
      connect: fails('TCP_TIMED_OUT', 'tcp'),
      ping: fails('PING_NO_ANSWER', 'ip'),
    });
    expect(report.blockedBy).toMatchObject({
      code: 'TCP_TIMED_OUT',
      sentence: 'mail.example.ne.jp does not answer on port 587.',
    });
  });

  it('is a server without submission when port 587 is refused', async () => {
    const { report } = await hold({ connect: fails('TCP_REFUSED', 'tcp') });
    expect(report.blockedBy?.sentence).toContain('it offers no submission there');
  });

  it.each([
    ['existing', "800 MHz: no cell for this module's bands (old 800 MHz)."],
    ['dual-band', "800 MHz: no cell for this module's bands (old 800 MHz, new 800 MHz)."],
    ['3gpp', "LTE: no cell for this module's bands (LTE band 18, LTE band 26)."],
  ])('is the radio where the %s module finds no cell', async (module, sentence) => {
    const settings = settingsWith(['module: dual-band', `module: ${module}`]);
    const { report } = await hold({ settings, release: '3.0', service: fails('MODEM_NO_SERVICE', 'radio') });
    expect(report.blockedBy).toMatchObject({ layer: 'radio', code: 'RADIO_NO_SERVICE', sentence });
    expect(report.mails[0]?.reply.port).toBe(0);
  });

  it('is the firmware where it does not know the module that answers', async () => {
    const { report, log } = await hold({ release: '2.0', start: fails('MODEM_UNKNOWN_MODULE', 'modem') });
    expect(report.outcome).toBe('unsupported');
    expect(report.blockedBy).toMatchObject({ layer: 'firmware', code: 'FIRMWARE_UNSUPPORTED_MODULE' });
    expect(log).not.toContain('dial *99**24#');
  });

  it('is the firmware where it cannot do what the settings ask for: the line is not even opened', async () => {
    const { report } = await hold({ release: '1.4' });
    expect(report).toMatchObject({
      outcome: 'unsupported',
      blockedBy: { code: 'FIRMWARE_UNSUPPORTED_PORT' },
    });
    expect(steps(report)).toEqual(['check-settings']);
  });

  it.each([
    [{ failure: 'refused', phase: 'mail', reply: { code: 530, text: '' } }, 'SMTP_AUTH_REQUIRED', 'refused'],
    [{ failure: 'refused', phase: 'auth', reply: { code: 538, text: '' } }, 'SMTP_AUTH_NEEDS_TLS', 'refused'],
    [{ failure: 'refused', phase: 'rcpt', reply: { code: 451, text: '' } }, 'SMTP_TRY_LATER', 'refused'],
    [{ failure: 'auth-not-offered', phase: 'auth' }, 'SMTP_AUTH_NOT_OFFERED', 'refused'],
    [{ failure: 'auth-needs-tls', phase: 'auth' }, 'SMTP_AUTH_NEEDS_TLS', 'refused'],
    [{ failure: 'tls-not-offered', phase: 'ehlo' }, 'SMTP_NO_TLS', 'refused'],
    [{ failure: 'certificate', phase: 'tls' }, 'TLS_CERTIFICATE', 'blocked'],
    [{ failure: 'tls-failed', phase: 'tls' }, 'TLS_FAILED', 'blocked'],
    [{ failure: 'timeout', phase: 'greeting' }, 'SMTP_TIMED_OUT', 'blocked'],
    [{ failure: 'connection-lost', phase: 'ehlo' }, 'SMTP_CONNECTION_LOST', 'blocked'],
    [{ failure: 'protocol', phase: 'greeting' }, 'SMTP_PROTOCOL', 'blocked'],
    [{ failure: 'too-big', phase: 'mail' }, 'SMTP_TOO_BIG', 'refused'],
  ] as const)('is told for the mail server: %j is %s', async (reply, code, outcome) => {
    const { report } = await hold({ submit: async () => reply });
    expect(report).toMatchObject({ outcome, blockedBy: { code } });
    expect(report.blockedBy?.sentence).not.toBe('');
  });

  it('is a part of the recipients', async () => {
    const recipients = new Map([
      ['office@example.ne.jp', { status: 'accepted' }],
      ['old@example.ne.jp', { status: 'refused', phase: 'rcpt', reply: { code: 550, text: 'gone' } }],
    ] as const);
    const { report } = await hold({ submit: async () => ({ recipients }) });
    expect(report).toMatchObject({
      outcome: 'partly-delivered',
      blockedBy: { code: 'SMTP_RECIPIENT_REFUSED' },
    });
    expect(report.blockedBy?.sentence).toContain('old@example.ne.jp (550 gone)');
  });
});
