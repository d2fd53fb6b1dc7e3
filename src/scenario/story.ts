/**
 * The story of the notices as data: which units there are, where they send their mail, and the days on which
 * it is tried. Every cell of the table is a run of the full path; nothing here says how one ends.
 */

import { auNetHost, konaHost, northOneHost } from '../aunet/hosts/known-hosts.ts';
import { type Ms, minutes } from '../base/units.ts';
import { type SettingsDocument, settingsSchema } from '../config/settings-schema.ts';

/** Before OP25B; after it; after the end of the old 800 MHz; after the end of CDMA. */
export const storyDates = ['2008-06-15', '2008-10-15', '2012-08-01', '2022-04-01'] as const;

/** At this time of the day the unit wakes up. */
export const STORY_TIME = 'T06:00:00+09:00';

type MailServer = 'kona' | 'north-one' | 'au-net';

export interface StoryUnit {
  readonly title: string;
  readonly model: 'KADEC21-KAZE-N2' | 'KADEC21-KAZE-N';
  readonly firmware: string;
  readonly module: 'existing' | 'dual-band' | '3gpp';
  readonly server: MailServer;
  readonly port: 25 | 587;
  /** Of the account at the new server; absent: the unit does not authenticate. */
  readonly password?: 'right' | 'wrong';
  /** A device of 2008 has no TLS (the default): its password goes out only as the answer to a challenge. */
  readonly tls?: 'required';
  /** How long it is watched after a failure; absent: one session. */
  readonly patience?: Ms;
}

const asShipped = { model: 'KADEC21-KAZE-N2', module: 'existing' } as const;

export const storyUnits: readonly StoryUnit[] = [
  { title: 'as shipped', ...asShipped, firmware: '1.4', server: 'kona', port: 25 },
  { title: "by the provider's relay", ...asShipped, firmware: '1.4', server: 'au-net', port: 25 },
  {
    title: 'new firmware, old server',
    ...asShipped,
    firmware: '2.0',
    server: 'kona',
    port: 25,
    password: 'right',
  },
  {
    title: 'the same on port 587',
    ...asShipped,
    firmware: '2.0',
    server: 'kona',
    port: 587,
    password: 'right',
  },
  {
    title: 'new firmware and server',
    ...asShipped,
    firmware: '2.0',
    server: 'north-one',
    port: 587,
    password: 'right',
  },
  {
    title: 'with a wrong password',
    ...asShipped,
    firmware: '2.0',
    server: 'north-one',
    port: 587,
    password: 'wrong',
    patience: minutes(50),
  },
  {
    title: 'new module, firmware 2.0',
    model: 'KADEC21-KAZE-N2',
    firmware: '2.0',
    module: 'dual-band',
    server: 'north-one',
    port: 587,
    password: 'right',
  },
  {
    title: 'new module and firmware',
    model: 'KADEC21-KAZE-N2',
    firmware: '2.1',
    module: 'dual-band',
    server: 'north-one',
    port: 587,
    password: 'right',
  },
  {
    title: 'module of today',
    model: 'KADEC21-KAZE-N2',
    firmware: '3.0',
    module: '3gpp',
    server: 'north-one',
    port: 587,
    password: 'right',
  },
  {
    title: 'card model, as shipped',
    model: 'KADEC21-KAZE-N',
    firmware: '1.4',
    module: 'existing',
    server: 'kona',
    port: 25,
  },
  {
    title: 'card model, new firmware',
    model: 'KADEC21-KAZE-N',
    firmware: '2.0',
    module: 'existing',
    server: 'north-one',
    port: 587,
    password: 'right',
  },
];

/** What `kadec21 send` sends with when nobody says otherwise: today's unit. */
export const unitOfToday: StoryUnit = {
  title: 'unit of today',
  model: 'KADEC21-KAZE-N2',
  firmware: '3.0',
  module: '3gpp',
  server: 'north-one',
  port: 587,
  password: 'right',
  tls: 'required',
};

const hosts = { kona: konaHost, 'north-one': northOneHost, 'au-net': auNetHost };

export const serverOf = ({ server, port }: StoryUnit): string => `${hosts[server].name}:${port}`;

/** The settings of a unit of the story, as its owner would have written them. */
export function storySettings(unit: StoryUnit) {
  return settingsSchema.parse({
    schemaVersion: 1,
    device: {
      name: 'moshiri-01',
      model: unit.model,
      id: '0001',
      station: '母子里',
      firmware: unit.firmware,
    },
    module: unit.module,
    carrier:
      unit.module === '3gpp'
        ? { user: 'user@au.au-net.ne.jp', password: 'au' }
        : { user: 'au@au-win.ne.jp', password: 'au' },
    mail: {
      from: 'moshiri@north-one.example',
      to: ['office@north-one.example'],
      server: { host: hosts[unit.server].name, port: unit.port, tls: unit.tls ?? 'off' },
      auth: authOf(unit),
    },
  } satisfies SettingsDocument);
}

function authOf({ password, tls }: StoryUnit): SettingsDocument['mail']['auth'] {
  const [account] = northOneHost.accounts;
  if (password === undefined || account === undefined) {
    return { mechanism: 'none' };
  }
  const text = password === 'right' ? account.password : `not ${account.password}`;
  return { mechanism: tls === undefined ? 'cram-md5' : 'auto', user: account.user, password: text };
}
