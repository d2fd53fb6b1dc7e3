/** What a session is put together from: the module's driver, PPP, the IP host, the SMTP client. */
import type { Duplex } from 'node:stream';
import type { Ms } from '../base/units.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import type { ModuleIdentity } from '../modem/profiles.ts';
import type { SocketCall } from '../modem/sockets/socket-call.ts';
import type { ByteChannel, DteLine } from '../serial/serial-line.ts';
import type { submit } from '../smtp/submit.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';

export interface SessionModem {
  start(): Promise<ModuleIdentity>;
  waitForService(): Promise<{
    readonly registered: string;
    readonly signal: { readonly raw: string; readonly dbm?: number | undefined };
  }>;
  dial(number?: string): Promise<SessionCall>;
  /** Ends a call or an attempt, if there is one. */
  hangUp(): Promise<void>;
  /** Lets go of the module and of the line. */
  close(): Promise<void>;
}

/** What dialling gives: octets for PPP, or the context of a module that has its own TCP/IP stack. */
export type SessionCall = OctetCall | SocketCall;

export interface OctetCall extends ByteChannel {
  /** Of the serial line below the call: over a slow one everything takes its time. */
  readonly bitRate: number;
}

export interface SessionAddresses {
  readonly address: Ipv4Address;
  readonly nameServers: readonly Ipv4Address[];
}

export interface SessionHost {
  resolve(name: string): Promise<Ipv4Address>;
  connect(
    to: { readonly address: Ipv4Address; readonly port: number },
    options: { readonly timeoutMs: Ms },
  ): Promise<Duplex>;
  ping(address: Ipv4Address): Promise<Ms>;
  close(): void;
}

/** The IP link of a call that is up, and the host on it. */
export interface SessionLink {
  /** By what IP passes: PPP on the call, or the module's sockets. */
  readonly kind: 'ppp' | 'sockets';
  open(): Promise<SessionAddresses>;
  /** Once `open` has resolved. */
  host(addresses: SessionAddresses): SessionHost;
  close(): Promise<void>;
  /** Why it went down by itself, once it has. */
  readonly lostBy: Error | undefined;
}

export interface CommsParts {
  modem(line: DteLine, profile: ModuleProfile): SessionModem;
  link(call: SessionCall): SessionLink;
  readonly submit: typeof submit;
}
