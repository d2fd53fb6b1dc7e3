/** What the network side reports while it works: one type, told apart by `type`. */
import type { Ms } from '../base/units.ts';
import type { FaultKind } from '../config/fault.ts';
import type { DialResult } from '../modem/dce/radio.ts';
import type { Band } from '../modem/module-profile.ts';
import type { Ipv4Address } from '../wire/ipv4.ts';
import type { SignInAttempt } from './hosts/sign-in.ts';
import type { AcceptedMail } from './mailboxes.ts';
import type { BlockedBy } from './op25b.ts';

interface Happened {
  readonly at: Ms;
}

/** A module dialled. */
export interface CallEvent extends Happened {
  readonly type: 'call';
  readonly number: string;
  readonly result: DialResult['result'];
  /** The band of the call; absent without coverage. */
  readonly band: Band | undefined;
  /** The name of the module's line, where it has one. */
  readonly line: string | undefined;
}

/** A subscriber line came up, was refused, or ended. */
export interface SessionEvent extends Happened {
  readonly type: 'session';
  readonly state: 'up' | 'refused' | 'down';
  /** Who signed in, or tried to; absent where nobody got so far. */
  readonly user: string | undefined;
  readonly address: Ipv4Address;
  /** The name of the module's line, where it has one. */
  readonly line: string | undefined;
  /** Why it was refused or ended; absent for an orderly end. */
  readonly reason?: string;
}

/** A name was asked for. */
export interface LookupEvent extends Happened {
  readonly type: 'lookup';
  readonly name: string;
  readonly outcome: LookupOutcome;
}

/** `failed`, `silent` and `wrong`: a fault that somebody asked for. */
export type LookupOutcome = 'found' | 'no-data' | 'no-such-name' | 'refused' | 'failed' | 'silent' | 'wrong';

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

/** A fault that somebody asked for has struck. */
export interface FaultEvent extends Happened {
  readonly type: 'fault';
  /** Of the fault, as `FaultDirector.add` gave it. */
  readonly id: number;
  readonly fault: FaultKind;
  /** What happened, for people. */
  readonly text: string;
  /** Whose line it was, where it was one line and it has a name. */
  readonly line: string | undefined;
}

export type CarrierEvent =
  | CallEvent
  | SessionEvent
  | LookupEvent
  | ConnectionEvent
  | BlockedEvent
  | SignInEvent
  | FaultEvent
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
  fault: [FaultEvent];
  mail: [AcceptedMail];
}

export type Report = (event: CarrierEvent) => void;
