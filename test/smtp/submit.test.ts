import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { type Ms, ms, seconds } from '../../src/base/units.ts';
import { inVirtualTime, now } from '../../src/base/virtual-time.ts';
import { composeMail } from '../../src/smtp/compose.ts';
import type { SmtpAccount, SubmissionReply } from '../../src/smtp/submission.ts';
import { type SubmitOptions, submit } from '../../src/smtp/submit.ts';
import { deviceTimeLimits } from '../../src/smtp/time-limits.ts';
import { testAuthority } from './certificates.ts';
import { duplexPair } from './duplex-pair.ts';
import { ScriptedServer, type SessionScript } from './scripted-server.ts';

const credentials = { user: 'u', password: 'secret-password' };
const account: SmtpAccount = {
  host: 'mail.test',
  port: 587,
  tls: 'required',
  ca: testAuthority,
  auth: credentials,
};
const to = ['monitor@test.local'];

function mailTo(recipients: readonly string[], bodyBytes = 900) {
  return composeMail({
    from: { address: 'logger@test.local' },
    to: recipients.map((address) => ({ address })),
    subject: '定時データ',
    text: 'x'
      .repeat(64)
      .concat('\n')
      .repeat(Math.ceil(bodyBytes / 65)),
    date: ms(0),
    messageId: { device: 'TEST', record: '1' },
  });
}

interface Run {
  reply: SubmissionReply;
  server: ScriptedServer;
  took: Ms;
  trace: string[];
}

async function attempt(
  script: SessionScript,
  changes: Partial<SmtpAccount> = {},
  mail = mailTo(to),
  options: SubmitOptions = {},
): Promise<Run> {
  const server = new ScriptedServer([script], credentials);
  const trace: string[] = [];
  return inVirtualTime({ startAt: ms(Date.UTC(2008, 8, 30)), random: seededRandom(1) }, async () => {
    const startedAt = now();
    const reply = await submit(mail, { ...account, ...changes }, server.connect, {
      trace: ({ direction, text }) => trace.push(`${direction} ${text}`),
      ...options,
    });
    return { reply, server, took: ms(now() - startedAt), trace };
  });
}

describe('a healthy server', () => {
  test.each([
    ['STARTTLS', {}, {}],
    ['implicit TLS', { implicitTls: true }, { tls: 'implicit' }],
    ['no TLS, CRAM-MD5', { authInClear: true, authMechs: ['PLAIN', 'CRAM-MD5'] }, { tls: 'off' }],
    [
      'no TLS, LOGIN allowed',
      { authInClear: true, authMechs: ['LOGIN'] },
      { tls: 'off', allowCleartextAuth: true },
    ],
    ['no PIPELINING', { pipelining: false }, {}],
    ['opportunistic TLS', {}, { tls: 'opportunistic' }],
  ] as const)('takes the mail over %s', async (_name, script, changes) => {
    const { reply, server, trace } = await attempt(script, changes);
    expect(reply.failure, trace.join('\n')).toBeUndefined();
    expect(reply.recipients.get('monitor@test.local')).toEqual({ status: 'accepted' });
    expect(reply).toMatchObject({
      phase: 'end-of-data',
      isAmbiguous: false,
      reply: { code: 250, enhancedCode: '2.0.0' },
    });
    expect(server.stored[0]?.raw).toBe(Buffer.from(mailTo(to).raw).toString('latin1'));
    expect(server.commands.at(-1)?.line).toBe('QUIT');
    expect(server.open).toBe(0);
  });

  test('is told no secret in the trace', async () => {
    for (const mechanism of ['plain', 'login', 'cram-md5'] as const) {
      const { reply, trace } = await attempt(
        { authMechs: ['PLAIN', 'LOGIN', 'CRAM-MD5'] },
        { auth: { ...credentials, mechanism } },
      );
      expect(reply.failure).toBeUndefined();
      const told = [...trace, ...reply.evidence].join('\n');
      expect(told).toContain(`AUTH ${mechanism.toUpperCase()}`);
      for (const secret of [
        credentials.password,
        Buffer.from(credentials.password).toString('base64'),
        'AHUA',
      ]) {
        expect(told).not.toContain(secret);
      }
      expect(told).toMatch(/> \(message, \d+ bytes, and the final dot\)/);
    }
  });
});

