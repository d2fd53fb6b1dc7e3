import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AuNet } from '../../../src/aunet/au-net.ts';
import { konaHost, northOneHost } from '../../../src/aunet/hosts/known-hosts.ts';
import type { Pop3Service } from '../../../src/aunet/hosts/mail-host.ts';
import { Maildrops } from '../../../src/aunet/hosts/maildrops.ts';
import { createPop3Service } from '../../../src/aunet/hosts/pop3-service.ts';
import type { SignInAttempt } from '../../../src/aunet/hosts/sign-in.ts';
import { Mailboxes } from '../../../src/aunet/mailboxes.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { TraceEvent } from '../../../src/base/trace.ts';
import { minutes } from '../../../src/base/units.ts';
import { goOnLine, inVirtualTimeAt, pause } from '../device.ts';
import { socketPair } from '../memory-socket.ts';
import { Pop3Client } from './pop3-client.ts';
import { inClear, mailboxesWith, mailTo, office, withStartTls, withTls } from './pop3-given.ts';

const { name } = northOneHost;
const LARGE = `Subject: year\r\n\r\n${'2008-07-15 12:00,0.45,3.21\r\n.\r\n'.repeat(10_000)}`;
const MONTH = `Subject: month\r\n\r\n${'2008-07-15 12:00,0.45,3.21\r\n.\r\n'.repeat(700)}`;

function serve(mailboxes: Mailboxes, service: Pop3Service) {
  const signIns: SignInAttempt[] = [];
  const errors: Error[] = [];
  const shell = createPop3Service({
    host: northOneHost,
    service,
    random: seededRandom(1),
    maildrops: new Maildrops(mailboxes),
    allowsClearPasswords: false,
    onSignIn: (attempt) => signIns.push(attempt),
    onRemoved: () => {},
    onConnectionError: (error) => errors.push(error),
  });
  const connect = () => {
    const { client, server } = socketPair();
    shell.connect(server);
    return { socket: client, client: new Pop3Client(client) };
  };
  return { shell, connect, signIns, errors };
}

const inJuly2008 = <T>(run: () => Promise<T>) => inVirtualTimeAt('2008-07-15T12:00', run);

async function signIn(client: Pop3Client): Promise<string> {
  await client.ask(`USER ${office.user}`);
  return await client.ask(`PASS ${office.password}`);
}

