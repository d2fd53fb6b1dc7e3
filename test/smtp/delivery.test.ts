import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hours, type Ms, minutes, ms } from '../../src/base/units.ts';
import {
  type DeliveryState,
  type DeliveryStep,
  hasEnded,
  queueHeldUntil,
  standardDeliveryPolicy,
  startDelivery,
  stepDelivery,
} from '../../src/smtp/delivery.ts';
import type {
  RecipientResult,
  SmtpPhase,
  SubmissionFailure,
  SubmissionReply,
} from '../../src/smtp/submission.ts';

const A = 'a@test.local';
const B = 'b@test.local';
const START = ms(0);
const accepted: RecipientResult = { status: 'accepted' };
const unanswered: RecipientResult = { status: 'unanswered' };

function refused(code: number, phase: SmtpPhase = 'rcpt', enhancedCode?: string): RecipientResult {
  return { status: 'refused', phase, reply: { code, enhancedCode, text: 'no' } };
}

function replyWith(
  changes: Partial<SubmissionReply> = {},
  results: Record<string, RecipientResult> = {},
): SubmissionReply {
  return {
    messageId: '<1@test.local>',
    port: 587,
    phase: 'end-of-data',
    text: '',
    recipients: new Map(Object.entries(results)),
    isAmbiguous: false,
    hasTriedAuth: true,
    evidence: [],
    startedAt: START,
    endedAt: START,
    ...changes,
  };
}

const broken = (failure: SubmissionFailure, phase: SmtpPhase, changes: Partial<SubmissionReply> = {}) =>
  replyWith({ failure, phase, ...changes });
const badPassword = broken('refused', 'auth', { reply: { code: 535, enhancedCode: '5.7.8', text: 'no' } });

function start(recipients: readonly string[] = [A]): DeliveryState {
  return startDelivery({ messageId: '<1@test.local>', recipients }, START);
}

/** Feeds replies one after the other, each when it is due. */
function live(
  replies: readonly SubmissionReply[],
  from: DeliveryState = start(),
): { steps: DeliveryStep[]; at: Ms } {
  const steps: DeliveryStep[] = [];
  let state = from;
  let at = START;
  for (const reply of replies) {
    at = ms(Math.max(at, state.nextAttemptAt ?? at));
    const step = stepDelivery(state, { type: 'reply', reply }, at);
    steps.push(step);
    state = step.state;
  }
  return { steps, at };
}

describe('a mail that fails on the way', () => {
  test('waits 5, 10, 20, 40 and then 60 minutes', () => {
    const { steps } = live(Array.from({ length: 6 }, () => broken('connection-lost', 'mail')));
    const due = steps.map(({ state }) => state.nextAttemptAt ?? 0);
    expect(due.map((at, index) => (at - (due[index - 1] ?? 0)) / 60_000)).toEqual([5, 10, 20, 40, 60, 60]);
  });

  test('expires after a day, with one alert', () => {
    const { steps } = live(Array.from({ length: 27 }, () => broken('timeout', 'greeting')));
    const last = steps.at(-1)?.state ?? start();
    const before = stepDelivery(last, { type: 'tick' }, ms(hours(24) - 1));
    expect([before.state.status, before.deadline]).toEqual(['waiting', hours(24)]);
    const after = stepDelivery(last, { type: 'tick' }, hours(24));
    expect(after.state.status).toBe('expired');
    expect(after.alerts.map(({ kind }) => kind)).toEqual(['expired']);
    expect(stepDelivery(after.state, { type: 'tick' }, hours(25))).toMatchObject({
      alerts: [],
      isDue: false,
    });
  });

  test('is tried at least once, however late the device wakes', () => {
    expect(stepDelivery(start(), { type: 'tick' }, hours(100))).toMatchObject({
      isDue: true,
      state: { status: 'waiting' },
    });
  });

  test('waits ten minutes where it may have arrived', () => {
    const { steps } = live([broken('connection-lost', 'end-of-data', { isAmbiguous: true })]);
    expect(steps[0]?.state).toMatchObject({ nextAttemptAt: minutes(10), mayBeDuplicated: true });
  });

  test('hints at the way after three fruitless connections, and no sooner', () => {
    const { steps } = live(Array.from({ length: 4 }, () => broken('not-connected', 'connect')));
    expect(steps.map(({ hints }) => hints)).toEqual([[], [], ['no-route'], []]);
  });

  test('is held where port 25 stays silent, with the port to use', () => {
    const silent = broken('timeout', 'connect', { port: 25 });
    const { steps } = live([silent, silent, silent, silent]);
    expect(steps.map(({ state }) => state.status)).toEqual(['waiting', 'waiting', 'held', 'held']);
    expect(steps.map(({ alerts }) => alerts.map(({ kind }) => kind))).toEqual([[], [], ['config-error'], []]);
    expect(steps[2]?.hints).toEqual(['use-587']);
    expect(steps[2]?.alerts[0]?.text).toContain('587');
  });
});

