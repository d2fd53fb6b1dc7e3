/**
 * Follows an SMTP dialogue from the outside: what was sent, what came, which step it is in. Pure; it sees
 * lines in clear also where TLS carries them. With PIPELINING several commands wait for replies at once.
 */
import { MASK } from '../base/trace.ts';
import {
  noCapabilities,
  parseCapabilities,
  parseSmtpReply,
  readable,
  type ServerCapabilities,
} from './smtp-reply.ts';
import type { SmtpPhase, SmtpReply } from './submission.ts';

/** What people want to see of a failed session; older lines are dropped. */
const MAX_EVIDENCE = 40;

interface Command {
  readonly phase: SmtpPhase;
  readonly recipient?: string;
}

export interface DialogueLine {
  readonly direction: '>' | '<' | '-';
  readonly text: string;
}

export class Dialogue {
  phase: SmtpPhase = 'connect';
  capabilities: ServerCapabilities = noCapabilities;
  /** Octets of the body that were handed over, once its final dot was. */
  bodyBytes: number | undefined;
  hasTriedAuth = false;
  repliesSeen = 0;
  /** What came and was no reply of SMTP. */
  nonsense: string | undefined;
  lastReply: { readonly phase: SmtpPhase; readonly reply: SmtpReply } | undefined;
  readonly replies = new Map<SmtpPhase, SmtpReply>();
  readonly recipientReplies = new Map<string, SmtpReply>();
  readonly evidence: string[] = [];
  readonly #waiting: Command[] = [];
  readonly #secrets: readonly string[];
  readonly #onLine: (line: DialogueLine) => void;

  constructor(secrets: readonly string[], onLine: (line: DialogueLine) => void) {
    this.#secrets = secrets;
    this.#onLine = onLine;
  }

  /** The connection stands; TLS comes first where it is implicit. */
  connected(tlsFirst: boolean): void {
    this.phase = tlsFirst ? 'tls' : 'greeting';
    this.#waiting.push({ phase: 'greeting' });
  }

  /** Implicit TLS stands. */
  secured(): void {
    this.phase = this.#waiting[0]?.phase ?? this.phase;
  }

  /** A command line left, without its CRLF. */
  sent(line: string): void {
    const isContinuation =
      this.phase === 'auth' && this.#waiting.length === 0 && this.replies.get('auth')?.code === 334;
    const command: Command = isContinuation ? { phase: 'auth' } : commandOf(line);
    if (command.phase === 'auth') {
      this.hasTriedAuth = true;
      this.#line('>', isContinuation ? MASK : masked(line));
    } else {
      this.#line('>', readable(line));
    }
    // The dot of an empty message answers a 354: its reply is already waited for.
    if (this.phase !== 'body' || command.phase !== 'end-of-data') {
      this.#waiting.push(command);
    }
    this.phase = this.#waiting[0]?.phase ?? this.phase;
  }

  /** A whole reply came, its lines joined by LF. */
  received(lines: string): void {
    this.repliesSeen += 1;
    const { phase, recipient } = this.#waiting.shift() ?? { phase: this.phase };
    const reply = parseSmtpReply(lines, this.#secrets);
    for (const line of lines.split(/\r?\n/)) {
      this.#line(
        '<',
        phase === 'auth' && line.startsWith('334') ? `334 ${MASK}` : readable(line, this.#secrets),
      );
    }
    if (reply === undefined) {
      this.nonsense ??= readable(lines, this.#secrets);
      return;
    }
    this.replies.set(phase, reply);
    this.lastReply = { phase, reply };
    if (recipient !== undefined) {
      this.recipientReplies.set(recipient, reply);
    }
    if (phase === 'ehlo' && reply.code < 300) {
      this.capabilities = parseCapabilities(lines);
    }
    this.phase = this.#waiting[0]?.phase ?? phaseAfter(phase, reply);
    if (this.phase === 'body' && phase === 'data') {
      this.#waiting.push({ phase: 'end-of-data' });
    }
  }

  /** Everything up to the final dot was handed to the connection. */
  bodyEnded(octets: number): void {
    this.bodyBytes = octets;
    if (this.phase === 'body') {
      this.phase = 'end-of-data';
    }
    this.#line('>', `(message, ${octets} bytes, and the final dot)`);
  }

  note(text: string): void {
    this.#line('-', readable(text, this.#secrets));
  }

  #line(direction: '>' | '<' | '-', text: string): void {
    this.evidence.push(`${direction} ${text}`);
    if (this.evidence.length > MAX_EVIDENCE) {
      this.evidence.shift();
    }
    this.#onLine({ direction, text });
  }
}

const VERBS: readonly (readonly [string, SmtpPhase])[] = [
  ['EHLO', 'ehlo'],
  ['HELO', 'ehlo'],
  ['STARTTLS', 'starttls'],
  ['AUTH', 'auth'],
  ['MAIL', 'mail'],
  ['RCPT', 'rcpt'],
  ['DATA', 'data'],
  ['QUIT', 'quit'],
];

function commandOf(line: string): Command {
  const verb = /^[A-Z]+/i.exec(line)?.[0].toUpperCase() ?? '';
  // A lone dot ends an empty message: what nodemailer sends when every recipient was refused and DATA was not.
  const phase = VERBS.find(([name]) => name === verb)?.[1] ?? (line === '.' ? 'end-of-data' : 'ehlo');
  const recipient = phase === 'rcpt' ? /^RCPT TO:<(.*)>/i.exec(line)?.[1] : undefined;
  return recipient === undefined ? { phase } : { phase, recipient };
}

function phaseAfter(phase: SmtpPhase, reply: SmtpReply): SmtpPhase {
  if (phase === 'starttls' && reply.code < 300) {
    return 'tls';
  }
  return phase === 'data' && reply.code >= 300 && reply.code < 400 ? 'body' : phase;
}

function masked(auth: string): string {
  const [verb = '', mechanism = '', ...initial] = auth.split(' ');
  return [verb, mechanism, ...(initial.length > 0 ? [MASK] : [])].join(' ');
}
