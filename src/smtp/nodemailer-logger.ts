/** Listens to nodemailer through its logger: the only place where it tells each line, also under TLS. */
import type { ExternalLogger } from 'nodemailer/lib/shared';

export interface NodemailerListener {
  sent(line: string): void;
  received(lines: string): void;
  /** Implicit TLS, or nothing at all, was set up. */
  established(): void;
  /** The final dot was written. */
  bodyEnded(octets: number): void;
}

/** @returns what nodemailer takes as `logger`, together with `transactionLog: true` */
export function nodemailerLogger(listener: NodemailerListener): ExternalLogger {
  const debug = (entry: unknown, text: unknown) => {
    const kind = transactionOf(entry);
    if (kind === 'client' && typeof text === 'string') {
      listener.sent(text);
    } else if (kind === 'server' && typeof text === 'string') {
      listener.received(text);
    }
  };
  const info = (entry: unknown, text: unknown) => {
    const kind = transactionOf(entry);
    if (kind === 'message') {
      listener.bodyEnded(octetsOf(entry));
    } else if (kind === 'network' && typeof text === 'string' && text.includes('established')) {
      listener.established();
    }
  };
  const silent = () => {};
  return { trace: silent, debug, info, warn: silent, error: silent, fatal: silent };
}

function transactionOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'tnx' in entry ? entry.tnx : undefined;
}

function octetsOf(entry: unknown): number {
  return typeof entry === 'object' && entry !== null && 'outByteCount' in entry
    ? Number(entry.outByteCount)
    : 0;
}
