/**
 * Where faults meet the mail servers: looks at every command before `smtp-server` does, in clear and within TLS
 * alike, and carries out what an effect makes of it.
 */
import type { Duplex } from 'node:stream';
import type { SMTPServer, SMTPServerSession } from 'smtp-server';
import { handOver } from '../../base/virtual-time.ts';
import type { EffectBoard } from '../faults/effect-board.ts';
import type { ContentFate, LineName, MailConnection, MailFate, MailMoment } from '../faults/effects.ts';

type SmtpConnection = SMTPServer['connections'] extends Set<infer Connection> ? Connection : never;

export interface MailFaultsOptions {
  readonly effects: EffectBoard;
  readonly host: string;
  readonly port: number;
  /** Whose line a device's address is. */
  lineOf(client: string): LineName;
}

/** What the server does with something that a client said. */
type Verdict =
  /** As if nothing was wrong. */
  | { readonly verdict: 'go-on' }
  | {
      readonly verdict: 'reply';
      readonly code: number;
      readonly enhanced: string | undefined;
      readonly text: string;
    }
  /** Nothing is said any more. */
  | { readonly verdict: 'done'; readonly accepts: boolean };

/** What smtp-server calls its commands, where a fault can strike. */
const points: Readonly<Record<string, MailMoment['point']>> = {
  HELO: 'EHLO',
  EHLO: 'EHLO',
  STARTTLS: 'STARTTLS',
  MAIL: 'MAIL',
  RCPT: 'RCPT',
  DATA: 'DATA',
  RSET: 'RSET',
  QUIT: 'QUIT',
};

interface Open {
  readonly connection: MailConnection;
  /** The TCP connection itself, below TLS. */
  readonly socket: Duplex;
  smtp: SmtpConnection | undefined;
}

export class MailFaults {
  readonly #options: MailFaultsOptions;
  readonly #open = new Map<string, Open>();

  constructor(options: MailFaultsOptions) {
    this.#options = options;
  }

  /** A client has connected. @returns how effects know the connection */
  accept(
    socket: Duplex & {
      readonly remoteAddress?: string | undefined;
      readonly remotePort?: number | undefined;
    },
  ): MailConnection {
    const { host, port } = this.#options;
    const client = socket.remoteAddress ?? '';
    const connection: MailConnection = {
      protocol: 'smtp',
      host,
      port,
      client,
      line: this.#options.lineOf(client),
    };
    const key = keyOf(client, socket.remotePort);
    this.#open.set(key, { connection, socket, smtp: undefined });
    socket.once('close', () => {
      if (this.#open.get(key)?.socket === socket) {
        this.#open.delete(key);
      }
    });
    return connection;
  }

