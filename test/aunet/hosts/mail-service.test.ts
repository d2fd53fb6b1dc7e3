import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { emulatedAuthorityPem } from '../../../src/aunet/certificates/authority.ts';
import { auNetHost, konaHost, northOneHost } from '../../../src/aunet/hosts/known-hosts.ts';
import type { MailHost, SmtpService } from '../../../src/aunet/hosts/mail-host.ts';
import { createMailService } from '../../../src/aunet/hosts/mail-service.ts';
import type { SignInAttempt } from '../../../src/aunet/hosts/sign-in.ts';
import { type AcceptedMail, Mailboxes } from '../../../src/aunet/mailboxes.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { at } from '../given.ts';
import { socketPair } from '../memory-socket.ts';

const RAW = 'Subject: snow\r\n\r\n.dot first\r\n..two\r\ndepth 3 cm\r\n';
const envelope = {
  from: 'logger@north-one.example',
  to: ['watch@north-one.example', 'other@elsewhere.example'],
};

interface Given {
  readonly host: MailHost;
  readonly port: number;
  readonly mailboxes?: Mailboxes;
  readonly allowsClearPasswords?: boolean;
  readonly service?: Partial<SmtpService>;
}

/** A server behind one connection after the other, with what it noted. */
function serve({ host, port, mailboxes = new Mailboxes(), allowsClearPasswords = false, service }: Given) {
  const found = host.services.find((candidate) => candidate.port === port);
  if (found === undefined || found.protocol === 'pop3') {
    throw new Error(`no service on port ${port}`);
  }
  const signIns: SignInAttempt[] = [];
  const errors: Error[] = [];
  const shell = createMailService({
    host,
    service: { ...found, ...service },
    random: seededRandom(1),
    allowsClearPasswords,
    deliver: (mail) => mailboxes.deliver(mail),
    onSignIn: (attempt) => signIns.push(attempt),
    onConnectionError: (error) => errors.push(error),
  });
  return { shell, mailboxes, signIns, errors };
}

type Served = ReturnType<typeof serve>;

interface Client {
  readonly auth?: { user: string; pass: string };
  readonly authMethod?: string;
  readonly ignoreTLS?: boolean;
  readonly requireTLS?: boolean;
  readonly secure?: boolean;
  readonly raw?: string;
  readonly envelope?: { from: string; to: string[] };
}

/** One submission by nodemailer; gives the reply, accepted or not. */
async function submit({ shell }: Served, client: Client = {}): Promise<string> {
  const { raw = RAW, envelope: sent = envelope, ...options } = client;
  const transport = createTransport({
    host: 'mail.north-one.example',
    name: 'logger',
    tls: { ca: emulatedAuthorityPem, servername: 'mail.north-one.example' },
    getSocket: (_options: unknown, done: (error: Error | null, socket: object) => void) => {
      const pair = socketPair();
      shell.connect(pair.server);
      done(null, { connection: pair.client });
    },
    ...options,
  });
  try {
    const info = await transport.sendMail({ envelope: sent, raw });
    return info.response;
  } catch (error) {
    return error instanceof Error ? (Reflect.get(error, 'response') ?? error.message) : String(error);
  }
}

