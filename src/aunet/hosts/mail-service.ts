/**
 * One port of an emulated mail server: a real `smtp-server`, fed with connections instead of listening.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import type { Random } from '../../base/random.ts';
import { kibibytes, minutes } from '../../base/units.ts';
import { handOver, now } from '../../base/virtual-time.ts';
import type { HostCertificate } from '../certificates/host-certificate.ts';
import { EffectBoard } from '../faults/effect-board.ts';
import type { LineName } from '../faults/effects.ts';
import type { AcceptedMail } from '../mailboxes.ts';
import { MailFaults } from './mail-faults.ts';
import type { MailHost, SmtpService } from './mail-host.ts';
import { judge, offersClearAuth, type SignInAttempt } from './sign-in.ts';

/** What a server of 2008 took; announced with SIZE (RFC 1870). */
const MAX_MAIL = kibibytes(5 * 1024);
/** RFC 5321 §4.5.3.1.8: at least 100. */
const MAX_RECIPIENTS = 100;
/** More than any fleet has on the line at once. */
const MAX_CLIENTS = 1000;
/** RFC 5321 §4.5.3.2.7: a server waits at least five minutes for the next command. */
const IDLE_TIMEOUT = minutes(5);
/** smtp-server's toys and proxy commands: no mail server on the Internet answers them. */
const FOREIGN_COMMANDS = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'];

export interface MailServiceOptions {
  readonly host: MailHost;
  readonly service: SmtpService;
  readonly random: Random;
  /** Whether PLAIN and LOGIN may come before STARTTLS. */
  readonly allowsClearPasswords: boolean;
  /** What goes wrong here; absent: nothing. */
  readonly effects?: EffectBoard;
  /** Whose line a device's address is. */
  readonly lineOf?: (client: string) => LineName;
  /** @returns false when there is no room: the client is told 452 */
  deliver(mail: AcceptedMail): boolean;
  onSignIn(attempt: SignInAttempt): void;
  /** A connection that broke; the client sees it too. */
  onConnectionError(error: Error): void;
}

/** A refusal with its own enhanced status code: smtp-server writes `responseCode` as it stands. */
class Refusal extends Error {
  readonly responseCode: number | string;

