/**
 * The way of one mail from its first attempt to its end: a machine without clock or I/O, whose state can be
 * stored as JSON. A recipient that has been accepted is never tried again; a resend keeps its Message-ID.
 */
import { type Ms, ms } from '../base/units.ts';
import { type DeliveryPolicy, recheckPause, retryPause, standardDeliveryPolicy } from './delivery-policy.ts';
import { alertsFor, type DeliveryAlert, deliveryAlert, type Sentence, sentenceOn } from './sentence.ts';
import type { SmtpPhase, SubmissionReply } from './submission.ts';

export type { DeliveryPolicy } from './delivery-policy.ts';
export { standardDeliveryPolicy } from './delivery-policy.ts';
export type { AlertKind } from './judgement.ts';
export type { DeliveryAlert } from './sentence.ts';

/** Connections in a row that came to nothing, after which the way itself is in doubt. */
const FRUITLESS_CONNECTIONS = 3;
/** RFC 6409 §1: port 25 is for relays, and networks block it. */
const RELAY_PORT = 25;

/**
 * `held`: something in the settings does not fit; the mail stays, with a rare recheck, until they change.
 * The last four are ends. `partial`: some recipients have it, the others never will.
 */
export type DeliveryStatus = 'waiting' | 'held' | 'delivered' | 'partial' | 'failed' | 'expired';

export interface DeliveryState {
  readonly status: DeliveryStatus;
  readonly messageId: string;
  /** The end of its lifetime. A hold does not use it up. */
  readonly expiresAt: Ms;
  /** The next attempt, while `waiting` or `held`. */
  readonly nextAttemptAt?: Ms | undefined;
  readonly attempts: number;
  /** Since the last progress: sets the pause. */
  readonly failuresInARow: number;
  readonly rechecks: number;
  readonly fruitlessConnections: number;
  readonly sequenceErrors: number;
  /** Recipients still to be served, in their order. */
  readonly pending: readonly string[];
  readonly delivered: readonly string[];
  readonly refused: readonly { readonly recipient: string; readonly reason: string }[];
  /** Some attempt may have delivered without saying so. */
  readonly mayBeDuplicated: boolean;
}

/** Worth knowing, not yet worth an alarm. */
export type DeliveryHint = 'no-route' | 'use-587';

export type DeliveryEvent =
  | { readonly type: 'reply'; readonly reply: SubmissionReply }
  | { readonly type: 'tick' }
  | { readonly type: 'settings-changed' };

export interface DeliveryStep {
  readonly state: DeliveryState;
  /** Raised by this very event. They must not go the way of the failing mail alone. */
  readonly alerts: readonly DeliveryAlert[];
  readonly hints: readonly DeliveryHint[];
  /** Whether an attempt is to be made now, for `state.pending`. */
  readonly isDue: boolean;
  /** When to come back with a tick; absent once the mail has come to its end. */
  readonly deadline?: Ms | undefined;
}

/** A mail that is queued now and due at once. */
export function startDelivery(
  mail: { readonly messageId: string; readonly recipients: readonly string[] },
  now: Ms,
  policy: DeliveryPolicy = standardDeliveryPolicy,
): DeliveryState {
  return {
    status: 'waiting',
    messageId: mail.messageId,
    expiresAt: ms(now + policy.giveUpAfter),
    nextAttemptAt: now,
    attempts: 0,
    failuresInARow: 0,
    rechecks: 0,
    fruitlessConnections: 0,
    sequenceErrors: 0,
    pending: mail.recipients,
    delivered: [],
    refused: [],
    mayBeDuplicated: false,
  };
}

/** The machine: what becomes of the mail by this event, at this time. */
export function stepDelivery(
  state: DeliveryState,
  event: DeliveryEvent,
  now: Ms,
  policy: DeliveryPolicy = standardDeliveryPolicy,
): DeliveryStep {
  if (hasEnded(state)) {
    return { state, alerts: [], hints: [], isDue: false };
  }
  switch (event.type) {
    case 'tick':
      return afterTick(state, now);
    case 'settings-changed':
      return afterTick({ ...resumed(state, now, policy), nextAttemptAt: now, failuresInARow: 0 }, now);
    case 'reply':
      return afterReply(state, event.reply, now, policy);
  }
}

/** Whether the mail has come to its end, good or bad. */
export function hasEnded(state: DeliveryState): boolean {
  return state.status !== 'waiting' && state.status !== 'held';
}

/**
 * Until when nothing at all is to be sent with the same account: what one mail is held for is in the
 * settings, and the next mail would run into it as well.
 */
export function queueHeldUntil(queue: readonly DeliveryState[]): Ms | undefined {
  const rechecks = queue.flatMap((state) => (state.status === 'held' ? [state.nextAttemptAt ?? 0] : []));
  return rechecks.length === 0 ? undefined : ms(Math.max(...rechecks));
}

function afterTick(state: DeliveryState, now: Ms): DeliveryStep {
  const { status, expiresAt, nextAttemptAt = now } = state;
  if (status === 'waiting' && now >= expiresAt && state.attempts > 0) {
    const text = `not delivered to ${state.pending.join(', ')} in ${state.attempts} attempts`;
    return { ...ended(state), alerts: [deliveryAlert('expired', text)] };
  }
  const deadline = status === 'held' ? nextAttemptAt : ms(Math.min(nextAttemptAt, expiresAt));
  return { state, alerts: [], hints: [], isDue: now >= nextAttemptAt, deadline };
}

