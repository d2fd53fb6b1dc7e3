/**
 * One POP3 session as the server sees it: RFC 1939 with CAPA and response codes (RFC 2449, RFC 3206) and STLS
 * (RFC 2595). No I/O and no timers: events and the time in, actions and a deadline out.
 */
import { type Bytes, bytes, type Ms, minutes, ms } from '../../base/units.ts';
import type { ContentFate, FetchFate, FetchMoment } from '../faults/effects.ts';
import type { MailHost, Pop3Service } from './mail-host.ts';
import { addressesOf, type Maildrops } from './maildrops.ts';
import { type Pop3Line, Pop3Lines } from './pop3-command.ts';
import { listed } from './pop3-content.ts';
import { judgePop3, type Pop3SignIn } from './pop3-sign-in.ts';
import { ok, type Pop3Reply, Pop3Transaction, refused } from './pop3-transaction.ts';
import type { SignInAttempt } from './sign-in.ts';

/** RFC 1939 §3: an autologout timer is of at least ten minutes. */
const AUTOLOGOUT = minutes(10);
/** What Node's own TLS servers give a client. */
const HANDSHAKE_TIMEOUT = minutes(2);
/** Who guesses has to connect again. */
const MAX_BAD_SIGN_INS = 3;
/** Who speaks another protocol is told so often enough. */
const MAX_BAD_COMMANDS = 20;
/** What may be on its way to a client that does not read. */
const SEND_WINDOW: Bytes = bytes(64 * 1024);

export type Pop3Event =
  /** The connection is there. */
  | { readonly type: 'start' }
  | { readonly type: 'octets'; readonly octets: Uint8Array }
  /** TLS has come about. */
  | { readonly type: 'secured' }
  /** All that was sent has gone out. */
  | { readonly type: 'drained' }
  /** The client will say no more. */
  | { readonly type: 'end' }
  /** The connection has gone. */
  | { readonly type: 'gone' }
  /** The deadline may have come. */
  | { readonly type: 'time' };

export type Pop3Action =
  | { readonly type: 'send'; readonly octets: Uint8Array }
  /** Begins TLS on what has been sent and received so far; what a client sent ahead is thrown away. */
  | { readonly type: 'start-tls' }
  | { readonly type: 'sign-in'; readonly attempt: SignInAttempt }
  | { readonly type: 'removed'; readonly user: string; readonly count: number }
  | { readonly type: 'close' }
  /** Without a word, as when the line breaks. */
  | { readonly type: 'reset' };

type State =
  /** For the connection: whoever speaks before it is there is not heard. */
  | { readonly state: 'waiting' }
  | { readonly state: 'securing'; readonly then: 'greeting' | 'silence' }
  | { readonly state: 'authorization'; readonly user: string | undefined }
  | { readonly state: 'transaction'; readonly user: string; readonly transaction: Pop3Transaction }
  /** Nothing is heard or said any more, but the connection stays. */
  | { readonly state: 'stalled'; readonly transaction: Pop3Transaction | undefined }
  | { readonly state: 'closed' };

/** What goes wrong in a session; asked where it would happen. */
export interface Pop3Troubles {
  readonly hidesStls: boolean;
  at(point: FetchMoment['point']): FetchFate | undefined;
  /** A mail begins to go. */
  inContent(): ContentFate | undefined;
}

export interface Pop3MachineOptions {
  readonly host: MailHost;
  readonly service: Pop3Service;
  /** Whether USER and PASS may come before STLS. */
  readonly allowsClearPasswords: boolean;
  readonly maildrops: Maildrops;
  /** What makes the timestamp of the greeting unlike any other (RFC 1939 §7, APOP). */
  readonly nonce: string;
  /** Absent: nothing goes wrong. */
  readonly troubles?: Pop3Troubles;
}

export class Pop3Machine {
  readonly #options: Pop3MachineOptions;
  readonly #timestamp: string;
  readonly #lines = new Pop3Lines();
  #state: State = { state: 'waiting' };
  #isSecure = false;
  #hasEnded = false;
  #badSignIns = 0;
  #badCommands = 0;
  /** The rest of a multi-line reply. */
  #rest: Iterator<Uint8Array> | undefined;
  /** What happens to the mail that is on its way, and how far off it is. */
  #content: { readonly fate: ContentFate; left: number } | undefined;
  #unsent = 0;
  #deadline: Ms | undefined;
  #actions: Pop3Action[] = [];
  /** Of these actions the next octets to send. */
  #gathered: Uint8Array[] = [];

