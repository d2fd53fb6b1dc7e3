/** Where an outbox is kept so that it outlives the power: what the comms task asks of it. */
import type { OutboxAlert, OutboxEntry, OutboxRoom } from './outbox.ts';

/** What one event did to the outbox. */
export interface OutboxChange {
  readonly before: readonly OutboxEntry[];
  readonly after: readonly OutboxEntry[];
  /** Those of `before` that came to their end, with their last state. */
  readonly ended: readonly OutboxEntry[];
  /** Those of `ended` that had to make room. */
  readonly dropped: readonly OutboxEntry[];
}

export interface OutboxStore extends OutboxRoom {
  /** What waits there, oldest first: what the device finds when it comes up. */
  readonly entries: readonly OutboxEntry[];
  /** What is to be told of the time before; the same each time. */
  readonly alerts: readonly OutboxAlert[];
  /**
   * Whether the device was set otherwise when it last said so (`noteSettings`): what is held may pass now.
   * False when it never said so.
   */
  readonly hasNewSettings: boolean;
  /** Stores it; when it returns, the power may go. */
  commit(change: OutboxChange): void;
  /** From now on the settings that the device has are no new ones. */
  noteSettings(): void;
}
