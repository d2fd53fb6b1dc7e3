import type { Release } from '../release.ts';

/** What units were shipped with: mail goes to port 25 of `kona.co.jp`, as it is. */
export const release14 = {
  version: '1.4',
  title: 'as shipped: port 25 without authentication',
  boards: ['N', 'N2'],
  submission: { ports: [25], auth: [], tls: ['off'] },
  modules: ['existing'],
  settingsVersions: [1],
} satisfies Release;
