/**
 * A visit to a mail server that signs in nowhere and sends nothing: greeting, EHLO, STARTTLS where it is wanted, the
 * certificate as it is (trusted or not), EHLO once more, QUIT. RFC 5321, RFC 3207, RFC 8314.
 */
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { type ErrorDetails, Kadec21Error } from '../base/errors.ts';
import type { Trace } from '../base/trace.ts';
import { type Ms, ms, seconds } from '../base/units.ts';
import { handOver, now } from '../base/virtual-time.ts';
import { parseCapabilities, parseSmtpReply, readable, type ServerCapabilities } from '../smtp/smtp-reply.ts';
import type { SmtpAccount, SmtpReply } from '../smtp/submission.ts';
import { trustedContext } from '../smtp/trusted-context.ts';

const REPLY_LIMIT = seconds(30);
/** RFC 5321 §4.5.3.1.5 says 512 octets a line; what is longer is no mail server. */
const LONGEST_REPLY = 16_384;

export interface ServerVisit {
  readonly greeting: SmtpReply;
  readonly inClear: ServerCapabilities | undefined;
  /** After TLS; absent where there was none. */
  readonly encrypted: ServerCapabilities | undefined;
  readonly greetingMs: number;
  readonly tls: TlsFinding;
}

export type TlsFinding =
  | { readonly tls: 'not-wanted' | 'not-offered' }
  | { readonly tls: 'refused'; readonly reply: string }
  | { readonly tls: 'failed'; readonly message: string; readonly code: string }
  | { readonly tls: 'done'; readonly certificate: CertificateFinding };

export interface CertificateFinding {
  readonly subject: string;
  readonly issuer: string;
  readonly names: string;
  readonly validFrom: Ms;
  readonly validTo: Ms;
  readonly fingerprint: string;
  readonly protocol: string;
  readonly cipher: string;
  readonly handshakeMs: number;
  /** Absent: it is trusted for this name. A code of OpenSSL or Node. */
  readonly problem?: { readonly code: string; readonly message: string };
}

export async function visitServer(
  socket: Duplex,
  account: Pick<SmtpAccount, 'host' | 'tls' | 'ca'>,
  clientName: string,
  trace: Trace,
): Promise<ServerVisit> {
  const begin = now();
  let session = new Session(socket, trace);
  try {
    let tls: TlsFinding = { tls: 'not-wanted' };
    if (account.tls === 'implicit') {
      const secured = await secure(socket, account);
      tls = secured.finding;
      if (secured.socket === undefined) {
        throw new VisitError('TLS_FAILED', tls.tls === 'failed' ? `No TLS: ${tls.message}.` : 'No TLS.');
      }
      session = new Session(secured.socket, trace);
    }
    const greeting = await session.reply('the greeting');
    const greetingMs = Math.round(now() - begin);
    expectCode(greeting.reply, [220], 'the greeting');
    const first = parseCapabilities((await session.ask(`EHLO ${clientName}`, [250])).lines);
    if (account.tls === 'implicit') {
      await session.quit();
      return { greeting: greeting.reply, inClear: undefined, encrypted: first, greetingMs, tls };
    }
    let encrypted: ServerCapabilities | undefined;
    if (!first.startTls) {
      tls = { tls: account.tls === 'off' ? 'not-wanted' : 'not-offered' };
    } else {
      const { reply } = await session.ask('STARTTLS', undefined);
      if (reply.code === 220) {
        const secured = await secure(socket, account);
        tls = secured.finding;
        if (secured.socket !== undefined) {
          session = new Session(secured.socket, trace);
          encrypted = parseCapabilities((await session.ask(`EHLO ${clientName}`, [250])).lines);
        }
      } else {
        tls = { tls: 'refused', reply: `${reply.code} ${reply.text}` };
      }
    }
    if (tls.tls !== 'failed') {
      await session.quit();
    }
    return { greeting: greeting.reply, inClear: first, encrypted, greetingMs, tls };
  } finally {
    socket.on('error', () => {});
    session.end();
    socket.destroy();
    handOver();
  }
}

function expectCode(reply: SmtpReply, codes: readonly number[], what: string): void {
  if (!codes.includes(reply.code)) {
    throw new VisitError(
      'SMTP_REFUSED',
      `The mail server answers ${what} with ${reply.code} ${reply.text}.`,
      {
        advice: 'Try again later; if it stays so, ask who runs the server whether it refuses this network.',
      },
    );
  }
}

/** TLS over the connection; the certificate is looked at whatever it is worth. */
function secure(
  socket: Duplex,
  { host, ca }: Pick<SmtpAccount, 'host' | 'ca'>,
): Promise<{ readonly finding: TlsFinding; readonly socket?: TLSSocket }> {
  const begin = now();
  return new Promise((resolve) => {
    const failed = (message: string, code: string) => resolve({ finding: { tls: 'failed', message, code } });
    const timer = setTimeout(() => failed('no TLS handshake within its time', 'TLS_TIMEOUT'), REPLY_LIMIT);
    const tls = connect({
      socket,
      servername: /^[\d.]+$/.test(host) ? '' : host,
      // Only to look at it: who sends a mail goes through smtp/submit.ts, which refuses what is not trusted.
      rejectUnauthorized: false,
      secureContext: trustedContext(ca),
    });
    handOver();
    tls.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      failed(error.message, error.code ?? 'TLS_FAILED');
    });
    tls.once('close', () => failed('the connection was closed in the handshake', 'ECONNRESET'));
    tls.once('secureConnect', () => {
      clearTimeout(timer);
      handOver();
      resolve({
        finding: { tls: 'done', certificate: certificateOf(tls, Math.round(now() - begin)) },
        socket: tls,
      });
    });
  });
}

