/** Our client against smtp-server over the operating system's TCP, in real time: neither end is ours alone. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { ms } from '../../src/base/units.ts';
import { composeMail } from '../../src/smtp/compose.ts';
import type { AuthMechanism } from '../../src/smtp/submission.ts';
import { submit } from '../../src/smtp/submit.ts';
import { certificate, testAuthority } from './certificates.ts';

let server: SMTPServer | undefined;
afterEach(
  () => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))),
);

async function listening(options: object): Promise<{ port: number; mails: Buffer[] }> {
  const mails: Buffer[] = [];
  server = new SMTPServer({
    ...certificate('valid'),
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    onAuth: (auth, _session, done) => {
      const isRight = auth.method === 'CRAM-MD5' ? auth.validatePassword('pass') : auth.password === 'pass';
      done(isRight ? null : new Error('no'), isRight ? { user: auth.username ?? '' } : undefined);
    },
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks));
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

const mail = composeMail({
  from: { name: '積雪計', address: 'logger@test.local' },
  to: [{ address: 'monitor@test.local' }],
  subject: '定時データ 積雪深 123cm',
  text: '積雪深 123 cm\n.\n..二つ\n',
  date: ms(Date.UTC(2008, 8, 30)),
  messageId: { device: 'SNOW-1', record: '42' },
  attachments: [{ fileName: '積雪.csv', content: Buffer.from('1,2\r\n'.repeat(20_000)) }],
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

test.each<[string, AuthMechanism, 'required' | 'implicit' | 'off', object]>([
  ['STARTTLS and PLAIN', 'plain', 'required', {}],
  ['STARTTLS and LOGIN', 'login', 'required', {}],
  ['implicit TLS and CRAM-MD5', 'cram-md5', 'implicit', { secure: true }],
  ['CRAM-MD5 in clear', 'cram-md5', 'off', { allowInsecureAuth: true, hideSTARTTLS: true }],
])('delivers over %s', async (_name, mechanism, tls, options) => {
  const { port, mails } = await listening(options);
  const auth = { user: 'u', password: 'pass', mechanism };
  const reply = await submit(mail, { host: 'mail.test', port, tls, ca: testAuthority, auth }, () =>
    open(port),
  );
  expect(reply.failure, reply.evidence.join('\n')).toBeUndefined();
  expect(mails.map((raw) => raw.toString('latin1'))).toEqual([Buffer.from(mail.raw).toString('latin1')]);
  const read = await PostalMime.parse(mails[0] ?? '');
  expect([read.subject, read.attachments[0]?.filename]).toEqual(['定時データ 積雪深 123cm', '積雪.csv']);
});

test('is told of a wrong password', async () => {
  const { port } = await listening({});
  const auth = { user: 'u', password: 'wrong-password' };
  const reply = await submit(
    mail,
    { host: 'mail.test', port, tls: 'required', ca: testAuthority, auth },
    () => open(port),
  );
  expect(reply).toMatchObject({ failure: 'refused', phase: 'auth', reply: { code: 535 } });
});
