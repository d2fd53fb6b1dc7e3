/** What is told of an emulated device when a run is over. */
import type { DeviceResult, SessionResult } from './case-result.ts';
import type { DeviceLife } from './device-life.ts';
import type { LivedSession } from './device-life-options.ts';
import { maskedDocument } from './secrets.ts';

export function sessionResult({ report, leftCallUp }: LivedSession): SessionResult {
  const { outcome, blockedBy, steps, release, dials, bytesSent, bytesReceived, startedAt, endedAt } = report;
  return {
    startedAt,
    endedAt,
    outcome,
    blockedBy: blockedBy?.code,
    reason: blockedBy?.sentence,
    advice: blockedBy?.advice,
    release,
    dials,
    attempts: steps.filter(({ name }) => name === 'submit').length,
    bytesOnLine: bytesSent + bytesReceived,
    leftCallUp,
    steps: steps.map(({ name, result }) => ({ name, result })),
  };
}

/** A device and what it has told. */
export interface DeviceBook {
  readonly life: DeviceLife;
  readonly sessions: SessionResult[];
  readonly alerts: DeviceResult['alerts'][number][];
}

export function deviceResult(name: string, { life, sessions, alerts }: DeviceBook): DeviceResult {
  const last = sessions.at(-1);
  const sum = (count: (session: SessionResult) => number) =>
    sessions.reduce((total, session) => total + count(session), 0);
  const { slot0, slot1, settings } = life.memory.contents;
  return {
    name,
    kind: 'emulated',
    state: life.state,
    module: life.module.name,
    firmware: life.release,
    sessions,
    outcome: last?.outcome,
    blockedBy: last?.blockedBy ?? life.failure?.code,
    reason: last?.reason ?? life.failure?.message,
    advice: last?.advice ?? life.failure?.advice,
    dials: sum(({ dials }) => dials),
    attempts: sum(({ attempts }) => attempts),
    boots: life.boots,
    bytesOnLine: sum(({ bytesOnLine }) => bytesOnLine),
    timeOnLineMs: sum(({ startedAt, endedAt }) => endedAt - startedAt),
    waiting: life.waiting.length,
    alerts,
    slots: { slot0, slot1 },
    settings: settings === undefined ? undefined : maskedDocument(settings),
    hasCall: sessions.some(({ leftCallUp }) => leftCallUp),
  };
}