function certificateOf(tls: TLSSocket, handshakeMs: number): CertificateFinding {
  const certificate = tls.getPeerCertificate();
  const error: unknown = tls.authorizationError;
  const name = (part: unknown): string =>
    typeof part === 'object' && part !== null
      ? Object.entries(part)
          .map(([key, value]) => `${key}=${String(value)}`)
          .join(', ')
      : '';
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error ?? '');
  return {
    subject: readable(name(certificate.subject)),
    issuer: readable(name(certificate.issuer)),
    names: readable(certificate.subjectaltname ?? ''),
    validFrom: instantOf(certificate.valid_from),
    validTo: instantOf(certificate.valid_to),
    fingerprint: certificate.fingerprint256 ?? '',
    protocol: tls.getProtocol() ?? '',
    cipher: tls.getCipher().name,
    handshakeMs,
    ...(tls.authorized ? {} : { problem: { code, message: error instanceof Error ? error.message : code } }),
  };
}

const instantOf = (text: string | undefined): Ms => ms(Date.parse(text ?? ''));

export class VisitError extends Kadec21Error {
  readonly code: 'TLS_FAILED' | 'SMTP_REFUSED' | 'SMTP_NO_ANSWER' | 'SMTP_NONSENSE' | 'SMTP_CLOSED';
  readonly layer = 'smtp';

  constructor(code: VisitError['code'], message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }
}

/** Lines both ways over one stream. */
class Session {
  readonly #socket: Duplex;
  readonly #trace: Trace;
  #text = '';
  #isClosed = false;
  #wake = () => {};

  constructor(socket: Duplex, trace: Trace) {
    this.#socket = socket;
    this.#trace = trace;
    socket.on('data', this.#onData);
    socket.on('close', this.#onClose);
    socket.on('end', this.#onClose);
    socket.on('error', this.#onClose);
  }

  /** Lets go of the stream: another session, or TLS, takes it. */
  end(): void {
    this.#socket.off('data', this.#onData);
    this.#socket.destroy();
  }

  async ask(line: string, codes: readonly number[] | undefined) {
    this.#trace({ layer: 'smtp', direction: '>', text: line });
    this.#socket.write(`${line}\r\n`);
    handOver();
    const answer = await this.reply(line);
    if (codes !== undefined) {
      expectCode(answer.reply, codes, line);
    }
    if (line === 'STARTTLS' && answer.reply.code === 220) {
      this.#socket.off('data', this.#onData);
      this.#socket.pause();
    }
    return answer;
  }

  async quit(): Promise<void> {
    await this.ask('QUIT', undefined).catch(() => {});
  }

  /** One whole reply; rejects when none comes. */
  async reply(to: string): Promise<{ readonly reply: SmtpReply; readonly lines: string }> {
    const lines = await this.#wholeReply(to);
    for (const line of lines.split('\n')) {
      this.#trace({ layer: 'smtp', direction: '<', text: readable(line) });
    }
    const reply = parseSmtpReply(lines);
    if (reply === undefined) {
      throw new VisitError(
        'SMTP_NONSENSE',
        `What answers is no mail server: ${JSON.stringify(readable(lines))}.`,
        {
          advice: 'Check host and port of the mail server in the settings.',
        },
      );
    }
    return { reply, lines };
  }

  #wholeReply(to: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}(?:[ ][^\n]*)?\r?\n/.exec(this.#text)?.[0];
        const isNonsense = whole === undefined && /^(?!\d{3}[ -]?)[^\n]*\n/.test(this.#text);
        if (whole !== undefined || isNonsense || this.#text.length > LONGEST_REPLY) {
          clearTimeout(timer);
          const text = whole ?? this.#text;
          this.#text = this.#text.slice(text.length);
          resolve(text.replace(/\r?\n$/, '').replaceAll('\r\n', '\n'));
        } else if (this.#isClosed) {
          clearTimeout(timer);
          reject(
            new VisitError(
              'SMTP_CLOSED',
              `The mail server closed the connection instead of answering ${to}.`,
              {
                advice:
                  'Try again later; if it stays so, ask who runs the server whether it refuses this network.',
              },
            ),
          );
        }
      };
      const timer = setTimeout(
        () =>
          reject(
            new VisitError(
              'SMTP_NO_ANSWER',
              `The mail server has not answered ${to} within ${REPLY_LIMIT / 1000} s.`,
              {
                advice:
                  'Try again; a server that is always so slow needs longer time limits in the settings.',
              },
            ),
          ),
        REPLY_LIMIT,
      );
      this.#wake = look;
      look();
    });
  }

  readonly #onData = (chunk: Uint8Array): void => {
    handOver();
    this.#text += Buffer.from(chunk).toString('latin1');
    this.#wake();
  };

  readonly #onClose = (): void => {
    this.#isClosed = true;
    this.#wake();
  };
}
