import type { Release } from '../release.ts';

/** The answer to Outbound Port 25 Blocking (autumn 2008): submission with authentication. */
export const release20 = {
  version: '2.0',
  title: 'submission port 587 with SMTP AUTH',
  boards: ['N2'],
  submission: {
    ports: 'any',
    auth: ['cram-md5', 'plain', 'login'],
    tls: ['off', 'opportunistic', 'required'],
  },
  modules: ['existing'],
  settingsVersions: [1],
} satisfies Release;
