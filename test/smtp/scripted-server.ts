/** A mail server that does at each step what a script says, and the healthy thing where the script is silent. */
import { createHmac } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { certificate, type TestCertificate } from './certificates.ts';
import { duplexPair, reset } from './duplex-pair.ts';

export interface Step {
  /** One reply; several lines make a multi-line one. Whole lines, code included. */
  readonly reply?: string | readonly string[];
  readonly delayS?: number;
  /** No reply, now and later. */
  readonly silent?: boolean;
  /** Ends after the reply, or instead of it where there is none: FIN, or RST. */
  readonly close?: boolean;
  readonly rst?: boolean;
  /** After the reply, whichever it is. */
  readonly thenClose?: boolean;
  readonly thenRst?: boolean;
  /** Nothing more after the reply. */
  readonly silentAfter?: boolean;
}

export interface DataStep extends Step {
  readonly rstAfterBytes?: number;
  readonly closeAfterBytes?: number;
  readonly silentAfterBytes?: number;
}

export interface StartTlsStep extends Step {
  readonly offered?: boolean;
  /** In clear, in the same segment as the 220. */
  readonly inject?: string;
  /** In clear, where the server's half of the handshake belongs. */
  readonly garbage?: string;
}

export interface SessionScript {
  /** What happens to the TCP connection. `accept` is the default. */
  readonly connect?: 'accept' | 'refused' | 'dropped' | 'rst' | 'close' | 'unreachable';
  readonly greeting?: Step;
  readonly ehlo?: Step;
  readonly ehloAfterTls?: Step;
  readonly helo?: Step;
  readonly starttls?: StartTlsStep;
  readonly implicitTls?: boolean;
  readonly certificate?: TestCertificate;
  readonly authMechs?: readonly string[];
  /** Whether AUTH is offered outside TLS too. */
  readonly authInClear?: boolean;
  /** The verdict on credentials; by default those of the server decide. */
  readonly auth?: Step;
  /** Whether MAIL needs AUTH. */
  readonly requiresAuth?: boolean;
  readonly mail?: Step;
  /** By order of RCPT, the last for all that follow. */
  readonly rcpt?: readonly Step[];
  readonly rcptFor?: Readonly<Record<string, Step>>;
  readonly data?: DataStep;
  readonly eod?: Step & { readonly stored?: boolean };
  readonly quit?: Step;
  readonly rset?: Step;
  readonly size?: number | undefined;
  readonly pipelining?: boolean;
  readonly keywords?: readonly string[];
}

export interface StoredMail {
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly raw: string;
}

interface SeenCommand {
  readonly line: string;
  readonly isEncrypted: boolean;
  readonly session: number;
  readonly at: number;
}

/** Makes a connection: the client's end and the server's. */
export type ConnectedPair = () => Promise<[client: Duplex, server: Duplex]>;

const DEFAULT_SIZE = 1_048_576;

export class ScriptedServer {
  readonly commands: SeenCommand[] = [];
  readonly stored: StoredMail[] = [];
  readonly messageIds: string[] = [];
  sessions = 0;
  /** Clients that did not wait for the greeting (RFC 5321 §3.1). */
  spokeTooEarly = 0;
  /** Connections that the client has not closed. */
  open = 0;
  readonly #scripts: readonly SessionScript[];
  readonly #credentials: { user: string; password: string } | undefined;
  readonly #pair: ConnectedPair;

  /**
   * @param scripts one per connection; the last one serves all that follow
   * @param pair how client and server are connected; a bare pair of streams by default
   */
  constructor(
    scripts: readonly SessionScript[],
    credentials?: { user: string; password: string },
    pair: ConnectedPair = async () => duplexPair(),
  ) {
    this.#scripts = scripts;
    this.#credentials = credentials;
    this.#pair = pair;
  }

