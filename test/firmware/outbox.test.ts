import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, type Ms, minutes, ms } from '../../src/base/units.ts';
import { dataMails } from '../../src/firmware/data-mail.ts';
import {
  deliveryPolicy,
  dueMails,
  emptyOutbox,
  MOST_MAILS,
  MOST_MAILS_PER_SESSION,
  nextSessionAt,
  type OutboxEvent,
  type OutboxState,
  stepOutbox,
} from '../../src/firmware/outbox.ts';
import { composeMail } from '../../src/smtp/compose.ts';
import type { SubmissionReply } from '../../src/smtp/submission.ts';
import { at, settingsWith, winter } from './unit.ts';

const settings = settingsWith(['    # - second@example.ne.jp', '    - second@example.ne.jp']);
const policy = deliveryPolicy(settings.mail);
const start = at('2008-10-01');

const queueEvent = (number: number): OutboxEvent => {
  const records = [{ time: ms(start + number * 3_600_000), values: [0.45] }];
  const [mail] = dataMails(settings, winter.quantities, records);
  const { id, draft } = mail ?? expect.fail();
  return { type: 'queue', id, mail: composeMail(draft) };
};

const step = (state: OutboxState, event: OutboxEvent, time: Ms) => stepOutbox(state, event, time, policy);
const queue = (count: number, time = start) =>
  Array.from({ length: count }, (_, number) => queueEvent(number)).reduce(
    (state, event) => step(state, event, time).state,
    emptyOutbox,
  );

const results = (state: OutboxState, time: Ms, reply: Partial<SubmissionReply>): OutboxEvent => ({
  type: 'results',
  results: dueMails(state, time).map(({ messageId, envelope }) => ({
    messageId,
    reply: {
      messageId,
      port: 587,
      phase: 'end-of-data',
      text: 'text',
      recipients: new Map(
        envelope.to.map((address) => [
          address,
          { status: reply.failure === undefined ? 'accepted' : 'unanswered' },
        ]),
      ),
      isAmbiguous: false,
      hasTriedAuth: true,
      evidence: [],
      startedAt: time,
      endedAt: time,
      ...reply,
    },
  })),
});

const unreachable = { failure: 'not-connected', phase: 'connect' } as const;
const badPassword = {
  failure: 'refused',
  phase: 'auth',
  reply: { code: 535, text: 'bad password' },
} as const;

describe('the outbox', () => {
  it('has a mail ready at once, and is empty when the server took it', () => {
    const state = queue(1);
    expect(nextSessionAt(state)).toBe(start);
    expect(dueMails(state, start)).toHaveLength(1);
    const after = step(state, results(state, start, {}), start);
    expect(after.ended.map(({ delivery }) => delivery.status)).toEqual(['delivered']);
    expect(after.state.entries).toEqual([]);
    expect(after.deadline).toBeUndefined();
  });

  it('queues the same records only once', () => {
    const twice = step(queue(1), queueEvent(0), start);
    expect(twice.state.entries).toHaveLength(1);
  });

  it('tries again later and later, as the settings say, and gives up in the end', () => {
    let state = queue(1);
    const pauses: number[] = [];
    let time = start;
    for (let attempt = 0; attempt < 6; attempt += 1) {
      state = step(state, results(state, time, unreachable), time).state;
      const next = nextSessionAt(state) ?? expect.fail();
      pauses.push((next - time) / 60_000);
      time = next;
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
    const end = step(state, { type: 'tick' }, ms(start + hours(24)));
    expect(end.ended.map(({ delivery }) => delivery.status)).toEqual(['expired']);
    expect(end.alerts.map(({ kind }) => kind)).toEqual(['expired']);
  });

  it('tries again for those recipients only that are still open', () => {
    const state = queue(1);
    const [due] = dueMails(state, start);
    const [first = '', second = ''] = due?.envelope.to ?? [];
    const reply = { code: 451, text: 'later' };
    const event = results(state, start, {
      recipients: new Map([
        [first, { status: 'accepted' }],
        [second, { status: 'refused', phase: 'rcpt', reply }],
      ]),
    });
    const after = step(state, event, start).state;
    const next = nextSessionAt(after) ?? expect.fail();
    expect(dueMails(after, next)[0]?.envelope.to).toEqual([second]);
    expect(dueMails(after, next)[0]?.messageId).toBe(due?.messageId);
  });

  it('is held as a whole by a wrong password, tries once an hour at most, and tells it once', () => {
    const state = queue(3);
    const held = step(state, results(state, start, badPassword), start);
    expect(held.alerts.map(({ kind }) => kind)).toEqual(['auth-failed']);
    const withNew = step(held.state, queueEvent(9), ms(start + minutes(1))).state;
    expect(dueMails(withNew, ms(start + minutes(59)))).toEqual([]);
    expect(nextSessionAt(withNew)).toBe(start + hours(1));
    expect(dueMails(withNew, ms(start + hours(1)))).toHaveLength(4);
  });

  it('is free again when the settings change', () => {
    const state = queue(2);
    const held = step(state, results(state, start, badPassword), start).state;
    const soon = ms(start + minutes(1));
    expect(dueMails(step(held, { type: 'settings-changed' }, soon).state, soon)).toHaveLength(2);
  });

  it('drops the oldest mail, and says so, when it is full', () => {
    const full = queue(MOST_MAILS);
    const over = step(full, queueEvent(MOST_MAILS), start);
    expect(over.state.entries).toHaveLength(MOST_MAILS);
    expect(over.ended.map(({ id }) => id)).toEqual([full.entries[0]?.id]);
    expect(over.alerts.map(({ kind }) => kind)).toEqual(['outbox-full']);
    expect(dueMails(full, start)).toHaveLength(MOST_MAILS_PER_SESSION);
  });

  it('stays bounded, loses no mail, and knows its next deadline, whatever happens', () => {
    const happening = fc.oneof(
      fc.record({ kind: fc.constant('queue' as const), number: fc.nat(200) }),
      fc.record({ kind: fc.constantFrom('ok', 'unreachable', 'password', 'tick', 'settings') }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(happening, fc.nat(7_200_000)), { maxLength: 60 }), (happenings) => {
        let state = emptyOutbox;
        let time = start;
        const ended = new Set<string>();
        const known = new Set<string>();
        for (const [what, pause] of happenings) {
          time = ms(time + pause);
          const event: OutboxEvent =
            'number' in what
              ? queueEvent(what.number)
              : what.kind === 'tick'
                ? { type: 'tick' }
                : what.kind === 'settings'
                  ? { type: 'settings-changed' }
                  : results(
                      state,
                      time,
                      what.kind === 'ok' ? {} : what.kind === 'password' ? badPassword : unreachable,
                    );
          if (event.type === 'queue') {
            known.add(event.id);
          }
          const after = step(state, event, time);
          for (const { id } of after.ended) {
            ended.add(id);
          }
          state = after.state;
          expect(state.entries.length).toBeLessThanOrEqual(MOST_MAILS);
          expect(after.deadline === undefined).toBe(state.entries.length === 0);
          for (const id of known) {
            expect(ended.has(id) || state.entries.some((entry) => entry.id === id)).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
