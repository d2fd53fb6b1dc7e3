/** What libraries need of a TcpSocket: mail over STARTTLS, and node:tls by itself, in virtual time. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import nodemailer from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import type { TcpSocket } from '../../src/net/tcp-socket.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { memoryLink } from './memory-link.ts';

const device = ipv4Address(0x0a4d0001);
const server = ipv4Address(0xc0000219);

const virtually = <T>(run: () => Promise<T>) =>
  inVirtualTime({ startAt: ms(Date.UTC(2008, 8, 30)), random: seededRandom(1) }, run);

function serving(onSocket: (socket: TcpSocket) => void, passes?: (packet: Uint8Array) => boolean) {
  const [here, there] = memoryLink({ delayMs: 40, ...(passes === undefined ? {} : { passes }) });
  const near = new IpHost({ link: here, address: device, random: seededRandom(2) });
  const far = new IpHost({
    link: there,
    address: 'any',
    random: seededRandom(3),
    onSyn: () => ({ verdict: 'accept', onSocket, allowHalfOpen: true }),
  });
  return { near, far };
}

function mailServer() {
  const mails: string[] = [];
  const smtp = new SMTPServer({
    disableReverseLookup: true,
    authOptional: false,
    onAuth: (auth, _session, done) =>
      auth.password === 'secret' ? done(null, { user: auth.username ?? '' }) : done(new Error('no')),
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  smtp.on('error', () => {});
  return { smtp, mails };
}

const context = () =>
  tls.createSecureContext({
    cert: readFileSync('fixtures/certificates/server.pem'),
    key: readFileSync('fixtures/certificates/server-key.pem'),
  });

describe('mail over TcpSocket', () => {
  for (const loss of [0, 10]) {
    it(`is submitted over STARTTLS with AUTH when every ${loss}th packet is lost`, () =>
      virtually(async () => {
        const { smtp, mails } = mailServer();
        let count = 0;
        const passes = () => {
          count += 1;
          return loss === 0 || count % loss !== 0;
        };
        const { near } = serving((socket) => smtp.server.emit('connection', socket), passes);
        const transport = nodemailer.createTransport({
          host: 'mail.example',
          port: 587,
          requireTLS: true,
          auth: { user: 'u', pass: 'secret' },
          tls: { rejectUnauthorized: false },
          getSocket: (_options: unknown, callback: (error: Error | null, socket: object) => void) => {
            near
              .connect({ address: server, port: 587 })
              .then((connection) => callback(null, { connection }), callback as (error: Error) => void);
          },
        });
        const info = await transport.sendMail({
          from: 'kadec@example.jp',
          to: 'm@example.jp',
          subject: 'data',
          text: 'x'.repeat(20_000),
        });
        expect(info.response).toMatch(/^250/);
        expect(mails).toHaveLength(1);
        expect(mails[0]).toContain('Subject: data');
      }));
  }
});

describe('node:tls over TcpSocket', () => {
  it('reports an untrusted certificate as such, not as a closed connection', () =>
    virtually(async () => {
      const { smtp } = mailServer();
      const { near } = serving((socket) => smtp.server.emit('connection', socket));
      const socket = await near.connect({ address: server, port: 587 });
      const transport = nodemailer.createTransport({
        host: 'mail.example',
        requireTLS: true,
        getSocket: (_options: unknown, callback: (error: Error | null, socket: object) => void) =>
          callback(null, { connection: socket }),
      });
      await expect(transport.sendMail({ from: 'a@b.jp', to: 'c@d.jp', text: 'x' })).rejects.toMatchObject({
        message: expect.stringMatching(/expired/),
      });
    }));

  it('carries a megabyte both ways at once', () =>
    virtually(async () => {
      const { near } = serving((socket) => {
        const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: context() });
        secure.pipe(secure);
      });
      const socket = await near.connect({ address: server, port: 465 }, { allowHalfOpen: true });
      const secure = tls.connect({ socket, rejectUnauthorized: false });
      await once(secure, 'secureConnect');
      const data = Buffer.alloc(1_000_000, 'kadec21 ');
      const got: Buffer[] = [];
      secure.on('data', (chunk: Buffer) => got.push(chunk));
      secure.end(data);
      await once(secure, 'end');
      expect(Buffer.concat(got).equals(data)).toBe(true);
    }));
});
