/** The yardstick: nodemailer straight into smtp-server, STARTTLS and AUTH over a stream in memory. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { northOneCertificate } from '../../src/aunet/certificates/north-one.ts';
import type { ComposedMail } from '../../src/smtp/compose.ts';
import { createMemorySockets } from './memory-socket.ts';
import { account, server as host } from './unit.ts';

export class Yardstick {
  received = 0;
  readonly #server = new SMTPServer({
    key: northOneCertificate.privateKeyPem,
    cert: northOneCertificate.certificatePem,
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) =>
      username === account.user && password === account.password
        ? done(null, { user: username })
        : done(new Error('wrong')),
    onData: (stream, _session, done) => {
      stream.on('data', () => {});
      stream.on('end', () => {
        this.received += 1;
        done();
      });
    },
  });

  constructor() {
    this.#server.on('error', () => {});
  }

  async send({ raw, envelope }: ComposedMail): Promise<void> {
    const [near, far] = createMemorySockets();
    // smtp-server's types ask for a net.Socket; what it uses of one is what MemorySocket has.
    this.#server.connect(far as Duplex as Socket, { remoteAddress: '127.0.0.1', remotePort: 40_000 });
    const transport = createTransport({
      host: host.name,
      port: 587,
      requireTLS: true,
      auth: { user: account.user, pass: account.password },
      tls: { ca: emulatedAuthorityPem, servername: host.name },
      getSocket: (_options: object, done: (cause: null, socket: object) => void) =>
        done(null, { connection: near }),
    });
    await transport.sendMail({
      envelope: { from: envelope.from, to: [...envelope.to] },
      raw: Buffer.from(raw),
    });
    transport.close();
  }
}
