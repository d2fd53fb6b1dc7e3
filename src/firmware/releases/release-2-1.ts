import type { Release } from '../release.ts';

/** For the move to new 800 MHz (until 2012-07-22): also drives the module for both bands. */
export const release21 = {
  version: '2.1',
  title: 'also for the dual-band module',
  boards: ['N2'],
  submission: {
    ports: 'any',
    auth: ['cram-md5', 'plain', 'login'],
    tls: ['off', 'opportunistic', 'required'],
  },
  modules: ['existing', 'dual-band'],
  settingsVersions: [1],
} satisfies Release;
