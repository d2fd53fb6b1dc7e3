/** Settings files of the devices under test. */
import { writeFileSync } from 'node:fs';
import type { SettingsDocument } from '../../src/config/settings-schema.ts';

type Mail = SettingsDocument['mail'];

export interface DeviceChoice {
  readonly module?: string;
  readonly from?: string;
  readonly to?: string[];
  readonly bodyCharset?: Mail['bodyCharset'];
  readonly server: Mail['server'];
  readonly auth: Mail['auth'];
  readonly nameServers?: string[];
}

/** The provider's account of the module. */
const carriers = {
  'dual-band': { user: 'au@au-win.ne.jp', password: 'au' },
  '3gpp': { user: 'user@au.au-net.ne.jp', password: 'au' },
};

export function writeSettings(path: string, choice: DeviceChoice): string {
  const { module = '3gpp', from = 'moshiri@example.jp', to = ['office@example.jp'], bodyCharset } = choice;
  const document: SettingsDocument = {
    schemaVersion: 1,
    device: { name: 'moshiri-01', model: 'KADEC21-KAZE-N2', id: '0001', station: '母子里' },
    module,
    carrier: module === '3gpp' ? carriers['3gpp'] : carriers['dual-band'],
    nameServers: choice.nameServers,
    mail: { from, to, bodyCharset, server: choice.server, auth: choice.auth },
  };
  writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
  return path;
}
