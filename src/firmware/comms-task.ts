/**
 * The comms task of a device: keeps an outbox, and empties it in sessions. A shell around the outbox machine: when
 * to run is told by `nextRunAt`, the timer belongs to whoever owns the task.
 */
import type { Random } from '../base/random.ts';
import type { Trace } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { DteLine } from '../serial/serial-line.ts';
import { composeMail } from '../smtp/compose.ts';
import type { CommsParts } from './comms-parts.ts';
import type { CommsReport } from './comms-report.ts';
import { holdCommsSession } from './comms-session.ts';
import type { DataMail } from './data-mail.ts';
import {
  deliveryPolicy,
  dueMails,
  emptyOutbox,
  nextSessionAt,
  type OutboxAlert,
  type OutboxEntry,
  type OutboxEvent,
  type OutboxState,
  stepOutbox,
} from './outbox.ts';
import type { Release } from './release.ts';
import { releaseOf } from './releases.ts';

export interface CommsTaskOptions {
  readonly settings: Settings;
  /** The firmware that runs; by default the one of the settings, or the newest for the model. */
  readonly release?: Release | undefined;
  /** Gives the line with the module at its other end, powered; called once per session. */
  readonly openLine: () => Promise<DteLine>;
  readonly random: Random;
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

export class CommsTask {
  readonly #options: CommsTaskOptions;
  #settings: Settings;
  #outbox: OutboxState = emptyOutbox;
  #sessions = 0;

  constructor(options: CommsTaskOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  get outbox(): OutboxState {
    return this.#outbox;
  }

  /** When the next run has something to do; `undefined` while the outbox is empty. */
  get nextRunAt(): Ms | undefined {
    return nextSessionAt(this.#outbox);
  }

  /**
   * Puts a mail into the outbox; one that is already there stays as it is.
   * @throws MailDraftError when it cannot be composed
   */
  queue({ id, draft }: DataMail): readonly OutboxAlert[] {
    return this.#step({ type: 'queue', id, mail: composeMail(draft) }).alerts;
  }

  /** New settings: what was held for the old ones is tried again. */
  changeSettings(settings: Settings): void {
    this.#settings = settings;
    this.#step({ type: 'settings-changed' });
  }

  /** Holds a session for what is due now. One at a time: the caller waits for the run before. */
  async run(): Promise<CommsRun> {
    const expired = this.#step({ type: 'tick' });
    const mails = dueMails(this.#outbox, now());
    if (mails.length === 0) {
      return expired;
    }
    const { release = releaseOf(this.#settings), openLine, parts, random, trace } = this.#options;
    this.#sessions += 1;
    const report = await holdCommsSession({
      settings: this.#settings,
      release,
      mails,
      openLine,
      parts,
      // No session repeats the numbers of another one: ports, sequence numbers, magic numbers.
      random: random.fork(`session ${this.#sessions}`),
      trace,
    });
    const { ended, alerts } = this.#step({ type: 'results', results: report.mails });
    return { report, ended: [...expired.ended, ...ended], alerts: [...expired.alerts, ...alerts] };
  }

  #step(event: OutboxEvent) {
    const step = stepOutbox(this.#outbox, event, now(), deliveryPolicy(this.#settings.mail));
    this.#outbox = step.state;
    return step;
  }
}
