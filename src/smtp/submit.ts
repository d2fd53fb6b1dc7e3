/**
 * One attempt to hand a mail to a submission server (RFC 6409, RFC 5321, RFC 4954, RFC 3207), with nodemailer
 * over whatever connection `openSocket` gives. Every outcome of the protocol comes back as a value.
 *
 * The steps of a session have their time limits here, on global timers, so that they hold under TLS and in
 * virtual time alike; nodemailer's own are set out of the way.
 */
import type { Duplex } from 'node:stream';
import type { NodemailerError } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { DeadlineTimer } from '../base/deadline-timer.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import { ms } from '../base/units.ts';
import { handOver, now } from '../base/virtual-time.ts';
import { chooseMechanism } from './authentication.ts';
import { errorCode, SessionBroken, sessionBrokenBy } from './broken-session.ts';
import type { ComposedMail } from './compose.ts';
import { Dialogue } from './dialogue.ts';
import { nodemailerLogger } from './nodemailer-logger.ts';
import { outcomeOf } from './outcome.ts';
import { bodyStream, connectionOptions, passwordOf, secretsOf } from './session-options.ts';
import { formatSmtpReply } from './smtp-reply.ts';
import type { SmtpAccount, SubmissionReply } from './submission.ts';
import { SubmissionSocket } from './submission-socket.ts';
import { type SmtpTimeLimits, standardTimeLimits } from './time-limits.ts';

export interface SubmitOptions {
  readonly timeLimits?: SmtpTimeLimits | undefined;
  /** What EHLO gives as this host's name; its address in brackets where there is none (RFC 5321 §4.1.3). */
  readonly clientName?: string | undefined;
  readonly trace?: Trace | undefined;
}

/**
 * Tries once.
 * @param mail what `composeMail` gave; `envelope.to` may be narrowed to the recipients still open
 * @param openSocket connects to `account.host` and `account.port`; its time counts against the limit `connect`
 * @returns what the server said, or why it said nothing. The connection is closed by then
 */
export async function submit(
  mail: Pick<ComposedMail, 'raw' | 'messageId' | 'envelope'>,
  account: SmtpAccount,
  openSocket: () => Promise<Duplex>,
  options: SubmitOptions = {},
): Promise<SubmissionReply> {
  return new Attempt(mail, account, options).run(openSocket);
}

class Attempt {
  readonly #mail: Pick<ComposedMail, 'raw' | 'messageId' | 'envelope'>;
  readonly #account: SmtpAccount;
  readonly #options: SubmitOptions;
  readonly #limits: SmtpTimeLimits;
  readonly #dialogue: Dialogue;
  readonly #startedAt = now();
  readonly #end: Promise<never>;
  #breakOff: (cause: Error) => void = () => {};
  /** When the step that the session is in has taken too long. */
  #deadline = ms(0);
  readonly #timer = new DeadlineTimer(() => this.#checkLimit());
  #socket: SubmissionSocket | undefined;
  #connection: SMTPConnection | undefined;
  #isOver = false;
  /** Taken where the session is broken off, before the connection is torn down. */
  #wasHoldingBack: boolean | undefined;