describe('a mail that is held', () => {
  const held = () => live([badPassword]).steps[0]?.state ?? start();

  test('is tried after 1, 2, 4, 8, 16 and then 24 hours, with one alert in all', () => {
    const { steps } = live(Array.from({ length: 7 }, () => badPassword));
    const due = steps.map(({ state }) => state.nextAttemptAt ?? 0);
    expect(due.map((at, index) => (at - (due[index - 1] ?? 0)) / hours(1))).toEqual([1, 2, 4, 8, 16, 24, 24]);
    expect(steps.flatMap(({ alerts }) => alerts.map(({ kind }) => kind))).toEqual(['auth-failed']);
  });

  test('does not expire', () => {
    expect(stepDelivery(held(), { type: 'tick' }, hours(1000)).state.status).toBe('held');
  });

  test('goes on at once when the settings change, with its whole lifetime', () => {
    const step = stepDelivery(held(), { type: 'settings-changed' }, hours(100));
    expect(step).toMatchObject({ isDue: true, state: { status: 'waiting', expiresAt: hours(124) } });
  });

  test('stays held while a recheck does not get as far as to show the account', () => {
    const { steps } = live([badPassword, broken('timeout', 'greeting'), broken('not-connected', 'connect')]);
    expect(steps.map(({ state }) => state.status)).toEqual(['held', 'held', 'held']);
  });

  test('is a mail like any other once the account is taken', () => {
    const { steps, at } = live([
      badPassword,
      broken('refused', 'rcpt', { reply: { code: 450, text: 'later' } }),
    ]);
    expect(steps[1]?.state).toMatchObject({
      status: 'waiting',
      nextAttemptAt: ms(at + minutes(10)),
      rechecks: 0,
    });
  });

  test('holds up the queue', () => {
    expect(queueHeldUntil([start(), held()])).toBe(hours(1));
    expect(queueHeldUntil([start()])).toBeUndefined();
  });
});

describe('several recipients', () => {
  test('the accepted one is done with, the deferred one goes on alone', () => {
    const { steps } = live(
      [replyWith({}, { [A]: accepted, [B]: refused(451) }), replyWith({}, { [B]: accepted })],
      start([A, B]),
    );
    expect(steps[0]?.state).toMatchObject({ status: 'waiting', pending: [B], delivered: [A] });
    expect(steps[1]?.state).toMatchObject({ status: 'delivered', pending: [], delivered: [A, B] });
  });

  test('one refused for good makes the mail partial, and says who', () => {
    const { steps } = live(
      [replyWith({}, { [A]: accepted, [B]: refused(550, 'rcpt', '5.1.1') })],
      start([A, B]),
    );
    expect(steps[0]?.state).toMatchObject({
      status: 'partial',
      refused: [{ recipient: B, reason: '550 no' }],
    });
    expect(steps[0]?.alerts).toMatchObject([{ kind: 'delivery-failed', text: `${B}: 550 no` }]);
  });

  test('a 503 is forgiven once', () => {
    const state503 = broken('refused', 'mail', { reply: { code: 503, text: 'bad sequence' } });
    const { steps } = live([state503, state503]);
    expect(steps.map(({ state }) => state.status)).toEqual(['waiting', 'failed']);
  });
});

test('whatever happens, keeps its promises', () => {
  const result = fc.oneof(
    fc.constant(accepted),
    fc.constant(unanswered),
    fc
      .record({
        code: fc.integer({ min: 400, max: 599 }),
        phase: fc.constantFrom<SmtpPhase>('mail', 'rcpt', 'data', 'end-of-data'),
      })
      .map(({ code, phase }) => refused(code, phase)),
  );
  const failure = fc.constantFrom<SubmissionFailure>(
    'not-connected',
    'timeout',
    'connection-lost',
    'refused',
    'protocol',
    'tls-not-offered',
    'tls-failed',
    'certificate',
    'auth-not-offered',
    'auth-needs-tls',
    'too-big',
  );
  const phase = fc.constantFrom<SmtpPhase>(
    'connect',
    'greeting',
    'ehlo',
    'starttls',
    'tls',
    'auth',
    'mail',
    'rcpt',
    'data',
    'body',
    'end-of-data',
  );
  const reply = fc
    .record({
      failure: fc.option(failure, { nil: undefined }),
      phase,
      code: fc.integer({ min: 400, max: 599 }),
      a: result,
      b: result,
      isAmbiguous: fc.boolean(),
    })
    .map(({ failure: kind, phase: step, code, a, b, isAmbiguous }) => {
      // Without a failure the mail was taken for somebody; with one it was taken for nobody.
      const only = (result: RecipientResult) =>
        kind !== undefined && result.status === 'accepted' ? unanswered : result;
      return replyWith(
        { failure: kind, phase: step, reply: { code, text: 'x' }, isAmbiguous },
        { [A]: only(a), [B]: only(b) },
      );
    });
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 60 }), (replies) => {
      let state = start([A, B]);
      let at = START;
      for (const next of replies) {
        const tick = stepDelivery(state, { type: 'tick' }, at);
        if (hasEnded(tick.state)) {
          state = tick.state;
          break;
        }
        expect(tick.isDue).toBe(true);
        const step = stepDelivery(tick.state, { type: 'reply', reply: next }, at);
        // Nothing that a server has taken is ever asked for again; nobody is lost.
        const all = [
          ...step.state.pending,
          ...step.state.delivered,
          ...step.state.refused.map(({ recipient }) => recipient),
        ];
        expect(all.toSorted()).toEqual([A, B]);
        expect(state.delivered.every((recipient) => step.state.delivered.includes(recipient))).toBe(true);
        expect(hasEnded(step.state)).toBe(step.deadline === undefined);
        if (step.deadline !== undefined) {
          expect(step.deadline).toBeGreaterThanOrEqual(at);
          expect(step.deadline - at).toBeLessThanOrEqual(hours(24));
          expect((step.state.nextAttemptAt ?? 0) - at).toBeGreaterThanOrEqual(
            standardDeliveryPolicy.firstRetry,
          );
        }
        // It lives through a reset of the device.
        state = JSON.parse(JSON.stringify(step.state));
        at = ms(state.nextAttemptAt ?? at);
      }
    }),
    { numRuns: 500 },
  );
});
