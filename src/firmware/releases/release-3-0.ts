import type { Release } from '../release.ts';

/**
 * For the time after CDMA (2022-03-31): also drives a 3GPP module, by PPP or by the sockets inside the module, and TLS
 * from the first octet.
 */
export const release30 = {
  version: '3.0',
  title: 'also for the 3GPP module; implicit TLS',
  boards: ['N2'],
  submission: {
    ports: 'any',
    auth: ['cram-md5', 'plain', 'login'],
    tls: ['off', 'opportunistic', 'required', 'implicit'],
  },
  // The last is the one that it expects where the settings name none that it knows.
  modules: ['existing', 'dual-band', '3gpp-sockets', '3gpp'],
  settingsVersions: [1],
} satisfies Release;