  constructor(options: Pop3MachineOptions) {
    this.#options = options;
    this.#timestamp = `<${options.nonce}@${options.host.name}>`;
  }

  /** When `time` is due; `undefined`: the session is over. */
  get deadline(): Ms | undefined {
    return this.#deadline;
  }

  /** While true nothing more may be read: `drained` comes first. */
  get isHolding(): boolean {
    return this.#unsent >= SEND_WINDOW;
  }

  handle(event: Pop3Event, now: Ms): readonly Pop3Action[] {
    this.#actions = [];
    if (this.#state.state !== 'closed') {
      this.#take(event, now);
      this.#goOn();
      this.#flush();
    }
    return this.#actions;
  }

  #take(event: Pop3Event, now: Ms): void {
    switch (event.type) {
      case 'start':
        this.#start();
        break;
      case 'octets':
        if (this.#isListening() && !this.#lines.push(event.octets)) {
          this.#close();
        }
        break;
      case 'secured':
        this.#secured();
        break;
      case 'drained':
        this.#unsent = 0;
        break;
      case 'end':
        this.#hasEnded = true;
        if (!this.#isListening()) {
          this.#close();
        }
        break;
      case 'gone':
        this.#close();
        break;
      case 'time':
        if (this.#deadline !== undefined && now >= this.#deadline) {
          // RFC 1939 §3: no UPDATE state and no reply.
          this.#close();
        }
        return;
    }
    const patience = this.#state.state === 'securing' ? HANDSHAKE_TIMEOUT : AUTOLOGOUT;
    this.#deadline = this.#isOver() ? undefined : ms(now + patience);
  }

  #isOver(): boolean {
    return this.#state.state === 'closed' || this.#state.state === 'stalled';
  }

  #isListening(): boolean {
    return this.#state.state === 'authorization' || this.#state.state === 'transaction';
  }

  /** Answers as much as the client takes. */
  #goOn(): void {
    while (this.#isListening() && !this.isHolding) {
      if (this.#rest !== undefined) {
        const { done, value } = this.#rest.next();
        if (done === true) {
          this.#rest = undefined;
          this.#content = undefined;
        } else {
          this.#sendContent(value);
        }
        continue;
      }
      const line = this.#lines.next();
      if (line === undefined) {
        if (this.#hasEnded) {
          this.#close();
        }
        return;
      }
      this.#answer(line);
    }
  }

  #answer(line: Pop3Line): void {
    const point = this.#pointOf(line);
    const fate = point === undefined ? undefined : this.#options.troubles?.at(point);
    if (point !== undefined && fate !== undefined) {
      this.#suffer(point, fate);
      return;
    }
    const reply = line.line === 'command' ? this.#replyTo(line.verb, line.argument) : undefined;
    if (reply !== undefined) {
      this.#reply(reply);
      if (reply.body !== undefined && (point === 'RETR' || point === 'TOP')) {
        const content = this.#options.troubles?.inContent();
        this.#content = content === undefined ? undefined : { fate: content, left: content.after };
      }
      return;
    }
    this.#badCommands += 1;
    if (this.#badCommands >= MAX_BAD_COMMANDS) {
      this.#reply(refused('too many bad commands'));
      this.#close();
    } else {
      this.#reply(refused(line.line === 'too-long' ? 'the line is too long' : 'no such command here'));
    }
  }

  /** Where in a session this is, if a fault can strike there. */
  #pointOf(line: Pop3Line): FetchMoment['point'] | undefined {
    const point = line.line === 'command' ? points[line.verb] : undefined;
    return point === 'STLS' && !this.#offersStartTls() ? undefined : point;
  }

  /** What an effect makes of a command. */
  #suffer(point: FetchMoment['point'], fate: FetchFate): void {
    switch (fate.fate) {
      case 'refuse':
        this.#reply(refused(fate.text));
        if (point === 'greeting') {
          this.#close();
        }
        break;
      case 'stall':
        this.#stall();
        break;
      case 'break':
        if (point === 'QUIT' && fate.accepts) {
          this.#update();
        }
        this.#break(fate.how);
        break;
    }
  }

  #sendContent(octets: Uint8Array): void {
    const content = this.#content;
    if (content === undefined || octets.length < content.left) {
      if (content !== undefined) {
        content.left -= octets.length;
      }
      this.#send(octets);
      return;
    }
    this.#content = undefined;
    this.#send(octets.subarray(0, content.left));
    const then = content.fate.reached();
    if (then === 'stall') {
      this.#stall();
    } else if (then === 'go-on') {
      this.#send(octets.subarray(content.left));
    } else {
      this.#break(then);
    }
  }

  #stall(): void {
    const transaction = this.#state.state === 'transaction' ? this.#state.transaction : undefined;
    this.#state = { state: 'stalled', transaction };
    // Not even that the client has been silent for too long is said.
    this.#deadline = undefined;
    this.#rest = undefined;
    this.#lines.clear();
  }

  #break(how: 'reset' | 'close'): void {
    if (how === 'close') {
      this.#close();
      return;
    }
    this.#leave();
    this.#act({ type: 'reset' });
  }

  /** @returns `undefined` for a command that is none, or none in this state; an empty status is no reply at all */
  #replyTo(verb: string, argument: string): Pop3Reply | undefined {
    if (verb === 'CAPA') {
      return { status: '+OK capabilities follow', body: listed(this.#capabilities()) };
    }
    if (verb === 'QUIT') {
      return this.#quit();
    }
    if (this.#state.state === 'transaction') {
      return this.#state.transaction.answer(verb, argument);
    }
    switch (verb) {
      case 'STLS':
        return this.#startTls();
      case 'USER':
        return this.#user(argument);
      case 'PASS':
        return this.#pass(argument);
      case 'APOP':
        return this.#apop(argument);
      default:
        return undefined;
    }
  }

  #capabilities(): string[] {
    const isSignedIn = this.#state.state === 'transaction';
    return [
      'TOP',
      'UIDL',
      'RESP-CODES',
      'AUTH-RESP-CODE',
      'PIPELINING',
      ...(this.#offersStartTls() && !isSignedIn ? ['STLS'] : []),
      ...(this.#takesPasswords() ? ['USER'] : []),
      'IMPLEMENTATION kadec21',
    ];
  }

  #offersStartTls(): boolean {
    const { service, troubles } = this.#options;
    return service.tls === 'starttls' && !this.#isSecure && troubles?.hidesStls !== true;
  }

  #takesPasswords(): boolean {
    return this.#options.service.tls === 'none' || this.#isSecure || this.#options.allowsClearPasswords;
  }

  #startTls(): Pop3Reply | undefined {
    if (!this.#offersStartTls()) {
      return this.#isSecure ? refused('TLS is active') : undefined;
    }
    this.#reply(ok('begin TLS'));
    this.#secure('silence');
    return NO_REPLY;
  }

  #user(user: string): Pop3Reply {
    if (user === '') {
      return refused('a name is needed');
    }
    if (!this.#takesPasswords()) {
      this.#report({ user, mechanism: 'USER' }, { verdict: 'refused', reason: 'password in clear' });
      return this.#badSignIn('[AUTH] TLS is needed first (STLS)');
    }
    // Known or not, so that nobody can search for users.
    this.#state = { state: 'authorization', user };
    return ok('send the password');
  }

  #pass(proof: string): Pop3Reply {
    const user = this.#state.state === 'authorization' ? this.#state.user : undefined;
    this.#state = { state: 'authorization', user: undefined };
    return user === undefined
      ? refused('USER comes first')
      : this.#signIn({ user, mechanism: 'USER', proof });
  }

  #apop(argument: string): Pop3Reply {
    const [, user, proof] = /^(.+) (\S+)$/.exec(argument) ?? [];
    return user === undefined || proof === undefined
      ? refused('a name and a digest are needed')
      : this.#signIn({ user, mechanism: 'APOP', proof });
  }

  #signIn(signIn: Pop3SignIn): Pop3Reply {
    const { host, maildrops } = this.#options;
    const { outcome, account } = judgePop3(host, signIn, this.#timestamp);
    this.#report(signIn, outcome);
    if (account === undefined) {
      // One answer for a wrong password and an unknown user.
      return this.#badSignIn('[AUTH] authentication failed');
    }
    const drop = maildrops.open(addressesOf(account, host));
    if (drop === undefined) {
      return refused('[IN-USE] the maildrop is open in another session');
    }
    this.#state = { state: 'transaction', user: account.user, transaction: new Pop3Transaction(drop) };
    return ok(`${drop.mails.length} messages`);
  }

  #report({ user, mechanism }: Omit<Pop3SignIn, 'proof'>, verdict: SignInAttempt['verdict']): void {
    this.#act({ type: 'sign-in', attempt: { user, mechanism, tls: this.#isSecure, verdict } });
  }

  #badSignIn(text: string): Pop3Reply {
    this.#badSignIns += 1;
    if (this.#badSignIns < MAX_BAD_SIGN_INS) {
      return refused(text);
    }
    this.#reply(refused(text));
    this.#close();
    return NO_REPLY;
  }

  #quit(): Pop3Reply {
    this.#update();
    this.#reply(ok('bye'));
    this.#close();
    return NO_REPLY;
  }

  /** RFC 1939 §6. */
  #update(): void {
    if (this.#state.state === 'transaction') {
      const { user, transaction } = this.#state;
      const count = transaction.update();
      if (count > 0) {
        this.#act({ type: 'removed', user, count });
      }
    }
  }

  #start(): void {
    if (this.#state.state !== 'waiting') {
      return;
    }
    if (this.#options.service.tls === 'implicit') {
      this.#secure('greeting');
    } else {
      this.#state = { state: 'authorization', user: undefined };
      this.#greet();
    }
  }

  #greet(): void {
    const fate = this.#options.troubles?.at('greeting');
    if (fate !== undefined) {
      this.#suffer('greeting', fate);
      return;
    }
    this.#reply(ok(`${this.#options.host.name} POP3 ${this.#timestamp}`));
  }

  #secure(then: 'greeting' | 'silence'): void {
    // RFC 2595 §4: what came in clear is forgotten, be it a name or commands that somebody put in.
    this.#lines.clear();
    this.#state = { state: 'securing', then };
    this.#act({ type: 'start-tls' });
  }

  #secured(): void {
    if (this.#state.state === 'securing') {
      const { then } = this.#state;
      this.#isSecure = true;
      this.#state = { state: 'authorization', user: undefined };
      if (then === 'greeting') {
        this.#greet();
      }
    }
  }

  #reply({ status, body }: Pop3Reply): void {
    if (status !== '') {
      this.#send(Buffer.from(`${status}\r\n`));
      this.#rest = body?.[Symbol.iterator]();
    }
  }

  #send(octets: Uint8Array): void {
    if (octets.length > 0) {
      this.#unsent += octets.length;
      this.#gathered.push(octets);
    }
  }

  /** Replies to commands that came together go out together: one write, one TLS record, few segments. */
  #flush(): void {
    const [only, ...others] = this.#gathered;
    if (only !== undefined) {
      const octets = others.length === 0 ? only : Buffer.concat(this.#gathered);
      this.#gathered = [];
      this.#actions.push({ type: 'send', octets });
    }
  }

  #act(action: Exclude<Pop3Action, { readonly type: 'send' }>): void {
    this.#flush();
    this.#actions.push(action);
  }

  #close(): void {
    this.#leave();
    this.#act({ type: 'close' });
  }

  /** Lets go of everything. */
  #leave(): void {
    if (this.#state.state === 'transaction' || this.#state.state === 'stalled') {
      this.#state.transaction?.release();
    }
    this.#state = { state: 'closed' };
    this.#deadline = undefined;
    this.#rest = undefined;
    this.#content = undefined;
    this.#lines.clear();
  }
}

/** Where a fault can strike, by command. */
const points: Readonly<Record<string, FetchMoment['point']>> = {
  STLS: 'STLS',
  PASS: 'sign-in',
  APOP: 'sign-in',
  STAT: 'STAT',
  LIST: 'LIST',
  UIDL: 'UIDL',
  RETR: 'RETR',
  TOP: 'TOP',
  DELE: 'DELE',
  QUIT: 'QUIT',
};

/** What had to be said has been said. */
const NO_REPLY: Pop3Reply = { status: '' };
