/** A device with mails to send, from its first session until they have come to an end or patience has. */
import { pause } from '../base/pause.ts';
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { Blockage, CommsReport } from '../firmware/comms-report.ts';
import { CommsTask, type CommsTaskOptions } from '../firmware/comms-task.ts';
import type { DataMail } from '../firmware/data-mail.ts';
import type { OutboxAlert, OutboxEntry } from '../firmware/outbox.ts';

export interface DeviceRunOptions extends CommsTaskOptions {
  readonly mails: readonly DataMail[];
  /** How long it goes on with what did not work at first; 0: one session. */
  readonly patience: Ms;
}

export interface DeviceRun {
  /** Every mail has reached every recipient. */
  readonly isDelivered: boolean;
  /** What stopped the last session. */
  readonly blockedBy?: Blockage | undefined;
  /** In the order in which they were held; at least one. */
  readonly sessions: readonly CommsReport[];
  /** Mails that came to an end. */
  readonly ended: readonly OutboxEntry[];
  /** Mails that wait for another attempt. */
  readonly waiting: readonly OutboxEntry[];
  readonly alerts: readonly OutboxAlert[];
  readonly elapsed: Ms;
}

export async function runDevice({ mails, patience, ...options }: DeviceRunOptions): Promise<DeviceRun> {
  const startedAt = now();
  const task = new CommsTask(options);
  // What waits in the flash since another day: whoever runs the device wants it sent.
  task.retryNow();
  const alerts = mails.flatMap((mail) => task.queue(mail));
  const sessions: CommsReport[] = [];
  const ended: OutboxEntry[] = [];
  for (let next: Ms | undefined = startedAt; next !== undefined && next <= startedAt + patience; ) {
    await pause(ms(next - now()));
    const run = await task.run();
    sessions.push(...(run.report === undefined ? [] : [run.report]));
    ended.push(...run.ended);
    alerts.push(...run.alerts);
    next = task.nextRunAt;
  }
  const waiting = task.outbox.entries;
  return {
    isDelivered: waiting.length === 0 && ended.every(({ delivery }) => delivery.status === 'delivered'),
    blockedBy: sessions.at(-1)?.blockedBy,
    sessions,
    ended,
    waiting,
    alerts,
    elapsed: ms(now() - startedAt),
  };
}
