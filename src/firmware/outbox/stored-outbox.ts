/** What waits in an outbox region: read from its log, whatever is there. */
import type { Ms } from '../../base/units.ts';
import { type DeliveryState, standardDeliveryPolicy, startDelivery } from '../../smtp/delivery.ts';
import type { FlashReader } from '../flash/operation.ts';
import type { OutboxEntry } from '../outbox.ts';
import { dataOf, type LogRecord } from './log-index.ts';
import type { RecordLog } from './record-log.ts';
import { decodeDelivery } from './stored-delivery.ts';
import { decodeStoredMail, type StoredMail } from './stored-mail.ts';

export interface StoredEntry {
  readonly record: LogRecord;
  readonly entry: OutboxEntry;
  readonly queuedAt: Ms;
}

export interface StoredOutbox {
  /** Oldest first. */
  readonly waiting: readonly StoredEntry[];
  /** Mails that had to make room, ever. */
  readonly dropped: number;
  /** Mails that were there and are not whole any more. */
  readonly damaged: number;
  /** Records that are whole, but no mails. */
  readonly unreadable: readonly LogRecord[];
}

export function storedOutbox(flash: FlashReader, { index }: RecordLog): StoredOutbox {
  const { mails } = index;
  const unreadable: LogRecord[] = [];
  const waiting = mails.flatMap((record): StoredEntry[] => {
    const stored = decodeStoredMail(dataOf(flash, record) ?? new Uint8Array(0));
    if (stored === undefined) {
      unreadable.push(record);
      return [];
    }
    const { id, mail, queuedAt } = stored;
    const state = index.stateOf(record);
    const delivery = deliveryOf(stored, state === undefined ? undefined : dataOf(flash, state));
    return [{ record, queuedAt, entry: { id, mail, delivery } }];
  });
  return { waiting, dropped: index.dropped, damaged: index.damagedMails, unreadable };
}

/** As it was when it was queued, until an attempt has changed that. */
function deliveryOf({ mail, queuedAt, expiresAt }: StoredMail, state: Uint8Array | undefined): DeliveryState {
  const { messageId, envelope } = mail;
  const known = state === undefined ? undefined : decodeDelivery(state, messageId, envelope.to);
  if (known !== undefined) return known;
  const fresh = startDelivery({ messageId, recipients: envelope.to }, queuedAt, standardDeliveryPolicy);
  return { ...fresh, expiresAt };
}
