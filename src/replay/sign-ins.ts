/**
 * Sign-ins by challenge in a mail dialogue in clear: CRAM-MD5 of SMTP (RFC 2195, RFC 4954) and APOP of POP3 (RFC 1939
 * section 7). A server's challenge is new each time: with the password the answer is computed anew, and is as long.
 */
import { createHash, createHmac } from 'node:crypto';
import type { OctetStream } from './octet-stream.ts';
import type { Difference } from './verdict.ts';

export type PasswordOf = (user: string) => string | undefined;

/** An answer as it stands in the stream of the side that is played. */
interface RecordedAnswer {
  readonly from: number;
  readonly kind: 'CRAM-MD5' | 'APOP';
  readonly user: string;
  readonly text: string;
}

/** `334 ` and the challenge in Base64. */
const SMTP_CHALLENGE = /^334 ([A-Za-z0-9+/]{8,}={0,2})\r?\n$/;
/** The greeting with a time stamp in the form of a message identifier. */
const POP3_CHALLENGE = /^\+OK[^\r\n]*(<[^<>\s]+@[^<>\s]+>)[^\r\n]*\r?\n$/;

/** One connection's. */
export class SignIns {
  readonly #own: OctetStream;
  readonly #passwordOf: PasswordOf;
  readonly #isRedacted: boolean;
  #answers: readonly RecordedAnswer[] | undefined;
  /** Of the live server, in their order. */
  readonly #challenges: Record<RecordedAnswer['kind'], string[]> = { 'CRAM-MD5': [], APOP: [] };

  /** @param own what the side that is played says, in the recording */
  constructor(own: OctetStream, passwordOf: PasswordOf, isRedacted: boolean) {
    this.#own = own;
    this.#isRedacted = isRedacted;
    this.#passwordOf = passwordOf;
  }

  /**
   * Two lines of the server that are not the same.
   * @returns undefined: they are no challenges
   */
  judge(recorded: string, live: string): 'same' | Difference | undefined {
    const kind = challengeIn(recorded)?.kind;
    if (kind === undefined || challengeIn(live)?.kind !== kind) {
      return undefined;
    }
    const answer = this.#answersOf(kind)[this.#challenges[kind].length];
    const isAnswered = answer === undefined ? this.#isRedacted && kind !== 'APOP' : true;
    if (!isAnswered || (answer !== undefined && this.#passwordOf(answer.user) !== undefined)) {
      return 'same';
    }
    const whose = answer === undefined ? 'an account that is masked' : answer.user;
    return {
      expected: `the ${kind} challenge of the recording`,
      found:
        `a fresh ${kind} challenge: the recorded answer of ${whose} does not fit it, and its password is not known` +
        (answer === undefined
          ? '; record without --redact, or up to the mail'
          : '; name the settings that have it (--settings), or record up to the mail'),
    };
  }

  /** A line of the live server. */
  heard(line: string): void {
    const challenge = challengeIn(line);
    if (challenge !== undefined) {
      this.#challenges[challenge.kind].push(challenge.text);
    }
  }

  /** What is said now. @param from place of the first octet in the recorded stream */
  answered(from: number, octets: Uint8Array): Uint8Array {
    let said = octets;
    for (const kind of ['CRAM-MD5', 'APOP'] as const) {
      for (const [index, answer] of this.#answersOf(kind).entries()) {
        const challenge = this.#challenges[kind][index];
        const password = this.#passwordOf(answer.user);
        if (challenge !== undefined && password !== undefined) {
          said = replaced(said, from, answer.from, answerTo(answer, challenge, password));
        }
      }
    }
    return said;
  }

  #answersOf(kind: RecordedAnswer['kind']): readonly RecordedAnswer[] {
    this.#answers ??= [...answersIn(this.#own.whole.toString('latin1'))];
    return this.#answers.filter((answer) => answer.kind === kind);
  }
}

function challengeIn(
  line: string,
): { readonly kind: RecordedAnswer['kind']; readonly text: string } | undefined {
  const smtp = SMTP_CHALLENGE.exec(line)?.[1];
  if (smtp !== undefined) {
    const text = Buffer.from(smtp, 'base64').toString('latin1');
    // LOGIN asks by 334 too, for `Username:` and `Password:`.
    return text.startsWith('<') ? { kind: 'CRAM-MD5', text } : undefined;
  }
  const pop3 = POP3_CHALLENGE.exec(line)?.[1];
  return pop3 === undefined ? undefined : { kind: 'APOP', text: pop3 };
}

function* answersIn(stream: string): Generator<RecordedAnswer> {
  for (const match of stream.matchAll(/^([A-Za-z0-9+/]{44,}={0,2})\r$/gm)) {
    const decoded = Buffer.from(match[1] ?? '', 'base64').toString('utf8');
    const user = /^(.+) [0-9a-f]{32}$/.exec(decoded)?.[1];
    if (user !== undefined) {
      yield { from: match.index, kind: 'CRAM-MD5', user, text: match[1] ?? '' };
    }
  }
  for (const match of stream.matchAll(/^APOP (\S+) [0-9a-f]{32}\r$/gim)) {
    const text = match[0].slice(0, -1);
    yield { from: match.index, kind: 'APOP', user: match[1] ?? '', text };
  }
}

function answerTo({ kind, user, text }: RecordedAnswer, challenge: string, password: string): string {
  if (kind === 'APOP') {
    const digest = createHash('md5')
      .update(challenge + password)
      .digest('hex');
    return text.slice(0, -digest.length) + digest;
  }
  const digest = createHmac('md5', password).update(challenge, 'latin1').digest('hex');
  return Buffer.from(`${user} ${digest}`).toString('base64');
}

/** Puts a text in the place of as many octets of the stream, as far as they are here. */
function replaced(octets: Uint8Array, from: number, at: number, text: string): Uint8Array {
  const [begin, end] = [Math.max(from, at), Math.min(from + octets.length, at + text.length)];
  if (begin >= end) {
    return octets;
  }
  const changed = Uint8Array.from(octets);
  changed.set(Buffer.from(text, 'latin1').subarray(begin - at, end - at), begin - from);
  return changed;
}
