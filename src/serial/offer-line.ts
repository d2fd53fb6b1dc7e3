/** Offers the module's end of a real line, whichever kind of line the user asks for. */
import { offerPort } from './offer-port.ts';
import { offerPty } from './offer-pty.ts';
import { offerRfc2217 } from './offer-rfc2217.ts';
import { offerTcp } from './offer-tcp.ts';
import { offerUnix } from './offer-unix.ts';
import type { OfferedLine } from './offered-line.ts';

export type { OfferedLine } from './offered-line.ts';

export type LineSpec =
  | { readonly kind: 'pty'; readonly link: string }
  /** `port` 0: the system chooses one; the line's name tells which. */
  | { readonly kind: 'tcp' | 'rfc2217'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'port'; readonly path: string; readonly baudRate: number };

/**
 * Opens a line and waits for DTEs until it is closed.
 * @throws LineError that says what the environment lacks
 */
export function offerLine(spec: LineSpec): Promise<OfferedLine> {
  switch (spec.kind) {
    case 'pty':
      return offerPty(spec.link);
    case 'tcp':
      return offerTcp(spec.host, spec.port);
    case 'rfc2217':
      return offerRfc2217(spec.host, spec.port);
    case 'unix':
      return offerUnix(spec.path);
    case 'port':
      return offerPort(spec.path, spec.baudRate);
  }
}
