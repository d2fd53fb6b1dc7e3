/** A record of settings, without secrets: what it holds does not matter here. */
import type { SettingsRecord } from '../../../src/firmware/image/settings-record.ts';

export function someSettings(): SettingsRecord {
  return {
    schemaVersion: 1,
    generation: 0,
    deviceKeyId: new Uint8Array(8),
    document: { device: { name: 'Moshiri' } },
  };
}