/** Octets typed at the server; gives every reply line. */
async function type({ shell }: Served, lines: readonly string[]): Promise<string[]> {
  const { client, server } = socketPair();
  let seen = '';
  client.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  client.on('error', () => {});
  shell.connect(server);
  for (const line of ['', ...lines]) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (line !== '') {
      client.write(`${line}\r\n`);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  client.destroy();
  return seen.split('\r\n').slice(0, -1);
}

const inJuly2008 = <T>(run: () => Promise<T>) =>
  inVirtualTime({ startAt: at('2008-07-15T12:00'), random: seededRandom(1) }, run);

const good = { user: 'logger@north-one.example', pass: 'snow-depth' };
const only = (mailboxes: Mailboxes): AcceptedMail => {
  const [mail, ...others] = mailboxes.all;
  if (mail === undefined || others.length > 0) {
    throw new Error(`${mailboxes.all.length} mails instead of one`);
  }
  return mail;
};

describe('kona.co.jp', () => {
  it('relays what anybody gives to port 25, octet for octet', async () => {
    const served = serve({ host: konaHost, port: 25 });
    const response = await inJuly2008(() => submit(served));
    const mail = only(served.mailboxes);
    expect(response).toBe(`250 2.6.0 OK: queued as ${mail.id}`);
    expect(mail).toMatchObject({
      type: 'mail',
      host: 'kona.co.jp',
      port: 25,
      tls: false,
      signIn: undefined,
      client: '100.64.0.2',
      helo: 'logger',
      ...envelope,
    });
    expect(Buffer.from(mail.raw).toString()).toBe(RAW);
    expect(new Date(mail.at).toJSON()).toBe('2008-07-15T03:00:00.100Z');
    expect(served.mailboxes.of('WATCH@north-one.example')).toEqual([mail]);
  });

  it('knows neither AUTH nor STARTTLS', async () => {
    const served = serve({ host: konaHost, port: 25 });
    const lines = await inJuly2008(() => type(served, ['EHLO logger', 'AUTH LOGIN', 'STARTTLS']));
    expect(lines[0]).toBe('220 kona.co.jp ESMTP');
    expect(lines.filter((line) => /AUTH|STARTTLS/.test(line))).toEqual([]);
    expect(lines.slice(-2).map((line) => line.slice(0, 9))).toEqual(['500 5.5.2', '500 5.5.2']);
  });

  it('takes a mail of many stuffed dots while time stands still', async () => {
    const served = serve({ host: konaHost, port: 25 });
    const raw = `Subject: dots\r\n\r\n${'.\r\n'.repeat(400)}`;
    await inJuly2008(() => submit(served, { raw }));
    expect(Buffer.from(only(served.mailboxes).raw).toString()).toBe(raw);
  });
});

describe('the new server on port 587', () => {
  it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('takes mail after STARTTLS and AUTH %s', async (authMethod) => {
    const served = serve({ host: northOneHost, port: 587 });
    const response = await inJuly2008(() => submit(served, { auth: good, authMethod, requireTLS: true }));
    expect(response).toMatch(/^250 2\.6\.0 /);
    expect(only(served.mailboxes)).toMatchObject({
      tls: true,
      signIn: { user: good.user, mechanism: authMethod },
    });
    expect(served.signIns).toMatchObject([{ tls: true, verdict: { verdict: 'accepted' } }]);
  });

  it('lets CRAM-MD5 pass in clear, as in 2008', async () => {
    const served = serve({ host: northOneHost, port: 587 });
    await inJuly2008(() => submit(served, { auth: good, authMethod: 'CRAM-MD5', ignoreTLS: true }));
    expect(only(served.mailboxes)).toMatchObject({ tls: false, signIn: { mechanism: 'CRAM-MD5' } });
  });

  it.each(['PLAIN', 'LOGIN'])('refuses AUTH %s in clear, unless that is allowed', async (authMethod) => {
    const client = { auth: good, authMethod, ignoreTLS: true };
    const strict = serve({ host: northOneHost, port: 587 });
    expect(await inJuly2008(() => submit(strict, client))).toMatch(/^538 5\.7\.0 /);
    expect(strict.signIns).toMatchObject([{ verdict: { reason: 'password in clear' } }]);
    const lenient = serve({ host: northOneHost, port: 587, allowsClearPasswords: true });
    expect(await inJuly2008(() => submit(lenient, client))).toMatch(/^250 /);
  });

  it('says 538 to any AUTH before STARTTLS where no digest is offered', async () => {
    const served = serve({ host: northOneHost, port: 587, service: { mechanisms: ['PLAIN'] } });
    const lines = await inJuly2008(() => type(served, ['EHLO logger', 'AUTH PLAIN']));
    expect(lines.at(-1)).toMatch(/^538 5\.7\.0 /);
  });

  it('answers a wrong password and an unknown user alike, and tells them apart in its log', async () => {
    const served = serve({ host: northOneHost, port: 587 });
    const wrong = await inJuly2008(() =>
      submit(served, { auth: { ...good, pass: 'rain' }, requireTLS: true }),
    );
    const unknown = await inJuly2008(() =>
      submit(served, { auth: { user: 'nobody', pass: 'x' }, requireTLS: true }),
    );
    expect(wrong).toMatch(/^535 5\.7\.8 /);
    expect(unknown).toBe(wrong);
    expect(served.signIns.map(({ verdict }) => verdict)).toMatchObject([
      { reason: 'wrong password' },
      { reason: 'unknown user' },
    ]);
    expect(served.mailboxes.all).toEqual([]);
  });

  it('demands AUTH before MAIL', async () => {
    const served = serve({ host: northOneHost, port: 587 });
    const lines = await inJuly2008(() => type(served, ['EHLO logger', 'MAIL FROM:<a@b.example>']));
    expect(lines.at(-1)).toMatch(/^530 5\.7\.0 /);
  });

  it('tells what it can in EHLO', async () => {
    const served = serve({ host: northOneHost, port: 587 });
    const lines = await inJuly2008(() => type(served, ['EHLO logger']));
    expect(lines.slice(2).map((line) => line.slice(4))).toEqual([
      'PIPELINING',
      '8BITMIME',
      'SMTPUTF8',
      'ENHANCEDSTATUSCODES',
      'AUTH PLAIN LOGIN CRAM-MD5',
      'STARTTLS',
      'SIZE 5242880',
    ]);
  });

  it('survives garbage after STARTTLS', async () => {
    const served = serve({ host: northOneHost, port: 587 });
    await inJuly2008(() => type(served, ['EHLO logger', 'STARTTLS', 'this is no handshake']));
    expect(served.errors).not.toEqual([]);
    const response = await inJuly2008(() => submit(served, { auth: good, requireTLS: true }));
    expect(response).toMatch(/^250 /);
  });

  it('can speak TLS from the first octet and still knows who calls', async () => {
    const served = serve({ host: northOneHost, port: 587, service: { tls: 'implicit' } });
    expect(await inJuly2008(() => submit(served, { auth: good, secure: true }))).toMatch(/^250 /);
    expect(only(served.mailboxes)).toMatchObject({ tls: true, client: '100.64.0.2' });
  });
});

describe('the new server on port 25', () => {
  it('takes mail to its own domain and relays nothing', async () => {
    const served = serve({ host: northOneHost, port: 25 });
    const to = (recipient: string) =>
      submit(served, { ignoreTLS: true, envelope: { from: 'a@b.example', to: [recipient] } });
    expect(await inJuly2008(() => to('watch@North-One.example'))).toMatch(/^250 /);
    expect(await inJuly2008(() => to('other@elsewhere.example'))).toMatch(/550 5\.7\.1 Relaying denied/);
  });
});

describe('the provider’s relay', () => {
  it('takes any mail of its subscribers on port 25', async () => {
    const served = serve({ host: auNetHost, port: 25 });
    expect(await inJuly2008(() => submit(served))).toMatch(/^250 /);
  });
});

describe('limits', () => {
  it('answers 452 when there is no room', async () => {
    const served = serve({ host: konaHost, port: 25, mailboxes: new Mailboxes({ maxMails: 1 }) });
    expect(await inJuly2008(() => submit(served))).toMatch(/^250 /);
    expect(await inJuly2008(() => submit(served))).toMatch(/^452 4\.2\.2 /);
    expect(served.mailboxes.all).toHaveLength(1);
  });

  it('answers 552 to a mail beyond its size and keeps nothing of it', async () => {
    const served = serve({ host: konaHost, port: 25 });
    const raw = `Subject: big\r\n\r\n${'0123456789abcdef\r\n'.repeat(300_000)}`;
    expect(await inJuly2008(() => submit(served, { raw }))).toMatch(/^552 5\.3\.4 /);
    expect(served.mailboxes.all).toEqual([]);
  });
});