  constructor(responseCode: number | string, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

/** @returns takes one connection after the other; the server is built by the first one */
export function createMailService(options: MailServiceOptions): MailServiceShell {
  const { host, service, effects = new EffectBoard(), lineOf = () => undefined } = options;
  const faults = new MailFaults({ effects, lineOf, host: host.name, port: service.port });
  /** One for each certificate that it has to show. */
  const servers = new Map<HostCertificate | undefined, SMTPServer>();
  const serverWith = (certificate: HostCertificate | undefined) => {
    const server = servers.get(certificate) ?? createServer(options, faults, certificate);
    servers.set(certificate, server);
    return server;
  };
  return {
    connect(socket) {
      if (!isSocketLike(socket)) {
        throw new TypeError('A mail server needs a stream with setTimeout() and readyState.');
      }
      const connection = faults.accept(socket);
      const flawed = service.tls === 'none' ? undefined : effects.certificate(connection);
      const server = serverWith(flawed ?? host.certificate);
      handOver();
      server.connect(socket);
    },
    close() {
      for (const server of servers.values()) {
        for (const connection of server.connections) {
          connection.close();
        }
      }
    },
  };
}

export interface MailServiceShell {
  /** @param socket a connected stream that has what smtp-server uses of `net.Socket` */
  connect(socket: Duplex): void;
  /** Ends the open connections. */
  close(): void;
}

/** smtp-server calls `setTimeout` unguarded, and writes only while `readyState` is `open`. */
const isSocketLike = (stream: Duplex): stream is Socket => 'setTimeout' in stream && 'readyState' in stream;

function createServer(
  options: MailServiceOptions,
  faults: MailFaults,
  certificate: HostCertificate | undefined,
): SMTPServer {
  const { host, service } = options;
  const signIn: NonNullable<SMTPServerOptions['onAuth']> = (attempt, session, callback) => {
    const isPrivate = session.secure || service.tls === 'none' || options.allowsClearPasswords;
    const verdict = judge(host.accounts, attempt, isPrivate);
    options.onSignIn({
      user: attempt.username ?? '',
      mechanism: attempt.method,
      tls: session.secure,
      verdict,
    });
    if (verdict.verdict === 'accepted') {
      callback(null, { user: { user: verdict.user, mechanism: attempt.method } });
    } else {
      callback(new Refusal(verdict.code, verdict.text));
    }
  };
  const server: SMTPServer = new SMTPServer({
    name: host.name,
    disableReverseLookup: true,
    logger: false,
    hideENHANCEDSTATUSCODES: false,
    size: MAX_MAIL,
    rejectOversized: true,
    maxRecipients: MAX_RECIPIENTS,
    maxClients: MAX_CLIENTS,
    socketTimeout: IDLE_TIMEOUT,
    ...security(options, certificate),
    // Without these hooks smtp-server takes turns of the event loop after a timer, and time would not wait for them.
    onConnect(session, callback) {
      handOver();
      if (service.tls === 'starttls' && faults.hidesStartTls(session)) {
        session.disabledCommands = [...disabledCommands(service), 'STARTTLS'];
      }
      faults.greet(server, session, (refusal) =>
        callback(refusal === undefined ? null : new Refusal(refusal.code, refusal.text)),
      );
    },
    onSecure(_socket, _session, callback) {
      handOver();
      callback();
    },
    onMailFrom(_sender, _session, callback) {
      callback();
    },
    onAuth(attempt, session, callback) {
      const refuse = (code: string, text: string) => callback(new Refusal(code, text));
      faults.signIn(session, () => signIn(attempt, session, callback), refuse);
    },
    onRcptTo({ address }, _session, callback) {
      const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
      const isOurs = host.domains.includes(domain) || domain === 'postmaster';
      // RFC 3463 §3.8: X.7.1, delivery not authorized; for a 550 alone smtp-server would say X.1.1, no such mailbox.
      callback(
        service.accepts === 'own-domains' && !isOurs ? new Refusal('550 5.7.1', 'Relaying denied') : null,
      );
    },
    onData(stream, session, callback) {
      const chunks: Uint8Array[] = [];
      const reads = faults.content(session);
      stream.on('data', (chunk: Uint8Array) => {
        // smtp-server takes one turn of the event loop per stuffed dot: time waits for all of them.
        handOver();
        if (stream.sizeExceeded) {
          chunks.length = 0;
        } else {
          chunks.push(chunk);
        }
        if (!reads(chunk.length)) {
          stream.pause();
        }
      });
      // The client went away before the final dot: there is no mail and nobody to answer.
      stream.on('error', () => {});
      stream.on('end', () => {
        if (stream.sizeExceeded) {
          callback(null);
          return;
        }
        const mail = acceptedMail(options, session, Buffer.concat(chunks));
        const take = () => options.deliver(mail);
        const answer = () =>
          take()
            ? callback(null, `OK: queued as ${mail.id}`)
            : callback(new Refusal(452, 'Insufficient system storage'));
        faults.ended(session, take, answer, (code, text) => callback(new Refusal(code, text)));
      });
    },
  });
  // Garbage after STARTTLS and a RST inside a transaction arrive here; unheard they would end the process.
  server.on('error', options.onConnectionError);
  return server;
}

/** The options that TLS and AUTH decide. */
function security(
  { host, service, allowsClearPasswords }: MailServiceOptions,
  certificate: HostCertificate | undefined,
): SMTPServerOptions {
  if (service.tls === 'none') {
    return {
      disabledCommands: [...disabledCommands(service), 'STARTTLS'],
      ...signInOptions(service),
      allowInsecureAuth: true,
    };
  }
  if (certificate === undefined) {
    throw new RangeError(`${host.name}:${service.port} offers TLS but has no certificate.`);
  }
  return {
    disabledCommands: disabledCommands(service),
    ...signInOptions(service),
    cert: certificate.certificatePem,
    key: certificate.privateKeyPem,
    allowInsecureAuth: offersClearAuth(service, allowsClearPasswords),
    // Over a stream that is no kernel socket smtp-server starts implicit TLS itself only with `needsUpgrade`.
    ...(service.tls === 'implicit' ? { secure: true, needsUpgrade: true } : {}),
  };
}

const disabledCommands = ({ mechanisms }: SmtpService): string[] =>
  mechanisms.length === 0 ? [...FOREIGN_COMMANDS, 'AUTH'] : [...FOREIGN_COMMANDS];

const signInOptions = ({ mechanisms, accepts }: SmtpService): SMTPServerOptions => ({
  ...(mechanisms.length === 0 ? {} : { authMethods: [...mechanisms] }),
  authOptional: accepts !== 'signed-in',
});

function acceptedMail(
  options: MailServiceOptions,
  session: SMTPServerSession,
  raw: Uint8Array,
): AcceptedMail {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    type: 'mail',
    id: Buffer.from(options.random.octets(5)).toString('hex').toUpperCase(),
    at: now(),
    host: options.host.name,
    port: options.service.port,
    tls: session.secure,
    // smtp-server forgets a user with `false`.
    signIn: session.user || undefined,
    client: session.remoteAddress,
    helo: session.hostNameAppearsAs,
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    raw,
  };
}
