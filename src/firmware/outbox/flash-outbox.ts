/**
 * The outbox of a device in its flash: a shell that performs on the flash what the record log asks for. What
 * `commit` has stored is there after a power cut at any moment; a mail that the server took just before the power
 * went is sent again, with its Message-ID.
 *
 * A device that lives on after a power cut makes a new one from the same flash, as `bootDevice` does:
 *
 *     const { flash, config } = factoryFlash(release, settings);
 *     const device = bootDevice(flash, config, deviceKey);
 *     const task = new CommsTask({ ...device, openLine, random });
 */
import { now } from '../../base/virtual-time.ts';
import type { FlashSteps, WritableFlash } from '../flash/operation.ts';
import type { OutboxAlert, OutboxEntry } from '../outbox.ts';
import type { OutboxChange, OutboxStore } from '../outbox-store.ts';
import { dataOf, type LogRecord } from './log-index.ts';
import { RecordLog } from './record-log.ts';
import { encodeDelivery, storedDeliveryBytes } from './stored-delivery.ts';
import { encodeStoredMail, storedMailBytes } from './stored-mail.ts';
import { storedOutbox } from './stored-outbox.ts';

const NOTHING = new Uint8Array(0);
const MARK_BYTES = 4;

export class FlashOutbox implements OutboxStore {
  readonly entries: readonly OutboxEntry[];
  readonly alerts: readonly OutboxAlert[];
  readonly #flash: WritableFlash;
  readonly #log: RecordLog;
  readonly #settingsMark: number;
  /** The mails in the flash, by id. */
  readonly #records = new Map<string, LogRecord>();
  /** Not known to this firmware: they would take room for ever. */
  #unreadable: readonly LogRecord[];

  /**
   * Reads the outbox region; nothing is changed before something is to be stored.
   * @param settingsMark changes with what the device is set to, and tells nothing of it
   */
  constructor(flash: WritableFlash, settingsMark = 0) {
    this.#flash = flash;
    this.#log = new RecordLog(flash);
    this.#settingsMark = settingsMark >>> 0;
    const { waiting, damaged, unreadable } = storedOutbox(flash, this.#log);
    this.#unreadable = unreadable;
    for (const { record, entry } of waiting) this.#records.set(entry.id, record);
    this.entries = waiting.map(({ entry }) => entry);
    this.alerts = damaged + unreadable.length === 0 ? [] : [damagedAlert(damaged + unreadable.length)];
  }

  /** How many mails were dropped undelivered, for want of room, in the life of the flash. */
  get dropped(): number {
    return this.#log.index.dropped;
  }

  get hasNewSettings(): boolean {
    const known = this.#knownMark();
    return known !== undefined && known !== this.#settingsMark;
  }

  noteSettings(): void {
    if (this.#log.capacity === 0 || this.#knownMark() === this.#settingsMark) return;
    const data = Buffer.alloc(MARK_BYTES);
    data.writeUInt32LE(this.#settingsMark);
    this.#perform(this.#log.append('mark', data));
  }

  canStore(entry: Pick<OutboxEntry, 'id' | 'mail'>): boolean {
    return this.#cost([entry]) <= this.#log.capacity;
  }

  fits(entries: readonly Pick<OutboxEntry, 'id' | 'mail'>[]): boolean {
    return this.#cost(entries.filter((entry) => this.canStore(entry))) <= this.#log.capacity;
  }

  #cost(entries: readonly Pick<OutboxEntry, 'id' | 'mail'>[]): number {
    const states = entries.map(({ mail }) => this.#log.cost(storedDeliveryBytes(mail.envelope.to.length)));
    // A new state is written before the one it replaces is of no use; an end and a mark have to fit as well.
    const spare = Math.max(0, ...states) + this.#log.cost(0) + 2 * this.#log.cost(MARK_BYTES);
    const mails = entries.map(({ id, mail }) => this.#log.cost(storedMailBytes(id, mail)));
    return [...mails, ...states].reduce((sum, cost) => sum + cost, spare);
  }

  commit({ before, after, ended, dropped }: OutboxChange): void {
    for (const record of this.#unreadable) this.#perform(this.#log.append('drop', NOTHING, record));
    this.#unreadable = [];
    for (const entry of ended) this.#end(entry, dropped.includes(entry) ? 'drop' : 'end');
    const deliveries = new Map(before.map(({ id, delivery }) => [id, delivery]));
    for (const entry of after) {
      const known = deliveries.get(entry.id);
      if (known === undefined) this.#queue(entry);
      else if (known !== entry.delivery) this.#change(entry);
    }
  }

  #end({ id }: OutboxEntry, kind: 'end' | 'drop'): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#perform(this.#log.append(kind, NOTHING, record));
    this.#records.delete(id);
  }

  #queue({ id, mail, delivery }: OutboxEntry): void {
    // Waits in memory; whoever queued it was told.
    if (!this.canStore({ id, mail })) return;
    const data = encodeStoredMail({ id, mail, queuedAt: now(), expiresAt: delivery.expiresAt });
    this.#records.set(id, this.#perform(this.#log.append('mail', data)));
  }

  #change({ id, mail, delivery }: OutboxEntry): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#perform(this.#log.append('state', encodeDelivery(delivery, mail.envelope.to), record));
  }

  #knownMark(): number | undefined {
    const { mark } = this.#log.index;
    const data = mark === undefined ? undefined : dataOf(this.#flash, mark);
    return data?.length === MARK_BYTES ? Buffer.from(data).readUInt32LE() : undefined;
  }

  #perform<Result>(steps: FlashSteps<Result>): Result {
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      this.#flash.perform(step.value);
    }
  }
}

function damagedAlert(damaged: number): OutboxAlert {
  return {
    kind: 'outbox-damaged',
    text: `${damaged} mails in the flash's outbox cannot be read any more`,
    advice:
      'The records are still in the logger; look at the erase counts of the flash (kadec21 flash info).',
  };
}
