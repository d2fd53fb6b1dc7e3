/**
 * The root of every failure that a caller can act on. Each subclass narrows `code` to its own union.
 */
export type Layer =
  | 'usage'
  | 'settings'
  | 'line'
  | 'modem'
  | 'radio'
  | 'ppp'
  | 'ip'
  | 'tcp'
  | 'dns'
  | 'tls'
  | 'smtp'
  | 'image'
  | 'flash'
  | 'firmware';

export interface ErrorDetails {
  /** What the user can do about it, one sentence. */
  readonly advice?: string;
  /** What was sent and what came back, oldest first. Never holds a secret. */
  readonly evidence?: readonly string[];
  readonly cause?: unknown;
}

export abstract class Kadec21Error extends Error {
  /** Stable, for programs: `MODEM_NO_CARRIER`, `SMTP_AUTH_FAILED`, ... */
  abstract readonly code: string;
  abstract readonly layer: Layer;
  readonly advice: string | undefined;
  readonly evidence: readonly string[];

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.advice = details.advice;
    this.evidence = details.evidence ?? [];
  }
}
