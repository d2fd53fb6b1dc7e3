/**
 * What can happen to the network side beside its own rules: the parts of au.NET ask here where it would happen.
 * Nothing here knows what a fault or a schedule is; nothing is asked while nothing is wrong.
 */
import type { Bytes, Ms } from '../../base/units.ts';
import type { FetchPoint, MailPoint } from '../../config/fault.ts';
import type { Coverage, DialResult } from '../../modem/dce/radio.ts';
import type { SynVerdict } from '../../net/tcp-host.ts';
import type { Ipv4Address } from '../../wire/ipv4.ts';
import type { HostCertificate } from '../certificates/host-certificate.ts';

/** Whose line: the name under which its module was put on the air, where it has one. */
export type LineName = string | undefined;

/** A packet call that has begun. */
export interface CallUnderWay {
  readonly line: LineName;
  /** Counts octets of one direction, or of both; the returned function ends that. */
  watch(direction: 'up' | 'both', listener: (count: number) => void): () => void;
  onEnd(listener: () => void): void;
  /** Ends it as when the signal breaks off. */
  lose(reason: string): void;
}

/** How the network meets a device that wants PPP. */
export type PppFate =
  | { readonly fate: 'silent' }
  | { readonly fate: 'refuse'; readonly how: 'authentication' | 'terminate' }
  | { readonly fate: 'name-servers'; readonly addresses: readonly Ipv4Address[] };

/** A PPP session that is up. */
export interface PppSession {
  readonly line: LineName;
  readonly call: CallUnderWay;
  /** LCP Terminate-Request. */
  terminate(): void;
}

export interface SynTarget {
  readonly line: LineName;
  /** One text per connection: a repeated SYN has the same. */
  readonly flow: string;
  readonly address: Ipv4Address;
  readonly port: number;
  readonly host: string | undefined;
}

export type NameFate =
  | { readonly fate: 'servfail' | 'nxdomain' | 'refused' | 'silent' }
  | { readonly fate: 'wrong-address'; readonly address: Ipv4Address };

/** A connection to an emulated mail server. */
export interface MailConnection {
  readonly protocol: 'smtp' | 'pop3';
  readonly line: LineName;
  readonly host: string;
  readonly port: number;
  /** The device's address. */
  readonly client: string;
}

/** Something that a mail client says, or that it has said all. */
export interface MailMoment {
  readonly connection: MailConnection;
  readonly point: Exclude<MailPoint, 'content'>;
  /** What follows the verb. */
  readonly argument: string;
  readonly from: string;
  readonly to: readonly string[];
}

export type MailFate =
  | {
      readonly fate: 'reply';
      readonly code: number;
      /** Absent: the usual one for the code. */
      readonly enhanced: string | undefined;
      readonly text: string;
    }
  | { readonly fate: 'stall' }
  | { readonly fate: 'delay'; readonly delay: Ms }
  | {
      readonly fate: 'break';
      readonly how: 'reset' | 'close';
      /** At the final dot: whether the mail is taken. */
      readonly accepts: boolean;
    };

/** Something that a client says that fetches mail. */
export interface FetchMoment {
  readonly connection: MailConnection;
  readonly point: Exclude<FetchPoint, 'content'>;
}

export type FetchFate =
  /** -ERR. */
  | { readonly fate: 'refuse'; readonly text: string }
  | { readonly fate: 'stall' }
  | {
      readonly fate: 'break';
      readonly how: 'reset' | 'close';
      /** At QUIT: whether the mails that are marked go. */
      readonly accepts: boolean;
    };

/** What happens after so many octets of a mail's content. */
export interface ContentFate {
  readonly after: Bytes;
  /** So much has come. `go-on`: the server itself does nothing. */
  reached(): 'stall' | 'reset' | 'close' | 'go-on';
}

export interface Effect {
  /** What a module hears instead. */
  coverage?(heard: Coverage, line: LineName): Coverage;
  /** How much longer registration takes. */
  registrationMs?(line: LineName): number;
  /** How a dialled number ends instead, and after how long. */
  dial?(
    line: LineName,
  ): { readonly result: Exclude<DialResult['result'], 'connected'>; readonly afterMs: number } | undefined;
  /** A call has begun. */
  call?(call: CallUnderWay): void;
  /** A device on a call expects PPP. */
  ppp?(line: LineName): PppFate | undefined;
  session?(session: PppSession): void;
  /** How much later a packet comes, ms, or `lost`. */
  packet?(direction: 'up' | 'down', line: LineName): number | 'lost';
  syn?(target: SynTarget): SynVerdict | undefined;
  lookup?(name: string, line: LineName): NameFate | undefined;
  /** The certificate that a server shows on this connection. */
  certificate?(connection: MailConnection): HostCertificate | undefined;
  /** Whether EHLO does not name STARTTLS, or CAPA STLS. */
  hidesStartTls?(connection: MailConnection): boolean;
  mail?(moment: MailMoment): MailFate | undefined;
  fetch?(moment: FetchMoment): FetchFate | undefined;
  content?(connection: MailConnection): ContentFate | undefined;
}
