/** What a session of the comms task tells afterwards. */
import type { Layer } from '../base/errors.ts';
import type { Bytes, Ms } from '../base/units.ts';
import type { SubmissionReply } from '../smtp/submission.ts';

/** The steps of a session, in their order; the last five end it. */
export type CommsStepName =
  | 'check-settings'
  | 'open-line'
  | 'start-module'
  | 'wait-for-service'
  | 'dial'
  | 'open-ppp'
  /** Of a module with its own TCP/IP stack, in the place of PPP. */
  | 'open-sockets'
  | 'resolve'
  | 'connect'
  | 'check-link'
  | 'submit'
  | 'pause'
  | 'close-ip'
  | 'close-ppp'
  | 'close-sockets'
  | 'hang-up'
  | 'release-module'
  | 'close-line';

export interface CommsStep {
  readonly name: CommsStepName;
  readonly result: 'done' | 'failed';
  /** From the beginning of the session. */
  readonly startedAfterMs: Ms;
  readonly durationMs: Ms;
  /** What came out of it, for people; never a secret. */
  readonly detail: string;
  /** The code of the error by which it failed. */
  readonly code?: string | undefined;
}

/** What stopped the mail, in the words of the field. */
export interface Blockage {
  readonly layer: Layer;
  /** Stable, for programs: `OP25B`, `RADIO_NO_SERVICE`, `FIRMWARE_UNSUPPORTED_MODULE`, ... */
  readonly code: string;
  readonly sentence: string;
  readonly advice?: string | undefined;
  readonly evidence: readonly string[];
}

export type CommsOutcome =
  /** The server took every mail for every recipient. */
  | 'delivered'
  /** Some mails or recipients, not all. */
  | 'partly-delivered'
  /** Everything went out and no reply came: it may have arrived. */
  | 'unconfirmed'
  /** The mail server said no. */
  | 'refused'
  /** The mail did not get as far as an answer of the mail server. */
  | 'blocked'
  /** The firmware cannot do what the settings or the module ask for. */
  | 'unsupported';

export interface MailResult {
  readonly messageId: string;
  readonly reply: SubmissionReply;
}

export interface CommsReport {
  readonly outcome: CommsOutcome;
  /** The last answer of, or about, the mail server. */
  readonly reply?: SubmissionReply | undefined;
  /** One result per mail, in the order in which they were given. */
  readonly mails: readonly MailResult[];
  /** Absent where everything was delivered. */
  readonly blockedBy?: Blockage | undefined;
  readonly steps: readonly CommsStep[];
  readonly release: string;
  /** How often the module was made to dial. */
  readonly dials: number;
  /** Octets on the serial line, commands and PPP alike. */
  readonly bytesSent: Bytes;
  readonly bytesReceived: Bytes;
  readonly startedAt: Ms;
  readonly endedAt: Ms;
}