  constructor(
    mail: Pick<ComposedMail, 'raw' | 'messageId' | 'envelope'>,
    account: SmtpAccount,
    options: SubmitOptions,
  ) {
    this.#mail = mail;
    this.#account = account;
    this.#options = options;
    this.#limits = options.timeLimits ?? standardTimeLimits;
    const trace = options.trace ?? noTrace;
    this.#dialogue = new Dialogue(secretsOf(account), (line) => trace({ layer: 'smtp', ...line }));
    this.#end = new Promise((_, reject) => {
      this.#breakOff = reject;
    });
    this.#end.catch(() => {});
  }

  async run(openSocket: () => Promise<Duplex>): Promise<SubmissionReply> {
    let broken: SessionBroken | undefined;
    try {
      const connection = await this.#connect(openSocket);
      await this.#greet(connection);
      await this.#authenticate(connection);
      await this.#send(connection);
    } catch (error) {
      broken =
        error instanceof SessionBroken
          ? error
          : sessionBrokenBy(asError(error), this.#dialogue, this.#account);
    }
    const isHoldingBack = this.#wasHoldingBack ?? this.#socket?.isHoldingBack ?? false;
    const outcome = outcomeOf(this.#dialogue, this.#mail.envelope.to, broken, isHoldingBack);
    this.#isOver = true;
    await this.#close();
    const { messageId } = this.#mail;
    return { ...outcome, messageId, port: this.#account.port, startedAt: this.#startedAt, endedAt: now() };
  }

  async #connect(openSocket: () => Promise<Duplex>): Promise<SMTPConnection> {
    this.#watch();
    const opening = Promise.resolve().then(openSocket);
    const inner = await Promise.race([opening, this.#end]).catch((error: unknown) => {
      opening.then(
        (late) => late.on('error', () => {}).destroy(),
        () => {},
      );
      throw error instanceof SessionBroken
        ? error
        : new SessionBroken('not-connected', asError(error).message, errorCode(error));
    });
    this.#socket = new SubmissionSocket(inner, {
      repliesSeen: () => this.#dialogue.repliesSeen,
      onProgress: () => {
        if (this.#dialogue.phase === 'body' || this.#dialogue.phase === 'end-of-data') {
          this.#watch();
        }
      },
      bytesAbove: () => this.#bytesAboveSocket(),
    });
    this.#connection = new SMTPConnection(
      connectionOptions(this.#account, this.#socket, this.#options.clientName, nodemailerLogger(this)),
    );
    return this.#connection;
  }

  async #greet(connection: SMTPConnection): Promise<void> {
    connection.on('error', (error: NodemailerError) => this.#breakOff(error));
    // Where there is a better reason, nodemailer gives it in the same turn, behind this event.
    connection.on('end', () => {
      handOver();
      setImmediate(() => this.#breakOff(new SessionBroken('connection-lost', 'the connection was closed')));
    });
    this.#dialogue.connected(this.#account.tls === 'implicit');
    this.#watch();
    await this.#step((done) => connection.connect(done));
  }

  async #authenticate(connection: SMTPConnection): Promise<void> {
    const { auth } = this.#account;
    if (auth === undefined) {
      return;
    }
    const choice = chooseMechanism(
      this.#account,
      this.#dialogue.capabilities.authMechanisms,
      connection.secure,
    );
    if ('failure' in choice) {
      this.#dialogue.phase = 'auth';
      throw new SessionBroken(
        choice.failure,
        choice.failure === 'auth-not-offered'
          ? 'the server does not offer the authentication that the settings ask for'
          : 'the server takes only a readable password, and the connection is not encrypted',
      );
    }
    const credentials = { user: auth.user, pass: passwordOf(auth) };
    await this.#step((done) => connection.login({ ...credentials, method: choice.mechanism }, done));
  }

  async #send(connection: SMTPConnection): Promise<void> {
    const { raw, envelope } = this.#mail;
    const { size } = this.#dialogue.capabilities;
    if (size !== undefined && raw.length > size) {
      // RFC 1870 §6: said before MAIL, so that nothing is sent in vain.
      this.#dialogue.phase = 'mail';
      throw new SessionBroken('too-big', `the mail has ${raw.length} bytes, the server takes ${size}`);
    }
    const addresses = { from: envelope.from, to: [...envelope.to], size: raw.length };
    await this.#step((done) => connection.send(addresses, bodyStream(raw), done));
  }

  /** From nodemailer: a command line left. */
  sent(line: string): void {
    this.#dialogue.sent(line);
    this.#watch();
  }

  /** From nodemailer: a whole reply came. */
  received(lines: string): void {
    if (this.#hasClosed() && !/^[45]\d\d[ -]/.test(lines)) {
      // What is left of a reply when the connection is gone is none (RFC 5321 §4.2: it ends with CRLF).
      return;
    }
    this.#dialogue.received(lines);
    this.#watch();
    if (this.#dialogue.phase === 'data' && this.#dialogue.lastReply?.phase === 'data') {
      const { reply } = this.#dialogue.lastReply;
      if (reply.code < 300) {
        // nodemailer takes it for a go-ahead; the server would read the body as commands.
        this.#break(new SessionBroken('protocol', `the server answered DATA with ${formatSmtpReply(reply)}`));
      }
    }
  }

  established(): void {
    this.#dialogue.secured();
    this.#watch();
  }

  bodyEnded(octets: number): void {
    this.#dialogue.bodyEnded(octets);
    this.#watch();
  }

  /** Runs one step of nodemailer's to its end, or to the end of the session. */
  async #step(start: (done: (error?: NodemailerError | null) => void) => void): Promise<void> {
    const step = new Promise<void>((resolve, reject) => {
      start((error) => (error ? reject(error) : resolve()));
    });
    handOver();
    step.catch(() => {});
    await Promise.race([step, this.#end]);
  }

  /** Restarts the clock for the step that the session is in. */
  #watch(): void {
    if (!this.#isOver) {
      const time = now();
      this.#deadline = ms(time + this.#limits[this.#dialogue.phase]);
      this.#timer.notLaterThan(this.#deadline, time);
    }
  }

  #checkLimit(): void {
    const time = now();
    if (time < this.#deadline) {
      this.#timer.notLaterThan(this.#deadline, time);
      return;
    }
    const { phase } = this.#dialogue;
    const limit = Math.round(this.#limits[phase] / 1000);
    this.#break(new SessionBroken('timeout', `nothing came within ${limit} s (${phase})`));
  }

  #break(cause: SessionBroken): void {
    this.#breakOff(cause);
    const { isHoldingBack = false } = this.#socket ?? {};
    this.#wasHoldingBack ??= isHoldingBack;
    this.#connection?.close();
    this.#socket?.destroy();
  }

  /** Says QUIT where somebody still listens, then closes in any case. */
  async #close(): Promise<void> {
    this.#timer.stop();
    const socket = this.#socket;
    if (socket === undefined) {
      return;
    }
    const closed = new Promise<void>((resolve) => {
      if (socket.closed) {
        resolve();
      }
      socket.once('close', resolve);
    });
    const connection = this.#connection;
    if (connection !== undefined && !connection.destroyed && !this.#hasClosed()) {
      connection.quit();
    } else {
      connection?.close();
    }
    const impatience = setTimeout(() => socket.destroy(), this.#limits.quit);
    await closed;
    clearTimeout(impatience);
    connection?.close();
  }

  #hasClosed(): boolean {
    const current = this.#connection?._socket;
    return current === undefined || current === null || current === false ? true : current.destroyed;
  }

  #bytesAboveSocket(): number {
    const current: unknown = this.#connection?._socket;
    const isTls = current !== this.#socket && typeof current === 'object' && current !== null;
    return isTls && 'writableLength' in current ? Number(current.writableLength) : 0;
  }
}

function asError(error: unknown): NodemailerError {
  return error instanceof Error ? error : new Error(String(error));
}
