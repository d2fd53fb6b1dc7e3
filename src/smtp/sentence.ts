/** What one attempt means for each recipient that was still open, and what people are told about it. */
import { type AlertKind, type Judgement, judgeFailure, judgeRefusal } from './judgement.ts';
import { formatSmtpReply } from './smtp-reply.ts';
import type { RecipientResult, SubmissionReply } from './submission.ts';

export interface DeliveryAlert {
  readonly kind: AlertKind;
  /** What happened, one line. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
}

export interface Sentence {
  readonly recipient: string;
  readonly judgement: Judgement | { readonly verdict: 'accepted' };
  readonly reason: string;
}

/** @param hadSequenceError whether a 503 has been forgiven before */
export function sentenceOn(recipient: string, reply: SubmissionReply, hadSequenceError: boolean): Sentence {
  const result = reply.recipients.get(recipient) ?? { status: 'unanswered' };
  const reason = result.status === 'refused' ? formatSmtpReply(result.reply) : reply.text;
  if (result.status === 'accepted') {
    return { recipient, judgement: { verdict: 'accepted' }, reason };
  }
  const judgement = judge(result, reply);
  const isRepeated = judgement.verdict === 'retry-once' && hadSequenceError;
  return {
    recipient,
    judgement: isRepeated ? { verdict: 'fail', alert: judgement.alert } : judgement,
    reason,
  };
}

function judge(result: RecipientResult, reply: SubmissionReply): Judgement {
  if (result.status === 'refused') {
    return judgeRefusal(result.phase, result.reply);
  }
  if (reply.failure === 'refused') {
    return reply.reply === undefined ? judgeFailure('protocol') : judgeRefusal(reply.phase, reply.reply);
  }
  return judgeFailure(reply.failure ?? 'protocol');
}

const ADVICE: Readonly<Record<AlertKind, string>> = {
  'auth-failed':
    'Check user, password and mechanism of the mail account; sending goes on when the settings change.',
  'tls-required': 'Ask the provider for a server with STARTTLS, or use port 465 with tls: implicit.',
  'tls-cert':
    "Check the server's name, its certificate and the device's authorities; never switch the check off.",
  'too-big': 'Send fewer records per mail, or ask the provider for a larger limit.',
  'delivery-failed': 'Check the addresses; the record itself is kept.',
  'config-error': 'Check port, encryption and authentication against what the provider asks for.',
  expired: 'See in the attempts what stood in the way; the record itself is kept.',
};

export function deliveryAlert(kind: AlertKind, text: string): DeliveryAlert {
  return { kind, text, advice: ADVICE[kind] };
}

/** One alert per kind, with the recipients that it is about. */
export function alertsFor(sentences: readonly Sentence[]): DeliveryAlert[] {
  const byKind = new Map<AlertKind, Sentence[]>();
  for (const sentence of sentences) {
    if ('alert' in sentence.judgement) {
      const { alert } = sentence.judgement;
      byKind.set(alert, [...(byKind.get(alert) ?? []), sentence]);
    }
  }
  return [...byKind].map(([kind, about]) =>
    deliveryAlert(kind, `${about.map(({ recipient }) => recipient).join(', ')}: ${about[0]?.reason ?? ''}`),
  );
}
