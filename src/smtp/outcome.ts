/** Reads a dialogue that has ended: which step decided it, and what that means for each recipient. */
import type { SessionBroken } from './broken-session.ts';
import type { Dialogue } from './dialogue.ts';
import { formatSmtpReply } from './smtp-reply.ts';
import type { RecipientResult, SmtpPhase, SmtpReply, SubmissionReply } from './submission.ts';

const isPositive = (reply: SmtpReply | undefined): boolean => reply !== undefined && reply.code < 300;
const isNegative = (reply: SmtpReply | undefined): boolean => reply !== undefined && reply.code >= 400;

type Outcome = Omit<SubmissionReply, 'messageId' | 'port' | 'startedAt' | 'endedAt'>;

/**
 * Sums up an attempt.
 * @param broken why the session ended early; absent where the server took the mail
 * @param isHoldingBack whether the last octets of the body are known not to have been sent
 */
export function outcomeOf(
  dialogue: Dialogue,
  to: readonly string[],
  broken: SessionBroken | undefined,
  isHoldingBack: boolean,
): Outcome {
  const recipients = recipientResults(dialogue, to, broken === undefined);
  // What the connection came to afterwards does not matter once nobody is left to receive the mail.
  const areAllRefused =
    recipients.size > 0 && [...recipients.values()].every(({ status }) => status === 'refused');
  const failure = broken !== undefined && areAllRefused ? 'refused' : broken?.failure;
  const deciding =
    failure === 'refused' || failure === 'tls-not-offered' ? decidingReply(dialogue) : undefined;
  const reply = deciding?.reply ?? (broken === undefined ? dialogue.replies.get('end-of-data') : undefined);
  const text = reply === undefined ? (broken?.message ?? '') : formatSmtpReply(reply);
  if (failure !== undefined) {
    dialogue.note(`${failure}: ${text}`);
  }
  return {
    failure,
    phase: deciding?.phase ?? dialogue.phase,
    reply,
    text,
    recipients,
    isAmbiguous:
      broken !== undefined &&
      dialogue.bodyBytes !== undefined &&
      dialogue.replies.get('end-of-data') === undefined &&
      !isHoldingBack,
    hasTriedAuth: dialogue.hasTriedAuth,
    causeCode: broken?.causeCode,
    evidence: [...dialogue.evidence],
  };
}

/**
 * The reply by which the server refused the mail. With PIPELINING later replies (503, 554) only follow from
 * the first refusal, so the earliest step counts; a 421 ends the session wherever it comes (RFC 5321 §3.8).
 */
function decidingReply(dialogue: Dialogue): { phase: SmtpPhase; reply: SmtpReply } | undefined {
  const { replies, recipientReplies, lastReply } = dialogue;
  if (lastReply?.reply.code === 421) {
    return lastReply;
  }
  const recipients = [...recipientReplies.values()];
  const allRefused = recipients.length > 0 && recipients.every(isNegative);
  // One that may yet be accepted says more than those that never will.
  const refusal = recipients.find((reply) => reply.code < 500) ?? recipients.at(-1);
  const steps: readonly [SmtpPhase, SmtpReply | undefined][] = [
    ['mail', replies.get('mail')],
    ['rcpt', allRefused ? refusal : undefined],
    ['data', replies.get('data')],
    ['end-of-data', replies.get('end-of-data')],
  ];
  for (const [phase, reply] of steps) {
    if (reply !== undefined && isNegative(reply)) {
      return { phase, reply };
    }
  }
  return lastReply !== undefined && isNegative(lastReply.reply) ? lastReply : undefined;
}

/**
 * @param wasAccepted whether the server took the mail, for the recipients that it had accepted
 */
function recipientResults(
  dialogue: Dialogue,
  recipients: readonly string[],
  wasAccepted: boolean,
): Map<string, RecipientResult> {
  return new Map(recipients.map((recipient) => [recipient, resultFor(dialogue, recipient, wasAccepted)]));
}

function resultFor(dialogue: Dialogue, recipient: string, wasAccepted: boolean): RecipientResult {
  const { replies, recipientReplies } = dialogue;
  const own = recipientReplies.get(recipient);
  const steps: readonly [SmtpPhase, SmtpReply | undefined][] = [
    ['mail', replies.get('mail')],
    ['rcpt', own],
    ['data', replies.get('data')],
    ['end-of-data', replies.get('end-of-data')],
  ];
  for (const [phase, reply] of steps) {
    if (reply !== undefined && isNegative(reply)) {
      return { status: 'refused', phase, reply };
    }
  }
  return wasAccepted && isPositive(own) ? { status: 'accepted' } : { status: 'unanswered' };
}
