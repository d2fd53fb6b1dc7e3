import { readFileSync } from 'node:fs';

const pem = (name: string) =>
  readFileSync(new URL(`../../fixtures/certificates/${name}.pem`, import.meta.url), 'utf8');

export const testAuthority = pem('ca');

const FILES = {
  valid: 'server',
  expired: 'server-expired',
  'not-yet-valid': 'server-not-yet-valid',
  'other-name': 'server-other-name',
  'self-signed': 'server-self-signed',
} as const;

export type TestCertificate = keyof typeof FILES;

export function certificate(kind: TestCertificate): { key: string; cert: string } {
  return { key: pem('server-key'), cert: pem(FILES[kind]) };
}
