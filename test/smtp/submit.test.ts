import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { type Ms, ms, seconds } from '../../src/base/units.ts';
import { inVirtualTime, now } from '../../src/base/virtual-time.ts';
import { composeMail } from '../../src/smtp/compose.ts';
import type { SmtpAccount, SubmissionReply } from '../../src/smtp/submission.ts';
import { type SubmitOptions, submit } from '../../src/smtp/submit.ts';
import { testAuthority } from './certificates.ts';
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

test('over TLS a large body that is reset half way is not ambiguous', async () => {
  const { reply } = await attempt({ data: { rstAfterBytes: 20_000 } }, {}, mailTo(to, 262_144));
  expect(reply).toMatchObject({ failure: 'connection-lost', isAmbiguous: false });
});

test('silence after the final dot ends after ten minutes, over TLS too, and is ambiguous', async () => {
  const { reply, took } = await attempt({ eod: { silent: true } });
  expect(reply).toMatchObject({ failure: 'timeout', phase: 'end-of-data', isAmbiguous: true });
  expect(took).toBeGreaterThanOrEqual(seconds(600));
  expect(took).toBeLessThanOrEqual(seconds(660));
});