  /** What a client's TCP does, as `openSocket`. */
  readonly connect = async (): Promise<Duplex> => {
    const script = this.#scripts[Math.min(this.sessions, this.#scripts.length - 1)] ?? {};
    this.sessions += 1;
    if (script.connect === 'dropped') {
      await new Promise(() => {});
    }
    if (script.connect === 'refused' || script.connect === 'unreachable') {
      const code = script.connect === 'refused' ? 'TCP_REFUSED' : 'TCP_UNREACHABLE';
      throw Object.assign(new Error(`connection ${script.connect}`), { code });
    }
    const [client, server] = await this.#pair();
    this.open += 1;
    client.on('close', () => {
      this.open -= 1;
    });
    new Session(this, script, server, this.sessions, this.#credentials).start();
    return client;
  };
}

class Session {
  readonly #server: ScriptedServer;
  readonly #script: SessionScript;
  readonly #number: number;
  readonly #credentials: { user: string; password: string } | undefined;
  readonly #plain: Duplex;
  #socket: Duplex;
  #input = '';
  #isEncrypted = false;
  #isBusy = false;
  #isMute = false;
  #isInBody = false;
  #authStep: ((line: string) => Promise<void>) | undefined;
  #isAuthenticated = false;
  #hasSender = false;
  #recipients: string[] = [];
  #body: string[] = [];
  #bodyBytes = 0;
  #rcptCount = 0;

  constructor(
    server: ScriptedServer,
    script: SessionScript,
    socket: Duplex,
    number: number,
    credentials: { user: string; password: string } | undefined,
  ) {
    this.#server = server;
    this.#script = script;
    this.#plain = socket;
    this.#socket = socket;
    this.#number = number;
    this.#credentials = credentials;
  }

  start(): void {
    this.#plain.on('error', () => {});
    if (this.#script.connect === 'rst') {
      this.#plain.destroy(reset());
    } else if (this.#script.connect === 'close') {
      this.#plain.resume().end();
    } else if (this.#script.implicitTls === true) {
      this.#encrypt(() => this.#greet());
    } else {
      this.#listen(this.#plain);
      this.#greet();
    }
  }