describe('each step that stays silent ends by its own limit', () => {
  test.each([
    ['connect', { connect: 'dropped' }, 120],
    ['greeting', { greeting: { silent: true } }, 300],
    ['ehlo', { ehlo: { silent: true } }, 300],
    ['starttls', { starttls: { silent: true } }, 300],
    ['tls', { starttls: { silentAfter: true } }, 120],
    ['auth', { auth: { silent: true } }, 300],
    ['mail', { mail: { silent: true } }, 300],
    ['rcpt', { rcpt: [{ silent: true }] }, 300],
    ['data', { data: { silent: true } }, 120],
    ['end-of-data', { eod: { silent: true } }, 600],
  ] as const)('%s', async (phase, script, limitS) => {
    const { reply, took, server } = await attempt(script);
    expect(reply).toMatchObject({ failure: 'timeout', phase, isAmbiguous: phase === 'end-of-data' });
    expect(took).toBeGreaterThanOrEqual(seconds(limitS));
    expect(took).toBeLessThan(seconds(limitS + 15));
    expect(server.open).toBe(0);
  });

  test('and the body by the time since something last left', async () => {
    const { reply, took } = await attempt({ data: { silentAfterBytes: 20_000 } }, {}, mailTo(to, 262_144));
    expect(reply).toMatchObject({ failure: 'timeout', phase: 'body', isAmbiguous: false });
    expect(took).toBeLessThan(seconds(195));
  });

  test('and shorter ones, where a device has shorter ones', async () => {
    const timeLimits = deviceTimeLimits({
      connect: seconds(75),
      reply: seconds(20),
      finalReply: seconds(90),
    });
    const { took } = await attempt({ mail: { silent: true } }, {}, mailTo(to), { timeLimits });
    expect(took).toBeLessThan(seconds(25));
  });

  test('while a server that never ends its reply gets no more time than one that is silent', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `250-${index}`);
    const { reply, took } = await attempt({ mail: { reply: lines, silentAfter: true } });
    expect(reply).toMatchObject({ failure: 'timeout', phase: 'mail' });
    expect(took).toBeLessThan(seconds(315));
  });
});

describe('what the server says', () => {
  test.each([
    ['greeting', { greeting: { reply: '554 5.3.2 go away' } }, 554, '5.3.2'],
    ['auth', { auth: { reply: '535 5.7.8 no' } }, 535, '5.7.8'],
    ['mail', { mail: { reply: '452 4.3.1 full' } }, 452, '4.3.1'],
    ['rcpt', { rcpt: [{ reply: '550 5.1.1 who' }] }, 550, '5.1.1'],
    ['data', { data: { reply: '451 4.3.0 not now' } }, 451, '4.3.0'],
    ['end-of-data', { eod: { reply: '554 5.6.0 no' } }, 554, '5.6.0'],
    ['mail', { mail: { reply: '421 4.3.2 bye' } }, 421, '4.3.2'],
    ['rcpt', { rcpt: [{ reply: '550 5.1.1 who', thenRst: true }] }, 550, '5.1.1'],
  ] as const)('at %s is told with code and step: %j', async (phase, script, code, enhancedCode) => {
    for (const pipelining of [true, false]) {
      const { reply, server } = await attempt({ ...script, pipelining });
      expect(reply).toMatchObject({
        failure: 'refused',
        phase,
        reply: { code, enhancedCode },
        isAmbiguous: false,
      });
      expect(server.open).toBe(0);
    }
  });

  test('is said goodbye to, unless it has closed', async () => {
    const { server } = await attempt({ rcpt: [{ reply: '550 5.1.1 who' }] });
    expect(server.commands.at(-1)?.line).toBe('QUIT');
  });

  test('of each recipient is kept apart', async () => {
    const recipients = ['a@test.local', 'b@test.local', 'c@test.local'];
    const script = {
      rcptFor: { 'a@test.local': { reply: '451 4.7.1 later' }, 'c@test.local': { reply: '550 5.1.1 who' } },
    };
    const { reply, server } = await attempt(script, {}, mailTo(recipients));
    expect(reply.failure).toBeUndefined();
    expect([...reply.recipients].map(([address, { status }]) => [address, status])).toEqual([
      ['a@test.local', 'refused'],
      ['b@test.local', 'accepted'],
      ['c@test.local', 'refused'],
    ]);
    expect(server.stored[0]?.recipients).toEqual(['b@test.local']);
  });

  test('of the sender goes for all recipients', async () => {
    const { reply } = await attempt(
      { mail: { reply: '553 5.1.8 sender' } },
      {},
      mailTo(['a@test.local', 'b@test.local']),
    );
    for (const result of reply.recipients.values()) {
      expect(result).toMatchObject({ status: 'refused', phase: 'mail', reply: { code: 553 } });
    }
  });

  test('to DATA other than a go-ahead does not make it read the body as commands', async () => {
    const { reply, server } = await attempt({ data: { reply: '250 sure' } });
    expect(reply).toMatchObject({ failure: 'protocol' });
    expect(server.commands.map(({ line }) => line.split(' ')[0])).toEqual([
      'EHLO',
      'STARTTLS',
      'EHLO',
      'AUTH',
      'MAIL',
      'RCPT',
      'DATA',
    ]);
  });

  test('with the password in it is masked', async () => {
    const { reply, trace } = await attempt({ auth: { reply: `535 5.7.8 ${credentials.password} is wrong` } });
    expect(JSON.stringify([reply, trace])).not.toContain(credentials.password);
  });

  test('without its line end is no reply', async () => {
    const { reply } = await attempt(
      { eod: { reply: '250 2.0.0 queued\r', rst: true } },
      { tls: 'off', allowCleartextAuth: true },
    );
    expect(reply.failure).toBeDefined();
  });
});

