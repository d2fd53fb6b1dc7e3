/**
 * The comms task of a device: keeps an outbox, and empties it in sessions. A shell around the outbox machine: when
 * to run is told by `nextRunAt`, the timer belongs to whoever owns the task.
 */
import type { Random } from '../base/random.ts';
import { noTrace, type Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { composeMail } from '../smtp/compose.ts';
import type { SubmissionReply } from '../smtp/submission.ts';
import type { CommsParts } from './comms-parts.ts';
import type { CommsReport } from './comms-report.ts';
import { holdCommsSession } from './comms-session.ts';
import type { DataMail } from './data-mail.ts';
import { deviceParts } from './device-parts.ts';
import {
  deliveryPolicy,
  dueMails,
  nextSessionAt,
  type OutboxAlert,
  type OutboxEntry,
  type OutboxEvent,
  type OutboxState,
  type OutboxStep,
  restoredOutbox,
  stepOutbox,
} from './outbox.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { Release } from './release.ts';
import { releaseOf } from './releases.ts';

export interface CommsTaskOptions {
  readonly settings: Settings;
  /** The firmware that runs; by default the one of the settings, or the newest for the model. */
  readonly release?: Release | undefined;
  /** Gives the line with the module at its other end, powered; called once per session. */
  readonly openLine: () => Promise<DteLine>;
  readonly random: Random;
  /**
   * Where the outbox outlives the power: `bootDevice` gives the one in the device's flash. By default it is in
   * memory and goes with the task.
   */
  readonly outbox?: OutboxStore | undefined;
  /** By default those of a device. */
  readonly parts?: CommsParts | undefined;
  readonly trace?: Trace | undefined;
}

/** What one run of the task brought about. */
export interface CommsRun {
  /** Absent when nothing was due. */
  readonly report?: CommsReport | undefined;
  /** Mails that came to their end, good or bad. */
  readonly ended: readonly OutboxEntry[];
  /** For people, by another way than the mail that fails. */
  readonly alerts: readonly OutboxAlert[];
}

/** Make one when the device comes up: what its store holds is taken over at that moment. */
export class CommsTask {
  readonly #options: CommsTaskOptions;
  readonly #store: OutboxStore | undefined;
  #settings: Settings;
  #outbox: OutboxState;
  #sessions = 0;
  /** Of the time before the device came up: told with the first run. */
  #alertsFromBefore: readonly OutboxAlert[];

  constructor(options: CommsTaskOptions) {
    const { settings, outbox: store } = options;
    this.#options = options;
    this.#settings = settings;
    this.#store = store;
    this.#outbox = restoredOutbox(store?.entries ?? [], now(), deliveryPolicy(settings.mail));
    this.#alertsFromBefore = store?.alerts ?? [];
    if (store?.hasNewSettings === true) this.retryNow();
    store?.noteSettings();
  }

  get outbox(): OutboxState {
    return this.#outbox;
  }

  /** When the next run has something to do; `undefined` while the outbox is empty. */
  get nextRunAt(): Ms | undefined {
    return nextSessionAt(this.#outbox);
  }

  /**
   * Puts a mail into the outbox; one that is already there stays as it is. Once it has returned, the mail outlives a
   * power cut, if there is a store and no alert says otherwise.
   * @throws MailDraftError when it cannot be composed
   */
  queue({ id, draft }: DataMail): readonly OutboxAlert[] {
    return this.#step({ type: 'queue', id, mail: composeMail(draft), store: this.#store }).alerts;
  }

  /** New settings: what was held for the old ones is tried again. */
  changeSettings(settings: Settings): void {
    this.#settings = settings;
    this.retryNow();
  }

  /** Somebody asks for it: whatever waits, or is held, is due now. */
  retryNow(): void {
    this.#step({ type: 'settings-changed' });
  }

  /** Holds a session for what is due now. One at a time: the caller waits for the run before. */
  async run(): Promise<CommsRun> {
    const expired = this.#step({ type: 'tick' });
    const before = { ended: expired.ended, alerts: [...this.#alertsFromBefore, ...expired.alerts] };
    this.#alertsFromBefore = [];
    const mails = dueMails(this.#outbox, now());
    if (mails.length === 0) {
      return before;
    }
    const { release = releaseOf(this.#settings), openLine, trace = noTrace } = this.#options;
    this.#sessions += 1;
    // No session repeats the numbers of another one: ports, sequence numbers, magic numbers.
    const random = this.#options.random.fork(`session ${this.#sessions}`);
    const settings = this.#settings;
    const parts = this.#options.parts ?? deviceParts({ settings, random, trace });
    const early = new AcceptedEarly((reply) =>
      this.#step({ type: 'results', results: [{ messageId: reply.messageId, reply }] }),
    );
    const report = await holdCommsSession({
      settings,
      release,
      mails,
      openLine,
      parts: early.watching(parts),
      random,
      trace,
    });
    const others = report.mails.filter(({ reply }) => !early.has(reply));
    const late = this.#step({ type: 'results', results: others });
    const steps = [before, ...early.end(), late];
    return {
      report,
      ended: steps.flatMap(({ ended }) => ended),
      alerts: steps.flatMap(({ alerts }) => alerts),
    };
  }

  #step(event: OutboxEvent): OutboxStep {
    const before = this.#outbox.entries;
    const step = stepOutbox(this.#outbox, event, now(), deliveryPolicy(this.#settings.mail));
    const { ended, dropped, state } = step;
    this.#store?.commit({ before, after: state.entries, ended, dropped });
    this.#outbox = state;
    return step;
  }
}

/**
 * What the server took counts at once, not when the session ends: the call may go on for minutes, and the power may
 * go meanwhile.
 */
class AcceptedEarly {
  readonly #accept: (reply: SubmissionReply) => OutboxStep;
  readonly #steps: OutboxStep[] = [];
  readonly #replies = new Set<SubmissionReply>();
  #hasEnded = false;

  constructor(accept: (reply: SubmissionReply) => OutboxStep) {
    this.#accept = accept;
  }

  watching(parts: CommsParts): CommsParts {
    return {
      modem: (line, profile) => parts.modem(line, profile),
      link: (call) => parts.link(call),
      submit: async (...attempt) => {
        const reply = await parts.submit(...attempt);
        if (reply.failure === undefined && !this.#hasEnded) {
          this.#replies.add(reply);
          this.#steps.push(this.#accept(reply));
        }
        return reply;
      },
    };
  }

  has(reply: SubmissionReply): boolean {
    return this.#replies.has(reply);
  }

  /** The session is over: what still comes is too late for its report. */
  end(): readonly OutboxStep[] {
    this.#hasEnded = true;
    return this.#steps;
  }
}
