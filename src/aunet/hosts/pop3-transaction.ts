/** The TRANSACTION state of POP3 (RFC 1939 §5, §7): one client's view of a maildrop. */
import type { AcceptedMail } from '../mailboxes.ts';
import type { Maildrop } from './maildrops.ts';
import { listed, sizeOf, stuffedMail } from './pop3-content.ts';

export interface Pop3Reply {
  /** The status line, without CRLF. */
  readonly status: string;
  /** What follows a multi-line status, with its final dot. */
  readonly body?: Iterable<Uint8Array>;
}

export const ok = (text = ''): Pop3Reply => ({ status: `+OK ${text}`.trimEnd() });
export const refused = (text: string): Pop3Reply => ({ status: `-ERR ${text}` });

export class Pop3Transaction {
  readonly #drop: Maildrop;
  readonly #deleted = new Set<AcceptedMail>();

  constructor(drop: Maildrop) {
    this.#drop = drop;
  }

  /** @returns `undefined` for a command that is none of this state */
  answer(verb: string, argument: string): Pop3Reply | undefined {
    switch (verb) {
      case 'STAT':
        return ok(this.#total());
      case 'LIST':
        return this.#list(argument, ({ raw }) => String(sizeOf(raw)), this.#total());
      case 'UIDL':
        return this.#list(argument, uniqueId, 'unique-ids follow');
      case 'RETR':
        return this.#with(argument, ({ raw }) => ({
          status: `+OK ${sizeOf(raw)} octets`,
          body: stuffedMail(raw),
        }));
      case 'TOP':
        return this.#top(argument);
      case 'DELE':
        return this.#with(argument, (mail) => {
          this.#deleted.add(mail);
          return ok('deleted');
        });
      case 'RSET':
        this.#deleted.clear();
        return ok(this.#total());
      case 'NOOP':
        return ok();
      default:
        return undefined;
    }
  }

  /** The UPDATE state (RFC 1939 §6). @returns how many mails were removed */
  update(): number {
    for (const mail of this.#deleted) {
      this.#drop.remove(mail);
    }
    return this.#deleted.size;
  }

  /** Lets go of the maildrop. */
  release(): void {
    this.#drop.release();
  }

  #total(): string {
    let count = 0;
    let octets = 0;
    for (const [, { raw }] of this.#listing()) {
      count += 1;
      octets += sizeOf(raw);
    }
    return `${count} ${octets}`;
  }

  /** What is not deleted, under the numbers that it keeps for the whole session. */
  *#listing(): Generator<readonly [number, AcceptedMail]> {
    for (const [index, mail] of this.#drop.mails.entries()) {
      if (!this.#deleted.has(mail)) {
        yield [index + 1, mail];
      }
    }
  }

  #list(argument: string, about: (mail: AcceptedMail) => string, title: string): Pop3Reply {
    if (argument !== '') {
      return this.#with(argument, (mail, number) => ok(`${number} ${about(mail)}`));
    }
    // As it is now: what is deleted while the list goes out belongs to later replies.
    const lines = [...this.#listing()].map(([number, mail]) => `${number} ${about(mail)}`);
    return { status: `+OK ${title}`, body: listed(lines) };
  }

  #top(argument: string): Pop3Reply {
    const [number = '', lines = '', ...more] = argument.split(' ');
    const count = numberIn(lines);
    if (count === undefined || more.length > 0) {
      return refused('a message number and a count of lines are needed');
    }
    return this.#with(number, ({ raw }) => ({ status: '+OK', body: stuffedMail(raw, count) }));
  }

  #with(argument: string, reply: (mail: AcceptedMail, number: number) => Pop3Reply): Pop3Reply {
    const number = numberIn(argument);
    if (number === undefined) {
      return refused('a message number is needed');
    }
    const mail = this.#drop.mails[number - 1];
    return mail === undefined || this.#deleted.has(mail) ? refused('no such message') : reply(mail, number);
  }
}

/** Nine digits are beyond every maildrop and every mail. */
const numberIn = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

/** RFC 1939 §7: 1 to 70 printable characters. The instant tells mails of two runs with the same seed apart. */
const uniqueId = ({ id, at }: AcceptedMail): string => `${id}-${at.toString(36)}`;
