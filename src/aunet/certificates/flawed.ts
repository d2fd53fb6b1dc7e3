/** Certificates that no client may trust. */
import type { HostCertificate } from './host-certificate.ts';
import { northOneCertificate } from './north-one.ts';

export const flawedCertificates: Readonly<
  Record<'expired' | 'wrong-name' | 'self-signed' | 'unknown-ca', HostCertificate>
> = {
  expired: northOneCertificate,
  'wrong-name': northOneCertificate,
  'self-signed': northOneCertificate,
  'unknown-ca': northOneCertificate,
};
