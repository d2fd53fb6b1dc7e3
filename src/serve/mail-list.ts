/** The mails that have arrived, for those who list them, wait for them or throw them away. */
import type { AcceptedMail, Mailboxes } from '../aunet/mailboxes.ts';
import { type Bytes, kibibytes, type Ms } from '../base/units.ts';
import { type MailSummary, summaryOf } from './mail-summary.ts';

export interface ReceivedMail {
  readonly mail: AcceptedMail;
  readonly summary: MailSummary;
  /** The line that it came over, where that is known. */
  readonly line: string | undefined;
}

/** What a mail must be like; what is absent does not matter. Letter case never does. */
export interface MailFilter {
  /** A part of a recipient of the envelope. */
  readonly to?: string | undefined;
  /** A part of the sender of the envelope. */
  readonly from?: string | undefined;
  /** A part of the subject. */
  readonly subject?: string | undefined;
  readonly line?: string | undefined;
}

/** A station that runs for weeks keeps these; the oldest make room (a Maildir keeps them all). */
const MAX_KEPT = 10_000;
const MAX_KEPT_BYTES: Bytes = kibibytes(128 * 1024);
/** Somebody who waits costs little, but is outside this process. */
export const MAX_WAITING = 32;

interface Waiter {
  readonly filter: MailFilter;
  readonly count: number;
  done(mails: readonly ReceivedMail[]): void;
}

export class MailList {
  readonly #mailboxes: Mailboxes;
  readonly #maxKept: number;
  readonly #maxBytes: number;
  readonly #mails = new Map<string, ReceivedMail>();
  readonly #waiters = new Set<Waiter>();
  #bytes = 0;
  /** How many have come since the start. */
  received = 0;

  /** @param mailboxes what is thrown away here is gone there too */
  constructor(mailboxes: Mailboxes, limits: { maxKept?: number; maxBytes?: Bytes } = {}) {
    this.#mailboxes = mailboxes;
    this.#maxKept = limits.maxKept ?? MAX_KEPT;
    this.#maxBytes = limits.maxBytes ?? MAX_KEPT_BYTES;
  }

  /** Oldest first. */
  matching(filter: MailFilter = {}): ReceivedMail[] {
    return [...this.#mails.values()].filter((received) => isMeant(received, filter));
  }

  get kept(): number {
    return this.#mails.size;
  }

  find(id: string): ReceivedMail | undefined {
    return this.#mails.get(id);
  }

  add(mail: AcceptedMail, line: string | undefined): ReceivedMail {
    const received = { mail, summary: summaryOf(mail.raw), line };
    this.received += 1;
    this.#mails.set(mail.id, received);
    this.#bytes += mail.raw.length;
    for (const [id] of this.#mails) {
      if (this.#mails.size <= this.#maxKept && this.#bytes <= this.#maxBytes) {
        break;
      }
      this.remove(id);
    }
    this.#answerWaiters();
    return received;
  }

  /** @returns false where there is no such mail */
  remove(id: string): boolean {
    const received = this.#mails.get(id);
    if (received === undefined) {
      return false;
    }
    this.#mails.delete(id);
    this.#bytes -= received.mail.raw.length;
    this.#mailboxes.remove(received.mail);
    return true;
  }

  /** @returns how many were thrown away */
  clear(): number {
    const count = this.#mails.size;
    for (const [id] of this.#mails) {
      this.remove(id);
    }
    return count;
  }

  /**
   * Waits until so many mails match.
   * @param whoLeaves ends the waiting early
   * @returns the matching mails when there are enough or the time is over; `undefined`: too many wait already
   */
  wait(
    filter: MailFilter,
    count: number,
    longest: Ms,
    whoLeaves?: AbortSignal,
  ): Promise<readonly ReceivedMail[]> | undefined {
    const now = this.matching(filter);
    if (now.length >= count || longest === 0) {
      return Promise.resolve(now);
    }
    if (this.#waiters.size >= MAX_WAITING) {
      return undefined;
    }
    return new Promise((resolve) => {
      const giveUp = () => waiter.done(this.matching(filter));
      const timer = setTimeout(giveUp, longest);
      const waiter: Waiter = {
        filter,
        count,
        done: (mails) => {
          clearTimeout(timer);
          whoLeaves?.removeEventListener('abort', giveUp);
          this.#waiters.delete(waiter);
          resolve(mails);
        },
      };
      this.#waiters.add(waiter);
      whoLeaves?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Lets nobody wait any longer. */
  close(): void {
    for (const waiter of [...this.#waiters]) {
      waiter.done(this.matching(waiter.filter));
    }
  }

  #answerWaiters(): void {
    for (const waiter of [...this.#waiters]) {
      const mails = this.matching(waiter.filter);
      if (mails.length >= waiter.count) {
        waiter.done(mails);
      }
    }
  }
}

function isMeant({ mail, summary, line }: ReceivedMail, filter: MailFilter): boolean {
  const { to, from, subject } = filter;
  return (
    (to === undefined || mail.to.some((address) => holds(address, to))) &&
    (from === undefined || holds(mail.from, from)) &&
    (subject === undefined || holds(summary.subject, subject)) &&
    (filter.line === undefined || filter.line === line)
  );
}

const holds = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());
