/** What became of each mail of a session: its last answer, and whether it may go out again within the session. */
import { Kadec21Error } from '../base/errors.ts';
import { type Ms, seconds } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { ComposedMail } from '../smtp/compose.ts';
import type { RecipientResult, SmtpPhase, SubmissionReply } from '../smtp/submission.ts';
import type { MailResult } from './comms-report.ts';

/** The connection is gone by then: an attempt that was under way has only to notice it. */
const SETTLING_LIMIT = seconds(15);

/** The session did not get as far as any port: that says nothing about the one of the mail server. */
const NO_PORT = 0;

/** Steps in which the server speaks of this mail and its recipients, not of the session. */
const MAIL_PHASES: ReadonlySet<SmtpPhase> = new Set<SmtpPhase>([
  'mail',
  'rcpt',
  'data',
  'body',
  'end-of-data',
]);

/** Whether another mail may fare better over the same call. */
export function concernsOnlyThisMail({ failure, phase, reply }: SubmissionReply): boolean {
  const closesSession = reply?.code === 421; // RFC 5321 §3.8
  return failure === 'too-big' || (failure === 'refused' && MAIL_PHASES.has(phase) && !closesSession);
}

export class MailResults {
  readonly #mails: readonly ComposedMail[];
  readonly #port: number;
  readonly #replies = new Map<ComposedMail, SubmissionReply>();
  readonly #underWay = new Map<ComposedMail, Promise<void>>();

  /** @param port of the mail server */
  constructor(mails: readonly ComposedMail[], port: number) {
    this.#mails = mails;
    this.#port = port;
  }

  /** An attempt has begun: its answer counts even if the session does not wait for it. */
  expect(mail: ComposedMail, submission: Promise<SubmissionReply>): void {
    const noted = submission.then((reply) => {
      // To the end, even if it had one: `last` is the latest.
      this.#replies.delete(mail);
      this.#replies.set(mail, reply);
    });
    this.#underWay.set(
      mail,
      noted.catch(() => {}),
    );
  }

  /** Waits for attempts that the end of the session cut off. */
  async settle(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLING_LIMIT);
    });
    await Promise.race([Promise.all(this.#underWay.values()), limit]);
    clearTimeout(timer);
  }

  get last(): SubmissionReply | undefined {
    return [...this.#replies.values()].at(-1);
  }

  /**
   * The mails that have no answer yet, or lost their connection before the final dot. One that may have arrived is
   * not among them: it waits for its next session (the server may still be at it).
   */
  resendable(): ComposedMail[] {
    return this.#mails.filter((mail) => {
      const reply = this.#replies.get(mail);
      return reply === undefined || (reply.failure === 'connection-lost' && !reply.isAmbiguous);
    });
  }

  /**
   * One result per mail. A mail that was never tried shares the fate of the session.
   * @param failure what ended the session
   */
  all(failure: unknown, startedAt: Ms): MailResult[] {
    const { last } = this;
    return this.#mails.map((mail) => {
      const { messageId } = mail;
      const reply =
        this.#replies.get(mail) ??
        (last === undefined || failure !== undefined
          ? this.#unreached(mail, failure, startedAt)
          : spared(mail, last));
      return { messageId, reply };
    });
  }

  /** The session did not get to the mail server. */
  #unreached(mail: ComposedMail, failure: unknown, startedAt: Ms): SubmissionReply {
    const { code, layer, evidence = [] } = failure instanceof Kadec21Error ? failure : {};
    return {
      messageId: mail.messageId,
      port: layer === 'tcp' ? this.#port : NO_PORT,
      failure: 'not-connected',
      phase: 'connect',
      text: failure instanceof Error ? failure.message : 'the session ended before',
      recipients: unanswered(mail),
      isAmbiguous: false,
      hasTriedAuth: false,
      causeCode: code,
      evidence,
      startedAt,
      endedAt: now(),
    };
  }
}

/** What stopped the mail before it would have stopped this one too; it was not tried (a wrong password counts). */
function spared(mail: ComposedMail, last: SubmissionReply): SubmissionReply {
  return {
    ...last,
    messageId: mail.messageId,
    recipients: unanswered(mail),
    isAmbiguous: false,
    hasTriedAuth: false,
  };
}

const unanswered = ({ envelope }: ComposedMail) =>
  new Map<string, RecipientResult>(envelope.to.map((address) => [address, { status: 'unanswered' }]));
