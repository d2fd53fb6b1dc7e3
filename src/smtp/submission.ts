/** What goes into one submission attempt and what comes out of it. */
import type { Ms } from '../base/units.ts';

/** `auto`: over TLS the mechanism with the fewest round trips, in clear the one that hides the password. */
export type AuthMechanism = 'auto' | 'cram-md5' | 'login' | 'plain';

/** A password that prints as a mask; see `config/secret.ts`. */
export interface HiddenText {
  reveal(): string;
}

export interface SmtpAccount {
  /** Also the name that the server's certificate has to bear. */
  readonly host: string;
  readonly port: number;
  /**
   * `required`: STARTTLS or no mail at all. `opportunistic`: STARTTLS where the server offers it, and no way
   * back to clear text once it does. `implicit`: TLS from the first octet (RFC 8314). `off`: a 2008 device.
   */
  readonly tls: 'required' | 'opportunistic' | 'off' | 'implicit';
  /** Authorities to trust instead of the built-in ones, PEM. */
  readonly ca?: string | undefined;
  readonly auth?: SmtpCredentials | undefined;
  /** Without this, PLAIN and LOGIN happen only under TLS. CRAM-MD5 shows no password and needs no leave. */
  readonly allowCleartextAuth?: boolean | undefined;
}

export interface SmtpCredentials {
  readonly user: string;
  readonly password: string | HiddenText;
  readonly mechanism?: AuthMechanism | undefined;
}

/** The steps of a session in their order; where an attempt ended. */
export type SmtpPhase =
  | 'connect'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'tls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'end-of-data'
  | 'quit';

export type SubmissionFailure =
  /** `openSocket` gave none. */
  | 'not-connected'
  | 'timeout'
  | 'connection-lost'
  /** The server said so: see `code`. */
  | 'refused'
  /** What came is not a reply of SMTP, or not one to what was sent. */
  | 'protocol'
  | 'tls-not-offered'
  | 'tls-failed'
  | 'certificate'
  | 'auth-not-offered'
  /** Only mechanisms that show the password are offered, in clear. */
  | 'auth-needs-tls'
  /** Larger than the SIZE that the server announced; nothing was sent. */
  | 'too-big';

/** A reply of the server as far as it matters: RFC 5321 §4.2, RFC 3463. */
export interface SmtpReply {
  readonly code: number;
  /** `5.7.8`, where the reply bears one. */
  readonly enhancedCode?: string | undefined;
  /** One bounded line of printable text, secrets masked. */
  readonly text: string;
}

export type RecipientResult =
  | { readonly status: 'accepted' }
  | { readonly status: 'refused'; readonly phase: SmtpPhase; readonly reply: SmtpReply }
  /** Nothing was said about it. */
  | { readonly status: 'unanswered' };

export interface SubmissionReply {
  readonly messageId: string;
  /** The server's port: nothing heard from port 25 means something else than nothing heard from 587. */
  readonly port: number;
  /** Absent: the server has taken the mail for every recipient that is `accepted`. */
  readonly failure?: SubmissionFailure | undefined;
  readonly phase: SmtpPhase;
  /** The reply that ended it, or the one that accepted the mail. */
  readonly reply?: SmtpReply | undefined;
  /** What happened, for people. */
  readonly text: string;
  readonly recipients: ReadonlyMap<string, RecipientResult>;
  /** The mail may have arrived although nothing says so: the final dot went out and no reply came. */
  readonly isAmbiguous: boolean;
  /** Whether the server has seen an AUTH command: counts for lock-outs. */
  readonly hasTriedAuth: boolean;
  /** Code of the error below SMTP (`TCP_TIMED_OUT`, `CERT_HAS_EXPIRED`), where there was one. */
  readonly causeCode?: string | undefined;
  /** The end of the dialogue, masked. */
  readonly evidence: readonly string[];
  readonly startedAt: Ms;
  readonly endedAt: Ms;
}