function afterReply(
  before: DeliveryState,
  reply: SubmissionReply,
  now: Ms,
  policy: DeliveryPolicy,
): DeliveryStep {
  const sentences = before.pending.map((recipient) =>
    sentenceOn(recipient, reply, before.sequenceErrors > 0),
  );
  const failed = withVerdict(sentences, 'fail');
  const holding = withVerdict(sentences, 'hold');
  const state = counted(before, sentences, reply);
  const alerts = alertsFor(failed);
  if (state.pending.length === 0) {
    return { ...ended(state), alerts };
  }
  if (holding.length > 0) {
    // An alert is raised when the hold begins, not again at each recheck.
    return held(state, now, before.status === 'held' ? alerts : [...alerts, ...alertsFor(holding)]);
  }
  if (reply.port === RELAY_PORT && state.fruitlessConnections >= FRUITLESS_CONNECTIONS) {
    const text = `nothing answers on port 25 (${reply.text}): networks block it, the port for devices is 587`;
    const blocked = before.status === 'held' ? [] : [deliveryAlert('config-error', text)];
    return { ...held(state, now, [...alerts, ...blocked]), hints: ['use-587'] };
  }
  if (before.status === 'held' && !hasPassedAuthentication(reply.phase)) {
    return held(state, now, alerts);
  }
  const isDeferral = sentences.some(
    ({ judgement }) => 'isDeferral' in judgement && judgement.isDeferral === true,
  );
  const pause = retryPause(policy, state.failuresInARow, { isDeferral, isAmbiguous: reply.isAmbiguous });
  const step = afterTick({ ...resumed(state, now, policy), nextAttemptAt: ms(now + pause) }, now);
  return {
    ...step,
    alerts: [...alerts, ...step.alerts],
    hints: state.fruitlessConnections === FRUITLESS_CONNECTIONS ? ['no-route'] : [],
  };
}

function counted(
  before: DeliveryState,
  sentences: readonly Sentence[],
  reply: SubmissionReply,
): DeliveryState {
  const accepted = withVerdict(sentences, 'accepted').map(({ recipient }) => recipient);
  const failed = withVerdict(sentences, 'fail');
  const isFruitless =
    reply.failure === 'not-connected' || (reply.failure === 'timeout' && reply.phase === 'connect');
  return {
    ...before,
    attempts: before.attempts + 1,
    failuresInARow: accepted.length > 0 ? 1 : before.failuresInARow + 1,
    fruitlessConnections: isFruitless ? before.fruitlessConnections + 1 : 0,
    sequenceErrors: before.sequenceErrors + (withVerdict(sentences, 'retry-once').length > 0 ? 1 : 0),
    pending: sentences
      .filter(({ judgement }) => judgement.verdict !== 'accepted' && judgement.verdict !== 'fail')
      .map(({ recipient }) => recipient),
    delivered: [...before.delivered, ...accepted],
    refused: [...before.refused, ...failed.map(({ recipient, reason }) => ({ recipient, reason }))],
    mayBeDuplicated: before.mayBeDuplicated || reply.isAmbiguous,
  };
}

function withVerdict(sentences: readonly Sentence[], verdict: Sentence['judgement']['verdict']): Sentence[] {
  return sentences.filter(({ judgement }) => judgement.verdict === verdict);
}

/** Every recipient has been dealt with, or time is up for those that have not. */
function ended(state: DeliveryState): DeliveryStep {
  const { pending, delivered, refused } = state;
  const isWhole = pending.length === 0 && refused.length === 0;
  const status = isWhole
    ? 'delivered'
    : delivered.length > 0
      ? 'partial'
      : pending.length > 0
        ? 'expired'
        : 'failed';
  return { state: { ...state, status, nextAttemptAt: undefined }, alerts: [], hints: [], isDue: false };
}

function held(state: DeliveryState, now: Ms, alerts: readonly DeliveryAlert[]): DeliveryStep {
  const nextAttemptAt = ms(now + recheckPause(state.rechecks));
  return {
    state: { ...state, status: 'held', nextAttemptAt, rechecks: state.rechecks + 1 },
    alerts,
    hints: [],
    isDue: false,
    deadline: nextAttemptAt,
  };
}

/** After a hold the mail's lifetime begins anew: nothing could have delivered it. */
function resumed(state: DeliveryState, now: Ms, policy: DeliveryPolicy): DeliveryState {
  const expiresAt =
    state.rechecks > 0 ? ms(Math.max(state.expiresAt, now + policy.giveUpAfter)) : state.expiresAt;
  return { ...state, status: 'waiting', expiresAt, rechecks: 0 };
}

const BEHIND_AUTHENTICATION: readonly SmtpPhase[] = ['mail', 'rcpt', 'data', 'body', 'end-of-data', 'quit'];

/** Until then a recheck has not shown that the settings fit now. */
function hasPassedAuthentication(phase: SmtpPhase): boolean {
  return BEHIND_AUTHENTICATION.includes(phase);
}
