/** A mail server on the Internet of the emulation, as data. Who plays it: mail-service.ts and pop3-service.ts. */
import type { Ipv4Address } from '../../wire/ipv4.ts';
import type { HostCertificate } from '../certificates/host-certificate.ts';

/** SASL mechanisms that a 2008 submission server offers (RFC 4954). */
export type Mechanism = 'PLAIN' | 'LOGIN' | 'CRAM-MD5';

export type MailService = SmtpService | Pop3Service;

/** Takes mail. */
export interface SmtpService {
  readonly protocol?: 'smtp';
  readonly port: number;
  /** In clear, upgraded on request (RFC 3207), or TLS from the first octet (RFC 8314). */
  readonly tls: 'none' | 'starttls' | 'implicit';
  /** Offered mechanisms; none: the server knows no AUTH. */
  readonly mechanisms: readonly Mechanism[];
  /** Whose mail is taken: from anybody to anybody, only to the host's own domains, or from who has signed in. */
  readonly accepts: 'anything' | 'own-domains' | 'signed-in';
}

/** Lets accounts read the mailboxes of the host's domains. */
export interface Pop3Service {
  readonly protocol: 'pop3';
  readonly port: number;
  /** In clear, upgraded on request (RFC 2595), or TLS from the first octet (RFC 8314). */
  readonly tls: SmtpService['tls'];
}

/** May sign in to send, and reads by POP3 the mailboxes of its name (before the `@`) at the host's domains. */
export interface MailAccount {
  readonly user: string;
  readonly password: string;
}

export interface MailHost {
  /** Lower case; its A record. */
  readonly name: string;
  readonly address: Ipv4Address;
  /** Domains whose mailboxes are here. */
  readonly domains: readonly string[];
  readonly services: readonly MailService[];
  readonly accounts: readonly MailAccount[];
  /** The access provider's own: OP25B lets port 25 through. */
  readonly isProviders: boolean;
  /** Needed where a service knows TLS. */
  readonly certificate?: HostCertificate;
}
