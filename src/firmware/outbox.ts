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
import { recheckPause, retryPause } from '../smtp/delivery-policy.ts';
import type { SubmissionReply } from '../smtp/submission.ts';
import type { MailResult } from './comms-report.ts';

/**
 * Two months of daily mails. When it is full the oldest makes room: the newest data matter most, and the records of
 * the one that goes are still in the logger. It does not go silently: an alert tells it, and the flash counts it.
 */
export const MOST_MAILS = 64;

/** What a session of twenty minutes gets through on a slow day. */
export const MOST_MAILS_PER_SESSION = 16;

/** Failures and rechecks after which a pause does not grow any more. */
const MANY = 1000;
const LONGEST_RECHECK = recheckPause(MANY);

export interface OutboxEntry {
  /** Stable per device and record range: a mail that is already queued is not queued again. */
  readonly id: string;
  readonly mail: ComposedMail;
  readonly delivery: DeliveryState;
}

/** How much can be stored, where the outbox is kept. */
export interface OutboxRoom {
  /** Whether it can be stored at all. */
  canStore(entry: Pick<OutboxEntry, 'id' | 'mail'>): boolean;
  /** Whether those of them that can be stored at all can be stored at once. */
  fits(entries: readonly Pick<OutboxEntry, 'id' | 'mail'>[]): boolean;
}

export interface OutboxState {
  /** Oldest first. */
  readonly entries: readonly OutboxEntry[];
}

export const emptyOutbox: OutboxState = { entries: [] };

export type OutboxEvent =
  | {
      readonly type: 'queue';
      readonly id: string;
      readonly mail: ComposedMail;
      /** Where the outbox is stored: tells how much fits. */
      readonly store?: OutboxRoom | undefined;
    }
  | { readonly type: 'results'; readonly results: readonly MailResult[] }
  | { readonly type: 'tick' }
  | { readonly type: 'settings-changed' };

export type OutboxAlert =
  | DeliveryAlert
  | {
      /** `outbox-full`: a mail was dropped. `outbox-volatile`: a mail waits in memory only. */
      readonly kind: 'outbox-full' | 'outbox-volatile' | 'outbox-damaged';
      readonly text: string;
      readonly advice: string;
    };

export interface OutboxStep {
  readonly state: OutboxState;
  readonly alerts: readonly OutboxAlert[];
  /** Entries that came to their end by this event, good or bad; they are no longer in the queue. */
  readonly ended: readonly OutboxEntry[];
  /** Those of them that had to make room. */
  readonly dropped: readonly OutboxEntry[];
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
      return queued(state, event, now, policy);
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

/**
 * The outbox of a device that comes up again. How long it was off is not known, and its clock may have been set
 * meanwhile: each mail's lifetime begins anew, and no pause is longer than the longest that there is.
 */
export function restoredOutbox(
  entries: readonly OutboxEntry[],
  now: Ms,
  policy: DeliveryPolicy,
): OutboxState {
  const longestRetry = retryPause(policy, MANY, { isDeferral: true, isAmbiguous: true });
  return {
    entries: entries.map((entry) => {
      const { delivery } = entry;
      const longest = delivery.status === 'held' ? LONGEST_RECHECK : longestRetry;
      const nextAttemptAt = ms(Math.min(delivery.nextAttemptAt ?? now, now + longest));
      return {
        ...entry,
        delivery: { ...delivery, nextAttemptAt, expiresAt: ms(now + policy.giveUpAfter) },
      };
    }),
  };
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
  { id, mail, store }: Extract<OutboxEvent, { type: 'queue' }>,
  now: Ms,
  policy: DeliveryPolicy,
): OutboxStep {
  if (state.entries.some((entry) => entry.id === id)) {
    return { state, alerts: [], ended: [], dropped: [], deadline: nextSessionAt(state) };
  }
  const delivery = startDelivery({ messageId: mail.messageId, recipients: mail.envelope.to }, now, policy);
  const fits = (entries: readonly OutboxEntry[]) =>
    entries.length <= MOST_MAILS && (store?.fits(entries) ?? true);
  const next = { id, mail, delivery };
  const dropped: OutboxEntry[] = [];
  let kept = state.entries;
  for (const oldest of state.entries) {
    if (fits([...kept, next])) break;
    dropped.push(oldest);
    kept = kept.slice(1);
  }
  const entries = [...kept, next];
  const isStored = store?.canStore(next) ?? true;
  return {
    state: { entries },
    alerts: [...dropped.map((entry) => full(entry, entries.length)), ...(isStored ? [] : [volatile(next)])],
    ended: dropped,
    dropped,
    deadline: nextSessionAt({ entries }),
  };
}

const full = ({ id }: OutboxEntry, waiting: number): OutboxAlert => ({
  kind: 'outbox-full',
  text: `the outbox is full, ${waiting} mails are waiting; the oldest (${id}) was dropped`,
  advice: 'Look at what keeps the mails from being sent; the records are still in the logger.',
});

const volatile = ({ id }: OutboxEntry): OutboxAlert => ({
  kind: 'outbox-volatile',
  text: `the mail ${id} is too large for the flash and waits in memory only: a power cut would lose it`,
  advice: 'Send fewer records per mail, or make the outbox of the flash larger.',
});

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
  return { state: next, alerts: [...alerts.values()], ended, dropped: [], deadline: nextSessionAt(next) };
}