  /** The server is about to greet. @param greet says 220, or refuses with what it is given */
  greet(
    server: SMTPServer,
    session: SMTPServerSession,
    greet: (refusal?: { code: string; text: string }) => void,
  ): void {
    const open = this.#openOf(session);
    if (open === undefined) {
      return;
    }
    open.smtp = [...server.connections].find(({ id }) => id === session.id);
    if (open.smtp !== undefined) {
      this.#listen(open, open.smtp);
    }
    this.#judge(open, 'greeting', '', (verdict) => {
      if (verdict.verdict === 'go-on') {
        greet();
      } else if (verdict.verdict === 'reply') {
        // RFC 2034 §3: a greeting has no enhanced status code.
        greet({ code: String(verdict.code), text: verdict.text });
      }
    });
  }

  hidesStartTls(session: SMTPServerSession): boolean {
    const open = this.#openOf(session);
    return open !== undefined && this.#options.effects.hidesStartTls(open.connection);
  }

  /** A client has shown who it is. @param go goes on with the server's own verdict */
  signIn(session: SMTPServerSession, go: () => void, refuse: (code: string, text: string) => void): void {
    this.#judge(this.#openOf(session), 'AUTH', '', (verdict) => {
      if (verdict.verdict === 'go-on') {
        go();
      } else if (verdict.verdict === 'reply') {
        refuse(codeOf(verdict), verdict.text);
      }
    });
  }

  /** A mail begins to come. @returns to be told of each piece; `false`: read no further */
  content(session: SMTPServerSession): (octets: number) => boolean {
    const open = this.#openOf(session);
    const fate = open && this.#options.effects.content(open.connection);
    return open === undefined || fate === undefined ? () => true : this.#countdown(open, fate);
  }

  /** A mail has come. @param take takes it, without a word to the client @param go answers */
  ended(
    session: SMTPServerSession,
    take: () => void,
    go: () => void,
    refuse: (code: string, text: string) => void,
  ): void {
    this.#judge(this.#openOf(session), 'end-of-data', '', (verdict) => {
      switch (verdict.verdict) {
        case 'go-on':
          go();
          break;
        case 'reply':
          refuse(codeOf(verdict), verdict.text);
          break;
        case 'done':
          if (verdict.accepts) {
            take();
          }
      }
    });
  }

  #countdown(open: Open, { after, reached }: ContentFate): (octets: number) => boolean {
    let rest: number = after;
    let isReached = false;
    let reads = true;
    return (octets) => {
      rest -= octets;
      if (rest <= 0 && !isReached) {
        isReached = true;
        const then = reached();
        reads = then === 'go-on';
        if (then === 'stall') {
          this.#stall(open);
        } else if (then !== 'go-on') {
          this.#break(open, then);
        }
      }
      return reads;
    };
  }

  /** Puts the question before each command. */
  #listen(open: Open, smtp: SmtpConnection): void {
    const take = smtp._onCommand.bind(smtp);
    smtp._onCommand = (command, callback) => {
      // Lines of a dialogue within AUTH are no commands; what comes while TLS begins is thrown away.
      const isCommand = smtp._nextHandler === false && !smtp._upgrading;
      const [, verb = '', argument = ''] = /^(\S*)\s*([\s\S]*)$/.exec(command.toString()) ?? [];
      const point = isCommand ? points[verb.toUpperCase()] : undefined;
      if (point === undefined || this.#options.effects.isQuiet) {
        take(command, callback);
        return;
      }
      this.#judge(open, point, argument, (verdict) => {
        if (verdict.verdict === 'go-on') {
          take(command, callback);
        } else if (verdict.verdict === 'reply') {
          const { code, enhanced, text } = verdict;
          const isBare = enhanced !== undefined || point === 'EHLO';
          smtp.send(code, enhanced === undefined ? text : `${enhanced} ${text}`, isBare ? false : undefined);
          handOver();
          setImmediate(() => callback?.());
        }
      });
    };
  }

  #judge(
    open: Open | undefined,
    point: MailMoment['point'],
    argument: string,
    then: (verdict: Verdict) => void,
  ): void {
    if (open === undefined) {
      // The client has gone; what is left is the server's own affair.
      then({ verdict: 'go-on' });
      return;
    }
    const envelope = open.smtp?.session.envelope;
    const from = envelope === undefined || envelope.mailFrom === false ? '' : envelope.mailFrom.address;
    const to = envelope?.rcptTo.map(({ address }) => address) ?? [];
    const moment: MailMoment = { connection: open.connection, point, argument, from, to };
    const fate: MailFate | undefined = this.#options.effects.mail(moment);
    switch (fate?.fate) {
      case undefined:
        then({ verdict: 'go-on' });
        break;
      case 'reply':
        then({ verdict: 'reply', code: fate.code, enhanced: fate.enhanced, text: fate.text });
        break;
      case 'delay': {
        const timer = setTimeout(() => {
          handOver();
          then({ verdict: 'go-on' });
        }, fate.delay);
        open.socket.once('close', () => clearTimeout(timer));
        break;
      }
      case 'stall':
        this.#stall(open);
        then({ verdict: 'done', accepts: false });
        break;
      case 'break':
        then({ verdict: 'done', accepts: fate.accepts });
        this.#break(open, fate.how);
        break;
    }
  }

  /** Nothing is said any more, not even that the client has been silent for too long. */
  #stall({ smtp }: Open): void {
    smtp?._socket.setTimeout(0);
  }

  #break({ smtp, socket }: Open, how: 'reset' | 'close'): void {
    handOver();
    if (how === 'close') {
      smtp?.close();
    } else if ('resetAndDestroy' in socket && typeof socket.resetAndDestroy === 'function') {
      socket.resetAndDestroy();
    } else {
      socket.destroy();
    }
  }

  #openOf({ remoteAddress, remotePort }: SMTPServerSession): Open | undefined {
    return this.#open.get(keyOf(remoteAddress, remotePort));
  }
}

const keyOf = (address: string, port: number | undefined) => `${address}:${port}`;

/** smtp-server writes a reply code as it stands. */
const codeOf = ({
  code,
  enhanced,
}: {
  readonly code: number;
  readonly enhanced: string | undefined;
}): string => (enhanced === undefined ? String(code) : `${code} ${enhanced}`);