describe('a port where mail is fetched', () => {
  it('gives a large mail to a client that reads at its own pace, and deletes it', async () => {
    const mailboxes = mailboxesWith(LARGE);
    const served = serve(mailboxes, inClear);
    const mail = await inJuly2008(async () => {
      const { client } = served.connect();
      await client.reply();
      expect(await signIn(client)).toBe('+OK 1 messages\r\n');
      const reply = await client.ask('RETR 1', 'body');
      expect(await client.ask('DELE 1')).toBe('+OK deleted\r\n');
      expect(await client.ask('QUIT')).toBe('+OK bye\r\n');
      await pause(1000);
      expect(client.hasEnded).toBe(true);
      return reply;
    });
    expect(mail).toBe(`+OK ${LARGE.length} octets\r\n${LARGE.replaceAll('\r\n.\r\n', '\r\n..\r\n')}.\r\n`);
    expect(mailboxes.all).toEqual([]);
  });

  it.each([
    ['after STLS', withStartTls],
    ['from the first octet', withTls],
  ])('talks TLS %s', async (_, service) => {
    const served = serve(mailboxesWith(LARGE), service);
    const mail = await inJuly2008(async () => {
      const { client } = served.connect();
      if (service.tls === 'starttls') {
        await client.reply();
        expect(await client.ask('STLS')).toBe('+OK begin TLS\r\n');
        await client.secure(name);
      } else {
        await client.secure(name);
        expect(await client.reply()).toMatch(/^\+OK mail\.north-one\.example POP3 </);
      }
      await signIn(client);
      const reply = await client.ask('RETR 1', 'body');
      expect(await client.ask('QUIT')).toBe('+OK bye\r\n');
      await pause(1000);
      expect(client.hasEnded).toBe(true);
      return reply;
    });
    expect(mail.length).toBe(`+OK ${LARGE.length} octets\r\n${LARGE}.\r\n`.length + 10_000);
    expect(served.signIns).toMatchObject([
      { tls: true, mechanism: 'USER', verdict: { verdict: 'accepted' } },
    ]);
    expect(served.errors).toEqual([]);
  });

  it('ends a silent session after ten minutes and lets the next client in', async () => {
    const served = serve(mailboxesWith(LARGE), inClear);
    await inJuly2008(async () => {
      const { client } = served.connect();
      await client.reply();
      await signIn(client);
      await pause(minutes(10) - 1000);
      expect(client.hasEnded).toBe(false);
      const { client: next } = served.connect();
      await next.reply();
      expect(await signIn(next)).toMatch(/^-ERR \[IN-USE\]/);
      await pause(2000);
      expect(client.hasEnded).toBe(true);
      expect(await signIn(next)).toBe('+OK 1 messages\r\n');
    });
  });

  it('opens the maildrop again when the client just goes, and notes broken handshakes', async () => {
    const served = serve(mailboxesWith(LARGE), inClear);
    const secured = serve(mailboxesWith(), withTls);
    await inJuly2008(async () => {
      const { client, socket } = served.connect();
      await client.reply();
      await signIn(client);
      client.say('RETR 1');
      socket.destroy();
      await pause(1000);
      const { client: next } = served.connect();
      await next.reply();
      expect(await signIn(next)).toBe('+OK 1 messages\r\n');
      const { client: plain } = secured.connect();
      plain.say('USER office');
      await pause(1000);
      expect(plain.hasEnded).toBe(true);
    });
    expect(secured.errors).toHaveLength(1);
  });

  it('ends open sessions when it is closed', async () => {
    const served = serve(mailboxesWith(), inClear);
    await inJuly2008(async () => {
      const { client } = served.connect();
      await client.reply();
      served.shell.close();
      await pause(1000);
      expect(client.hasEnded).toBe(true);
    });
  });

  it('needs a certificate where it offers TLS', () => {
    const { certificate: _, ...bare } = northOneHost;
    expect(() =>
      createPop3Service({
        host: bare,
        service: withTls,
        random: seededRandom(1),
        maildrops: new Maildrops(new Mailboxes()),
        allowsClearPasswords: false,
        onSignIn() {},
        onRemoved() {},
        onConnectionError() {},
      }),
    ).toThrow(RangeError);
  });
});

describe('a device on the line', () => {
  it.each([
    ['in clear', konaHost.name, 110],
    ['after STLS', name, 110],
    ['within TLS', name, 995],
  ])('fetches what has arrived, %s', async (_, host, port) => {
    const [user, password] = host === name ? [office.user, office.password] : ['watch', 'river-level'];
    const traced: TraceEvent[] = [];
    const network = new AuNet({ random: seededRandom(1), trace: (event) => traced.push(event) });
    network.mailboxes.deliver(mailTo(host === name ? user : `${user}@${host}`, MONTH));
    const signIns: SignInAttempt[] = [];
    network.on('sign-in', (event) => signIns.push(event));
    await inJuly2008(async () => {
      const line = await goOnLine(network);
      const address = await line.host.resolve(host);
      const connect = async (): Promise<Duplex> => await line.host.connect({ address, port });
      const client = new Pop3Client(await connect());
      if (port === 995) {
        await client.secure(host);
      }
      await client.reply();
      if (host === name && port === 110) {
        await client.ask('STLS');
        await client.secure(host);
      }
      await client.ask(`USER ${user}`);
      expect(await client.ask(`PASS ${password}`)).toMatch(/^\+OK/);
      const reply = await client.ask('RETR 1', 'body');
      expect(reply).toBe(`+OK ${MONTH.length} octets\r\n${MONTH.replaceAll('\n.', '\n..')}.\r\n`);
      await client.ask('DELE 1');
      expect(await client.ask('QUIT')).toBe('+OK bye\r\n');
      expect(network.mailboxes.all).toEqual([]);
      await line.hangUp();
    });
    expect(signIns.at(-1)).toMatchObject({ host, port, user, mechanism: 'USER', tls: host === name });
    expect(JSON.stringify([traced, signIns])).not.toContain(password);
  });
});
