/** Sums a session up: outcome, what stopped it, steps, costs. */
import type { Bytes } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import type { SubmissionFailure, SubmissionReply } from '../smtp/submission.ts';
import type { Blockage, CommsOutcome, CommsReport, MailResult } from './comms-report.ts';
import { diagnose, type Observations } from './diagnosis.ts';
import { diagnoseReply } from './mail-diagnosis.ts';
import type { MailResults } from './mail-results.ts';
import type { Release } from './release.ts';
import type { SessionSteps } from './session-steps.ts';

export interface SessionBook {
  readonly steps: SessionSteps;
  readonly results: MailResults;
  readonly seen: Observations;
  readonly release: Release;
  readonly dials: number;
  readonly bytesSent: Bytes;
  readonly bytesReceived: Bytes;
  /** What ended the session before its time. */
  readonly failure: unknown;
}

export function sessionReport(book: SessionBook): CommsReport {
  const { steps, results, seen, release, dials, bytesSent, bytesReceived, failure } = book;
  const mails = results.all(failure, steps.startedAt);
  const blockedBy = blockage(mails, seen, failure);
  return {
    outcome: outcomeOf(mails, blockedBy),
    reply: results.last,
    mails,
    blockedBy,
    steps: steps.steps,
    release: release.version,
    dials,
    bytesSent,
    bytesReceived,
    startedAt: steps.startedAt,
    endedAt: now(),
  };
}

function blockage(mails: readonly MailResult[], seen: Observations, failure: unknown): Blockage | undefined {
  if (mails.every(({ reply }) => isDelivered(reply))) {
    return undefined;
  }
  if (failure !== undefined) {
    return diagnose(failure, seen);
  }
  return mails.map(({ reply }) => diagnoseReply(reply, seen)).find((found) => found !== undefined);
}

function outcomeOf(mails: readonly MailResult[], blockedBy: Blockage | undefined): CommsOutcome {
  const replies = mails.map(({ reply }) => reply);
  if (replies.every(isDelivered)) {
    return 'delivered';
  }
  if (replies.some((reply) => reply.failure === undefined)) {
    return 'partly-delivered';
  }
  if (replies.some((reply) => reply.isAmbiguous)) {
    return 'unconfirmed';
  }
  if (blockedBy?.layer === 'firmware' && !MISHAPS.has(blockedBy.code)) {
    return 'unsupported';
  }
  return replies.some(({ failure }) => failure !== undefined && SERVER_SAID_NO.has(failure))
    ? 'refused'
    : 'blocked';
}

/** Failures of the firmware that are no lack of ability. */
const MISHAPS: ReadonlySet<string> = new Set(['FIRMWARE_SESSION_TOO_LONG', 'FIRMWARE_UNEXPECTED']);

const SERVER_SAID_NO: ReadonlySet<SubmissionFailure> = new Set<SubmissionFailure>([
  'refused',
  'tls-not-offered',
  'auth-not-offered',
  'auth-needs-tls',
  'too-big',
]);

/** Taken by the server for every recipient. */
function isDelivered({ failure, recipients }: SubmissionReply): boolean {
  return failure === undefined && [...recipients.values()].every(({ status }) => status === 'accepted');
}
