/** What `kadec21 send` tells: for people, and as one JSON document. */
import process from 'node:process';
import { formatInstant } from '../config/japan-time.ts';
import type { CommsReport, CommsStep } from '../firmware/comms-report.ts';
import type { DeviceRun } from '../scenario/device-run.ts';
import { paint } from './console.ts';
import { tableOf } from './table.ts';

/** @param isBrief only the outcome, without the steps */
export function sendReport(run: DeviceRun, isBrief: boolean): string {
  const sessions = isBrief ? [] : run.sessions.flatMap(sessionLines);
  return [...sessions, ...alertLines(run), ...outcomeLines(run)].join('\n');
}

function sessionLines({ startedAt, release, steps, bytesSent, bytesReceived }: CommsReport): string[] {
  const head = `session ${formatInstant(startedAt)}, comms firmware ${release}`;
  const foot = `${bytesSent} bytes sent, ${bytesReceived} received on the line`;
  return [paint('bold', head, process.stdout), ...tableOf(steps.map(stepCells)), foot, ''];
}

const stepCells = ({ name, result, startedAfterMs, durationMs, detail, code }: CommsStep): string[] => [
  result === 'done' ? paint('green', '✔', process.stdout) : paint('red', '✘', process.stdout),
  name,
  `${(startedAfterMs / 1000).toFixed(1)} s`,
  `+${(durationMs / 1000).toFixed(1)} s`,
  code === undefined ? detail : `${code}: ${detail}`,
];

const alertLines = ({ alerts }: DeviceRun): string[] =>
  alerts.map(({ kind, text }) => `${paint('yellow', `alert ${kind}`, process.stdout)}: ${text}`);

function outcomeLines(run: DeviceRun): string[] {
  const { blockedBy, waiting } = run;
  if (run.isDelivered) {
    const ids = run.ended.map(({ mail }) => mail.messageId).join(' ');
    return [`${paint('green', 'delivered', process.stdout)} ${ids}`];
  }
  const [next] = waiting.flatMap(({ delivery }) => delivery.nextAttemptAt ?? []);
  return [
    `${paint('red', 'not delivered', process.stdout)}${blockedBy === undefined ? '' : ` ${blockedBy.code}: ${blockedBy.sentence}`}`,
    ...(blockedBy?.advice === undefined ? [] : [`  ${blockedBy.advice}`]),
    ...(next === undefined ? [] : [`  the device would try again at ${formatInstant(next)}`]),
  ];
}

/** `kadec21/send/1` */
export function sendDocument(run: DeviceRun, seed: number) {
  return {
    schema: 'kadec21/send/1',
    seed,
    outcome: run.sessions.at(-1)?.outcome ?? 'blocked',
    delivered: run.isDelivered,
    blockedBy: run.blockedBy ?? null,
    virtualMs: run.elapsed,
    bytesOnLine: run.sessions.reduce((sum, session) => sum + session.bytesSent + session.bytesReceived, 0),
    mails: [...run.ended, ...run.waiting].map(({ mail, delivery }) => ({
      messageId: mail.messageId,
      status: delivery.status,
      attempts: delivery.attempts,
      delivered: delivery.delivered,
      pending: delivery.pending,
      refused: delivery.refused,
      ...(delivery.nextAttemptAt === undefined
        ? {}
        : { nextAttemptAt: formatInstant(delivery.nextAttemptAt) }),
    })),
    alerts: run.alerts,
    sessions: run.sessions.map(
      ({ startedAt, endedAt, release, outcome, dials, steps, bytesSent, bytesReceived }) => ({
        startedAt: formatInstant(startedAt),
        durationMs: endedAt - startedAt,
        release,
        outcome,
        dials,
        bytesSent,
        bytesReceived,
        steps,
      }),
    ),
  };
}
