/** What the network side reports while it works: one type, told apart by `type`. */
import type { Ms } from '../base/units.ts';
import type { Band } from '../modem/module-profile.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';
import type { SignInAttempt } from './hosts/mail-service.ts';
import type { AcceptedMail } from './mailboxes.ts';
import type { BlockedBy } from './op25b.ts';

interface Happened {
  readonly at: Ms;
}

/** A module dialled. */
export interface CallEvent extends Happened {
  readonly type: 'call';
  readonly number: string;
  readonly result: 'connected' | 'busy' | 'no-carrier';
  /** The band of the call; absent without coverage. */
  readonly band: Band | undefined;
}

/** A subscriber line came up, was refused, or ended. */
export interface SessionEvent extends Happened {
  readonly type: 'session';
  readonly state: 'up' | 'refused' | 'down';
  /** Who signed in, or tried to; absent where nobody got so far. */
  readonly user: string | undefined;
  readonly address: Ipv4Address;
  /** Why it was refused or ended; absent for an orderly end. */
  readonly reason?: string;
}

/** A name was asked for. */
export interface LookupEvent extends Happened {
  readonly type: 'lookup';
  readonly name: string;
  readonly outcome: 'found' | 'no-data' | 'no-such-name' | 'refused';
}

export interface Destination {
  readonly address: Ipv4Address;
  readonly port: number;
  /** The name of the host at that address, where there is one. */
  readonly host: string | undefined;
}

/** A TCP connection was asked for and OP25B did not stop it. */
export interface ConnectionEvent extends Happened, Destination {
  readonly type: 'connection';
  readonly verdict: 'accepted' | 'reset' | 'unreachable';
}

/** OP25B stopped a TCP connection; repeated attempts of the same connection count once. */
export interface BlockedEvent extends Happened, Destination {
  readonly type: 'blocked';
  readonly by: 'op25b';
  readonly how: BlockedBy;
  readonly area: string;
}

/** Somebody signed in at a mail server, or tried to. */
export interface SignInEvent extends Happened, SignInAttempt {
  readonly type: 'sign-in';
  readonly host: string;
  readonly port: number;
}

export type CarrierEvent =
  | CallEvent
  | SessionEvent
  | LookupEvent
  | ConnectionEvent
  | BlockedEvent
  | SignInEvent
  | AcceptedMail;

/** `event` carries all of them, the other names one kind each. */
export interface AuNetEvents {
  event: [CarrierEvent];
  call: [CallEvent];
  session: [SessionEvent];
  lookup: [LookupEvent];
  connection: [ConnectionEvent];
  blocked: [BlockedEvent];
  'sign-in': [SignInEvent];
  mail: [AcceptedMail];
}

export type Report = (event: CarrierEvent) => void;
