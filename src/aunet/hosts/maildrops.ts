/** Who reads which mailboxes by POP3, and that only one client at a time does (RFC 1939 §4). */
import type { AcceptedMail, Mailboxes } from '../mailboxes.ts';
import type { MailAccount, MailHost } from './mail-host.ts';

export interface Maildrop {
  /** As they were when it was opened, oldest first. */
  readonly mails: readonly AcceptedMail[];
  /** Takes a mail out of these mailboxes; other recipients keep theirs. */
  remove(mail: AcceptedMail): void;
  /** Lets the next client in. */
  release(): void;
}

export class Maildrops {
  readonly #mailboxes: Mailboxes;
  readonly #locked = new Set<string>();

  constructor(mailboxes: Mailboxes) {
    this.#mailboxes = mailboxes;
  }

  /** @returns `undefined` while somebody else reads one of the mailboxes */
  open(addresses: readonly string[]): Maildrop | undefined {
    if (addresses.some((address) => this.#locked.has(address))) {
      return undefined;
    }
    for (const address of addresses) {
      this.#locked.add(address);
    }
    const mails = new Set(addresses.flatMap((address) => this.#mailboxes.of(address)));
    let isHeld = true;
    return {
      mails: [...mails].sort((one, other) => one.at - other.at),
      remove: (mail) => this.#mailboxes.removeFrom(addresses, mail),
      release: () => {
        for (const address of isHeld ? addresses : []) {
          this.#locked.delete(address);
        }
        isHeld = false;
      },
    };
  }
}

/** The mailboxes of an account: its name, or what stands before its `@`, at each domain of the host. Lower case. */
export function addressesOf({ user }: MailAccount, { domains }: MailHost): readonly string[] {
  const [local = ''] = user.split('@');
  return domains.map((domain) => `${local}@${domain}`.toLowerCase());
}