describe('a password', () => {
  test.each([
    ['is not shown in clear', { authInClear: true }, { tls: 'off' }, 'auth-needs-tls'],
    [
      'is not shown where TLS is not offered',
      { authInClear: true, starttls: { offered: false } },
      { tls: 'opportunistic' },
      'auth-needs-tls',
    ],
    [
      'is not shown where TLS is required and missing',
      { authInClear: true, starttls: { offered: false } },
      {},
      'tls-not-offered',
    ],
    ['is not shown to a server with a wrong certificate', { certificate: 'self-signed' }, {}, 'certificate'],
    [
      'is not shown to a server with the certificate of another',
      { certificate: 'other-name' },
      {},
      'certificate',
    ],
    ['is not shown to a server with an old certificate', { certificate: 'expired' }, {}, 'certificate'],
    [
      'is not shown to a server whose certificate is from the future',
      { certificate: 'not-yet-valid' },
      {},
      'certificate',
    ],
    ['is not left out where no AUTH is offered', { authMechs: [] }, {}, 'auth-not-offered'],
    ['is not left out where only other AUTH is offered', { authMechs: ['GSSAPI'] }, {}, 'auth-not-offered'],
    [
      'goes only the configured way',
      {},
      { auth: { ...credentials, mechanism: 'cram-md5' } },
      'auth-not-offered',
    ],
  ] as const)('%s', async (_name, script, changes, failure) => {
    const { reply, server } = await attempt(script, changes);
    expect(reply).toMatchObject({ failure, hasTriedAuth: false });
    expect(server.commands.filter(({ line }) => /^(AUTH|MAIL|DATA)/.test(line))).toEqual([]);
    expect(server.open).toBe(0);
  });

  test('check of a certificate cannot be switched off by the environment', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const { reply } = await attempt({ certificate: 'self-signed' });
      expect(reply).toMatchObject({ failure: 'certificate', causeCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });
});

describe('the connection', () => {
  test.each([
    ['refused', { connect: 'refused' }, 'not-connected', 'connect', 'TCP_REFUSED'],
    ['reset before the greeting', { connect: 'rst' }, 'connection-lost', 'greeting', 'ECONNRESET'],
    ['closed before the greeting', { connect: 'close' }, 'connection-lost', 'greeting', undefined],
    ['reset in the handshake', { starttls: { thenRst: true } }, 'tls-failed', 'tls', 'ECONNRESET'],
    [
      'garbled in the handshake',
      { starttls: { garbage: 'HTTP/1.0 400\r\n' } },
      'tls-failed',
      'tls',
      'ERR_SSL_WRONG_VERSION_NUMBER',
    ],
    ['closed at MAIL', { mail: { close: true } }, 'connection-lost', 'mail', undefined],
  ] as const)('%s is told as such', async (_name, script, failure, phase, causeCode) => {
    const { reply, server } = await attempt(script);
    expect(reply).toMatchObject({ failure, phase, isAmbiguous: false });
    expect(reply.causeCode).toBe(causeCode);
    expect(server.open).toBe(0);
  });

  test('that comes too late is closed', async () => {
    let isClosed = false;
    await inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, async () => {
      const late = async () => {
        await new Promise((resolve) => setTimeout(resolve, 200_000));
        const [client, other] = duplexPair();
        other.on('error', () => {});
        client.on('close', () => {
          isClosed = true;
        });
        return client;
      };
      const reply = await submit(mailTo(to), account, late);
      expect(reply).toMatchObject({ failure: 'timeout', phase: 'connect' });
      await new Promise((resolve) => setTimeout(resolve, 100_000));
    });
    expect(isClosed).toBe(true);
  });

  test('that cannot even be asked for is told, not thrown', async () => {
    const reply = await submit(mailTo(to), account, () => {
      throw new Error('no modem');
    });
    expect(reply).toMatchObject({ failure: 'not-connected', text: 'no modem' });
  });
});

