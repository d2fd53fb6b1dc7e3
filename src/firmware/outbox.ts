/**
 * The mails that are still to be sent: a machine without clock or I/O. When each is due is decided by its delivery
 * (src/smtp/delivery.ts); here they wait, bounded, and what one of them is held for holds them all.
 */
import { type Ms, ms } from '../base/units.ts';
import type { MailSettings } from '../config/settings-schema.ts';
import type { ComposedMail } from '../smtp/compose.ts';
import {
  type DeliveryAlert,
  type DeliveryEvent,
  type DeliveryPolicy,
  type DeliveryState,
  hasEnded,
  queueHeldUntil,
  startDelivery,
  stepDelivery,
} from '../smtp/delivery.ts';
import type { SubmissionReply } from '../smtp/submission.ts';
import type { MailResult } from './comms-report.ts';

/** Two months of daily mails. The records themselves are in the logger; a mail that is dropped can be made again. */
export const MOST_MAILS = 64;

/** What a session of twenty minutes gets through on a slow day. */
export const MOST_MAILS_PER_SESSION = 16;

export interface OutboxEntry {
  /** Stable per device and record range: a mail that is already queued is not queued again. */
  readonly id: string;
  readonly mail: ComposedMail;
  readonly delivery: DeliveryState;
}

export interface OutboxState {
  /** Oldest first. */
  readonly entries: readonly OutboxEntry[];
}

export const emptyOutbox: OutboxState = { entries: [] };

export type OutboxEvent =
  | { readonly type: 'queue'; readonly id: string; readonly mail: ComposedMail }
  | { readonly type: 'results'; readonly results: readonly MailResult[] }
  | { readonly type: 'tick' }
  | { readonly type: 'settings-changed' };

export type OutboxAlert =
  | DeliveryAlert
  | { readonly kind: 'outbox-full'; readonly text: string; readonly advice: string };

export interface OutboxStep {
  readonly state: OutboxState;
  readonly alerts: readonly OutboxAlert[];
  /** Entries that came to their end by this event, good or bad; they are no longer in the queue. */
  readonly ended: readonly OutboxEntry[];
  /** When the next attempt, or the end of a mail, is due; absent while the outbox is empty. */
  readonly deadline: Ms | undefined;
}

export function deliveryPolicy({ retry }: MailSettings): DeliveryPolicy {
  return { firstRetry: retry.first, factor: 2, longestRetry: retry.longest, giveUpAfter: retry.giveUpAfter };
}

export function stepOutbox(
  state: OutboxState,
  event: OutboxEvent,
  now: Ms,
  policy: DeliveryPolicy,
): OutboxStep {
  switch (event.type) {
    case 'queue':
      return queued(state, event, now);
    case 'results': {
      const replies = new Map(event.results.map(({ messageId, reply }) => [messageId, reply]));
      return stepped(state, (entry) => replyEvent(replies.get(entry.mail.messageId)), now, policy);
    }
    case 'tick':
      return stepped(state, () => ({ type: 'tick' }), now, policy);
    case 'settings-changed':
      return stepped(state, () => ({ type: 'settings-changed' }), now, policy);
  }
}

/** The mails that a session should take along now, oldest first, each for its pending recipients only. */
export function dueMails(state: OutboxState, now: Ms): ComposedMail[] {
  if ((heldUntil(state) ?? now) > now) {
    return [];
  }
  return state.entries
    .filter(({ delivery }) => (delivery.nextAttemptAt ?? now) <= now)
    .slice(0, MOST_MAILS_PER_SESSION)
    .map(({ mail, delivery }) => ({
      ...mail,
      envelope: {
        ...mail.envelope,
        to: mail.envelope.to.filter((address) => delivery.pending.includes(address)),
      },
    }));
}

/** When the next session is due: not before what holds the queue is over. */
export function nextSessionAt(state: OutboxState): Ms | undefined {
  const attempts = state.entries.flatMap(({ delivery: { nextAttemptAt } }) => nextAttemptAt ?? []);
  return attempts.length === 0 ? undefined : ms(Math.max(Math.min(...attempts), heldUntil(state) ?? 0));
}

const heldUntil = ({ entries }: OutboxState) => queueHeldUntil(entries.map(({ delivery }) => delivery));

function queued(
  state: OutboxState,
  { id, mail }: { readonly id: string; readonly mail: ComposedMail },
  now: Ms,
): OutboxStep {
  if (state.entries.some((entry) => entry.id === id)) {
    return { state, alerts: [], ended: [], deadline: nextSessionAt(state) };
  }
  const delivery = startDelivery({ messageId: mail.messageId, recipients: mail.envelope.to }, now);
  const all = [...state.entries, { id, mail, delivery }];
  const dropped = all.slice(0, Math.max(0, all.length - MOST_MAILS));
  const next = { entries: all.slice(dropped.length) };
  return {
    state: next,
    alerts: dropped.map((entry) => ({
      kind: 'outbox-full',
      text: `${MOST_MAILS} mails are waiting; the oldest (${entry.id}) was dropped`,
      advice: 'Look at what keeps the mails from being sent; the records are still in the logger.',
    })),
    ended: dropped,
    deadline: nextSessionAt(next),
  };
}

function replyEvent(reply: SubmissionReply | undefined): DeliveryEvent {
  return reply === undefined ? { type: 'tick' } : { type: 'reply', reply };
}

function stepped(
  state: OutboxState,
  eventFor: (entry: OutboxEntry) => DeliveryEvent,
  now: Ms,
  policy: DeliveryPolicy,
): OutboxStep {
  const alerts = new Map<string, OutboxAlert>();
  const entries: OutboxEntry[] = [];
  const ended: OutboxEntry[] = [];
  for (const entry of state.entries) {
    const step = stepDelivery(entry.delivery, eventFor(entry), now, policy);
    const stepped = { ...entry, delivery: step.state };
    (hasEnded(step.state) ? ended : entries).push(stepped);
    for (const alert of step.alerts) {
      // What stops one mail of a session stops the others as well: once is enough.
      const about = alert.kind === 'delivery-failed' || alert.kind === 'expired' ? entry.id : '';
      alerts.set(`${alert.kind} ${about}`, alerts.get(`${alert.kind} ${about}`) ?? alert);
    }
  }
  const next = { entries };
  return { state: next, alerts: [...alerts.values()], ended, deadline: nextSessionAt(next) };
}
