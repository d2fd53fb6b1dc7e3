/** What the emulated mail servers have taken: every mail in order, and by recipient. */
import { type Bytes, kibibytes, type Ms } from '../base/units.ts';

/** How the client had signed in. */
export interface SignIn {
  readonly user: string;
  readonly mechanism: string;
}

export interface AcceptedMail {
  readonly type: 'mail';
  /** The queue identifier that the client was told. */
  readonly id: string;
  readonly at: Ms;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly signIn: SignIn | undefined;
  /** The client's address and how it introduced itself. */
  readonly client: string;
  readonly helo: string;
  /** Envelope: an empty sender is the null reverse-path. */
  readonly from: string;
  readonly to: readonly string[];
  /** The octets of DATA, dots unstuffed, nothing added. */
  readonly raw: Uint8Array;
}

/** More than any run of a fleet leaves; a server beyond it answers 452. */
const MAX_MAILS = 20_000;
const MAX_BYTES: Bytes = kibibytes(256 * 1024);

export class Mailboxes {
  readonly #mails: AcceptedMail[] = [];
  readonly #byRecipient = new Map<string, AcceptedMail[]>();
  readonly #maxMails: number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(limits: { maxMails?: number; maxBytes?: Bytes } = {}) {
    this.#maxMails = limits.maxMails ?? MAX_MAILS;
    this.#maxBytes = limits.maxBytes ?? MAX_BYTES;
  }

  /** Every mail that lies in a mailbox, oldest first. */
  get all(): readonly AcceptedMail[] {
    return this.#mails;
  }

  /** The mails to one address, oldest first; letter case does not matter. */
  of(recipient: string): readonly AcceptedMail[] {
    return this.#byRecipient.get(recipient.toLowerCase()) ?? [];
  }

  /** Forgets a mail, in every mailbox. @returns false where it is not here */
  remove(mail: AcceptedMail): boolean {
    if (!takeOut(this.#mails, mail)) {
      return false;
    }
    this.#bytes -= mail.raw.length;
    for (const recipient of new Set(mail.to.map((address) => address.toLowerCase()))) {
      const box = this.#byRecipient.get(recipient);
      if (box !== undefined && takeOut(box, mail) && box.length === 0) {
        this.#byRecipient.delete(recipient);
      }
    }
    return true;
  }

  /** Takes a mail out of some mailboxes; with the last one it is forgotten. Letter case does not matter. */
  removeFrom(recipients: readonly string[], mail: AcceptedMail): void {
    for (const recipient of recipients) {
      const key = recipient.toLowerCase();
      const box = this.#byRecipient.get(key);
      if (box !== undefined && takeOut(box, mail) && box.length === 0) {
        this.#byRecipient.delete(key);
      }
    }
    if (!mail.to.some((recipient) => this.of(recipient).includes(mail))) {
      this.remove(mail);
    }
  }

  /** @returns false when there is no room left: the mail is not kept */
  deliver(mail: AcceptedMail): boolean {
    if (this.#mails.length >= this.#maxMails || this.#bytes + mail.raw.length > this.#maxBytes) {
      return false;
    }
    this.#bytes += mail.raw.length;
    this.#mails.push(mail);
    for (const recipient of new Set(mail.to.map((address) => address.toLowerCase()))) {
      const box = this.#byRecipient.get(recipient);
      if (box === undefined) {
        this.#byRecipient.set(recipient, [mail]);
      } else {
        box.push(mail);
      }
    }
    return true;
  }
}

function takeOut(mails: AcceptedMail[], mail: AcceptedMail): boolean {
  const index = mails.indexOf(mail);
  if (index === -1) {
    return false;
  }
  mails.splice(index, 1);
  return true;
}