describe('a mail that is cut', () => {
  test('in its body is not ambiguous, in clear and under TLS', async () => {
    for (const changes of [{}, { tls: 'off', allowCleartextAuth: true }] as const) {
      for (const data of [{ rstAfterBytes: 20_000 }, { closeAfterBytes: 20_000 }]) {
        const { reply } = await attempt({ data, authInClear: true }, changes, mailTo(to, 262_144));
        expect(reply).toMatchObject({ failure: 'connection-lost', phase: 'body', isAmbiguous: false });
      }
    }
  });

  test('after its final dot is ambiguous', async () => {
    for (const eod of [{ rst: true }, { close: true }, { close: true, stored: true }]) {
      expect((await attempt({ eod })).reply).toMatchObject({ phase: 'end-of-data', isAmbiguous: true });
    }
  });

  test('after the 250 is delivered', async () => {
    for (const eod of [{ thenRst: true }, { thenClose: true }]) {
      const { reply } = await attempt({ eod });
      expect(reply).toMatchObject({ isAmbiguous: false, reply: { code: 250 } });
      expect(reply.failure).toBeUndefined();
    }
  });
});

test('a mail larger than the server takes is not sent at all', async () => {
  const { reply, server } = await attempt({ size: 512 });
  expect(reply).toMatchObject({ failure: 'too-big', phase: 'mail' });
  expect(server.commands.at(-1)?.line).toBe('QUIT');
  expect(server.commands.some(({ line }) => line.startsWith('MAIL'))).toBe(false);
});

test('dots at line starts arrive as they were', async () => {
  const mail = composeMail({
    from: { address: 'logger@test.local' },
    to: [{ address: 'monitor@test.local' }],
    subject: 'dots',
    text: '.\n..\n.x\n\n.',
    date: ms(0),
    messageId: '<dots@test.local>',
  });
  const { server } = await attempt({}, {}, mail);
  expect(server.stored[0]?.raw).toBe(Buffer.from(mail.raw).toString('latin1'));
});

test('the name in EHLO is the configured one, and never two lines', async () => {
  const names = ['logger.example.jp', 'x\r\nMAIL FROM:<evil@t.t>', undefined];
  const greetings: (string | undefined)[] = [];
  for (const clientName of names) {
    const { server } = await attempt({}, {}, mailTo(to), { clientName });
    greetings.push(server.commands[0]?.line);
  }
  expect(greetings).toEqual(['EHLO logger.example.jp', 'EHLO [127.0.0.1]', 'EHLO [127.0.0.1]']);
});
