/** Reads a dialogue that has ended: which step decided it, and what that means for each recipient. */
import type { Dialogue } from './dialogue.ts';
import type { RecipientResult, SmtpPhase, SmtpReply } from './submission.ts';

const isPositive = (reply: SmtpReply | undefined): boolean => reply !== undefined && reply.code < 300;
const isNegative = (reply: SmtpReply | undefined): boolean => reply !== undefined && reply.code >= 400;

/**
 * The reply by which the server refused the mail. With PIPELINING later replies (503, 554) only follow from
 * the first refusal, so the earliest step counts; a 421 ends the session wherever it comes (RFC 5321 §3.8).
 */
export function decidingReply(dialogue: Dialogue): { phase: SmtpPhase; reply: SmtpReply } | undefined {
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
export function recipientResults(
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
