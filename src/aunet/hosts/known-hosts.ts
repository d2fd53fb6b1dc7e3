/**
 * The mail servers of the story. `kona.co.jp` is the maker's own name; every other name and all addresses are
 * reserved for documentation (RFC 2606, RFC 5737), because the real ones are not known or are somebody's.
 */
import { requireIpv4 } from '../addresses.ts';
import { auNetCertificate } from '../certificates/au-net.ts';
import { northOneCertificate } from '../certificates/north-one.ts';
import type { MailHost, MailService, Mechanism } from './mail-host.ts';

const MECHANISMS: readonly Mechanism[] = ['PLAIN', 'LOGIN', 'CRAM-MD5'];
const FETCHING: readonly MailService[] = [
  { protocol: 'pop3', port: 110, tls: 'starttls' },
  { protocol: 'pop3', port: 995, tls: 'implicit' },
];

/** The maker's old server: port 25, no AUTH, relays whatever comes; mail is fetched in clear. */
export const konaHost: MailHost = {
  name: 'kona.co.jp',
  address: requireIpv4('198.51.100.25'),
  domains: ['kona.co.jp'],
  services: [
    { port: 25, tls: 'none', mechanisms: [], accepts: 'anything' },
    { protocol: 'pop3', port: 110, tls: 'none' },
  ],
  accounts: [{ user: 'watch', password: 'river-level' }],
  isProviders: false,
};

/** The server registered in July 2008: submission with AUTH, and port 25 for mail to its own domain. */
export const northOneHost: MailHost = {
  name: 'mail.north-one.example',
  address: requireIpv4('203.0.113.25'),
  domains: ['north-one.example'],
  services: [
    { port: 587, tls: 'starttls', mechanisms: MECHANISMS, accepts: 'signed-in' },
    { port: 25, tls: 'starttls', mechanisms: [], accepts: 'own-domains' },
    ...FETCHING,
  ],
  accounts: [
    { user: 'logger@north-one.example', password: 'snow-depth' },
    { user: 'office@north-one.example', password: 'river-watch' },
  ],
  isProviders: false,
  certificate: northOneCertificate,
};

/** The provider's own relay for its subscribers: OP25B lets them reach its port 25. */
export const auNetHost: MailHost = {
  name: 'mail.au-net.example',
  address: requireIpv4('192.0.2.25'),
  domains: ['au-net.example'],
  services: [
    { port: 25, tls: 'none', mechanisms: [], accepts: 'anything' },
    { port: 587, tls: 'starttls', mechanisms: MECHANISMS, accepts: 'signed-in' },
    ...FETCHING,
  ],
  accounts: [{ user: 'subscriber@au-net.example', password: 'rapira' }],
  isProviders: true,
  certificate: auNetCertificate,
};

export const knownHosts: readonly MailHost[] = [konaHost, northOneHost, auNetHost];
