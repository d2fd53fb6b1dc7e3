/** What a server shows and what it proves it with, PEM. */
export interface HostCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}