  #greet(): void {
    void this.#busy(async () => {
      await this.#step(this.#script.greeting, '220 mail.test ESMTP');
      this.#server.spokeTooEarly += this.#input === '' ? 0 : 1;
    });
  }

  #listen(socket: Duplex): void {
    socket.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')));
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
  }

  #take(text: string): void {
    this.#input += text;
    const { rstAfterBytes, closeAfterBytes, silentAfterBytes } = this.#script.data ?? {};
    if (this.#isInBody) {
      this.#bodyBytes += text.length;
      if (rstAfterBytes !== undefined && this.#bodyBytes >= rstAfterBytes) {
        this.#cut(true);
      } else if (closeAfterBytes !== undefined && this.#bodyBytes >= closeAfterBytes) {
        this.#cut(false);
      } else if (silentAfterBytes !== undefined && this.#bodyBytes >= silentAfterBytes) {
        this.#isMute = true;
        this.#socket.pause();
      }
    }
    void this.#next();
  }

  /** Takes line after line; a step that waits holds up those behind it. */
  async #next(): Promise<void> {
    if (this.#isBusy) {
      return;
    }
    const end = this.#input.indexOf('\r\n');
    if (end < 0 || this.#isMute) {
      return;
    }
    const line = this.#input.slice(0, end);
    this.#input = this.#input.slice(end + 2);
    await this.#busy(() => this.#line(line));
  }

  async #busy(work: () => Promise<unknown>): Promise<void> {
    this.#isBusy = true;
    await work();
    this.#isBusy = false;
    await this.#next();
  }

  async #line(line: string): Promise<void> {
    if (this.#isInBody) {
      await this.#bodyLine(line);
      return;
    }
    const { commands } = this.#server;
    commands.push({ line, isEncrypted: this.#isEncrypted, session: this.#number, at: Date.now() });
    if (this.#authStep !== undefined) {
      await this.#authStep(line);
      return;
    }
    const script = this.#script;
    switch (line.split(' ')[0]?.toUpperCase()) {
      case 'EHLO':
        await this.#step(
          (this.#isEncrypted ? script.ehloAfterTls : undefined) ?? script.ehlo,
          this.#keywords(),
        );
        return;
      case 'HELO':
        await this.#step(script.helo, '250 mail.test');
        return;
      case 'STARTTLS':
        await this.#startTls();
        return;
      case 'AUTH':
        await this.#auth(line);
        return;
      case 'MAIL':
        await this.#mail();
        return;
      case 'RCPT':
        await this.#rcpt(line);
        return;
      case 'DATA':
        await this.#data();
        return;
      case 'RSET':
        await this.#step(script.rset, '250 2.0.0 OK');
        return;
      case 'QUIT':
        await this.#step({ thenClose: true, ...script.quit }, '221 2.0.0 bye');
        return;
      default:
        await this.#step(undefined, '500 5.5.1 unknown command');
    }
  }

  #keywords(): string[] {
    const {
      size = DEFAULT_SIZE,
      pipelining = true,
      authMechs = ['PLAIN', 'LOGIN'],
      keywords = [],
    } = this.#script;
    const mayAuth = this.#isEncrypted || this.#script.authInClear === true;
    const lines = [
      'mail.test',
      ...(pipelining ? ['PIPELINING'] : []),
      `SIZE ${size}`,
      ...(mayAuth && authMechs.length > 0 ? [`AUTH ${authMechs.join(' ')}`] : []),
      ...(!this.#isEncrypted && this.#script.starttls?.offered !== false ? ['STARTTLS'] : []),
      ...keywords,
      'ENHANCEDSTATUSCODES',
    ];
    return lines.map((text, index) => `250${index === lines.length - 1 ? ' ' : '-'}${text}`);
  }

  async #startTls(): Promise<void> {
    const script = this.#script.starttls ?? {};
    const standard = script.offered === false ? '502 5.5.1 not implemented' : '220 2.0.0 go ahead';
    const inClear = [
      firstLine(script.reply ?? standard),
      ...(script.inject ?? '').split('\r\n').filter(Boolean),
    ];
    const reply = await this.#step(
      script.inject === undefined ? script : { ...script, reply: inClear },
      standard,
    );
    if (!reply.startsWith('2') || this.#isMute) {
      return;
    }
    if (script.garbage === undefined) {
      this.#encrypt(() => {});
    } else {
      this.#socket.write(Buffer.from(script.garbage, 'latin1'));
      this.#isMute = true;
    }
  }

  #encrypt(then: () => void): void {
    this.#plain.removeAllListeners('data');
    const secure = new TLSSocket(this.#plain, {
      isServer: true,
      ...certificate(this.#script.certificate ?? 'valid'),
    });
    this.#input = '';
    this.#socket = secure;
    this.#isEncrypted = true;
    this.#isAuthenticated = false;
    this.#listen(secure);
    secure.on('secure', then);
  }

  async #auth(line: string): Promise<void> {
    const { auth: script } = this.#script;
    const [, mechanism = '', initial] = line.split(' ');
    const code = firstLine(script?.reply ?? '').slice(0, 3);
    if (script !== undefined && !['235', '535', ''].includes(code)) {
      // A refusal of the command itself comes before any challenge.
      await this.#step(script, '');
      return;
    }
    const decode = (text: string) => Buffer.from(text, 'base64').toString();
    const verdict = async (isRight: boolean): Promise<void> => {
      this.#authStep = undefined;
      this.#isAuthenticated = code === '235' || (code === '' && isRight);
      await this.#step(
        script,
        isRight ? '235 2.7.0 welcome' : '535 5.7.8 Authentication credentials invalid',
      );
    };
    const challenge = async (text: string, then: (answer: string) => Promise<void>): Promise<void> => {
      this.#authStep = then;
      await this.#step(undefined, `334 ${Buffer.from(text).toString('base64')}`);
    };
    const { user = '', password = '' } = this.#credentials ?? {};
    if (mechanism.toUpperCase() === 'PLAIN') {
      const check = (answer: string) => verdict(decode(answer) === `\0${user}\0${password}`);
      await (initial === undefined ? challenge('', check) : check(initial));
    } else if (mechanism.toUpperCase() === 'LOGIN') {
      await challenge('Username:', (name) =>
        challenge('Password:', (secret) => verdict(decode(name) === user && decode(secret) === password)),
      );
    } else if (mechanism.toUpperCase() === 'CRAM-MD5') {
      const text = '<1.2@mail.test>';
      const digest = createHmac('md5', password).update(text).digest('hex');
      await challenge(text, (answer) => verdict(decode(answer) === `${user} ${digest}`));
    } else {
      await this.#step(undefined, '504 5.5.4 unknown mechanism');
    }
  }

  async #mail(): Promise<void> {
    const mayMail =
      this.#isAuthenticated || this.#script.requiresAuth === false || this.#credentials === undefined;
    const reply = await this.#step(
      this.#script.mail,
      mayMail ? '250 2.1.0 OK' : '530 5.7.0 Authentication required',
    );
    this.#hasSender = reply.startsWith('2');
    this.#recipients = [];
  }

  async #rcpt(line: string): Promise<void> {
    const { rcpt = [], rcptFor = {} } = this.#script;
    const recipient = /<(.*)>/.exec(line)?.[1] ?? '';
    const step = rcptFor[recipient] ?? rcpt[Math.min(this.#rcptCount, rcpt.length - 1)];
    this.#rcptCount += 1;
    const reply = await this.#step(step, this.#hasSender ? '250 2.1.5 OK' : '503 5.5.1 MAIL first');
    if (reply.startsWith('2')) {
      this.#recipients.push(recipient);
    }
  }

  async #data(): Promise<void> {
    const isReady = this.#hasSender && this.#recipients.length > 0;
    const reply = await this.#step(this.#script.data, isReady ? '354 go' : '554 5.5.1 no valid recipients');
    this.#isInBody = reply.startsWith('3');
    this.#bodyBytes = this.#input.length;
  }

  async #bodyLine(line: string): Promise<void> {
    if (line !== '.') {
      this.#body.push(line.startsWith('.') ? line.slice(1) : line);
      return;
    }
    this.#isInBody = false;
    const raw = this.#body.map((text) => `${text}\r\n`).join('');
    this.#body = [];
    const messageId = /^Message-ID: (.*)$/im.exec(raw)?.[1]?.trim() ?? '';
    this.#server.messageIds.push(messageId);
    const script = this.#script.eod ?? {};
    const code = firstLine(script.reply ?? '250').charAt(0);
    const says =
      script.reply !== undefined || !(script.silent === true || script.close === true || script.rst === true);
    if (this.#recipients.length > 0 && (script.stored ?? (says && code === '2'))) {
      this.#server.stored.push({ messageId, recipients: this.#recipients, raw });
    }
    await this.#step(
      script,
      this.#recipients.length > 0 ? '250 2.0.0 queued' : '554 5.5.1 no valid recipients',
    );
  }

  /** @returns the first line of the reply, or nothing where there was none */
  async #step(step: Step | undefined, standard: string | readonly string[]): Promise<string> {
    if (this.#isMute) {
      return '';
    }
    if (step?.delayS !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, (step.delayS ?? 0) * 1000));
    }
    if (step?.silent === true) {
      this.#isMute = true;
      return '';
    }
    const { reply, close = false, rst = false, thenClose = false, thenRst = false } = step ?? {};
    if ((close || rst) && reply === undefined) {
      this.#cut(rst);
      return '';
    }
    const lines = reply ?? standard;
    const text = typeof lines === 'string' ? lines : lines.join('\r\n');
    await new Promise<void>((resolve) => {
      this.#socket.write(Buffer.from(`${text}\r\n`), () => resolve());
    });
    if (rst || thenRst || close || thenClose || text.startsWith('421')) {
      this.#cut(rst || thenRst);
    }
    this.#isMute ||= step?.silentAfter === true;
    return firstLine(lines);
  }

  #cut(withReset: boolean): void {
    this.#isMute = true;
    if (withReset) {
      this.#plain.destroy(reset());
    } else {
      this.#socket.end();
      this.#socket.resume();
    }
  }
}

function firstLine(reply: string | readonly string[]): string {
  return typeof reply === 'string' ? reply : (reply[0] ?? '');
}
