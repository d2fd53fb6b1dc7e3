import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/settings.ts';
import type { Settings } from '../../../src/config/settings-schema.ts';
import {
  emulatedDeviceKey,
  generateDeviceKeyText,
  readDeviceKey,
} from '../../../src/firmware/image/device-key.ts';
import { inspectSettings } from '../../../src/firmware/image/inspect.ts';
import { openSecret, sealSecret } from '../../../src/firmware/image/sealed-secret.ts';
import { migrateSettings } from '../../../src/firmware/image/settings-migration.ts';
import {
  decodeSettingsRecord,
  encodeSettingsRecord,
  isDocument,
  type SealedDocument,
} from '../../../src/firmware/image/settings-record.ts';
import { openSettings, settingsRecord } from '../../../src/firmware/image/stored-settings.ts';

const key = readDeviceKey('11'.repeat(32), 'given');
const otherKey = readDeviceKey('22'.repeat(32), 'given');
const given = (name: string): Promise<Settings> =>
  loadSettings(new URL(`../../../fixtures/settings/${name}.yaml`, import.meta.url).pathname);

describe('a settings record', () => {
  it.each(['moshiri-as-shipped', 'moshiri-2008', 'moshiri-dual-band'])(
    'gives %s back as it was',
    async (name) => {
      const settings = await given(name);
      const bytes = encodeSettingsRecord(settingsRecord(settings, key));
      const opened = openSettings(decodeSettingsRecord(bytes), key);
      expect(opened).toEqual(settings);
      expect(opened.carrier.password.reveal()).toBe(settings.carrier.password.reveal());
    },
  );

  it('is the same for the same settings, and has no secret in the clear', async () => {
    const settings = await given('moshiri-2008');
    const bytes = Buffer.from(encodeSettingsRecord(settingsRecord(settings, key)));
    expect(bytes.equals(encodeSettingsRecord(settingsRecord(settings, key)))).toBe(true);
    expect(bytes.includes('moshiri-01')).toBe(true);
    expect(bytes.includes('change-me')).toBe(false);
    expect(JSON.stringify(inspectSettings(decodeSettingsRecord(bytes)))).not.toContain('change-me');
  });

  it('opens with the key of its device only', async () => {
    const record = settingsRecord(await given('moshiri-2008'), key);
    expect(record.deviceKeyId).toEqual(key.id);
    expect(() => openSettings(record, otherKey)).toThrow(
      expect.objectContaining({ code: 'SETTINGS_WRONG_DEVICE_KEY' }),
    );
  });

  it('is found damaged whatever bit is changed and wherever it is cut', async () => {
    const bytes = encodeSettingsRecord(settingsRecord(await given('moshiri-2008'), key));
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = new Uint8Array(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(() => decodeSettingsRecord(changed)).toThrow(expect.objectContaining({ layer: 'image' }));
      expect(() => decodeSettingsRecord(bytes.subarray(0, at))).toThrow(
        expect.objectContaining({ code: 'SETTINGS_RECORD_DAMAGED' }),
      );
    }
  });

  it('has these bytes on any machine', () => {
    const document = { b: [1, true, null], a: sealSecret(key, 'a', 'winter') };
    const record = { schemaVersion: 1, generation: 7, deviceKeyId: key.id, document };
    expect(Buffer.from(encodeSettingsRecord(record)).toString('hex')).toBe(
      '4b323153010001000700000047000000b9b5f66129e602c3a26161583c0587a57978415a55795b77cf595497a077c771e48fdedc3c59d79c0ffeb794688dfa5188f677a43de706f081f4d732f77622bd4efcc526be131c566861628301f5f67ddb5de3',
    );
  });

  it('may have erased flash behind it', async () => {
    const bytes = encodeSettingsRecord(settingsRecord(await given('moshiri-2008'), key));
    const sector = new Uint8Array(0x10000).fill(0xff);
    sector.set(bytes);
    expect(openSettings(decodeSettingsRecord(sector), key)).toEqual(await given('moshiri-2008'));
  });

  it('does not take more than a sector holds', () => {
    const document = { ca: 'x'.repeat(61 * 1024) };
    const record = { schemaVersion: 1, generation: 0, deviceKeyId: new Uint8Array(8), document };
    expect(() => encodeSettingsRecord(record)).toThrow(
      expect.objectContaining({ code: 'SETTINGS_TOO_LARGE' }),
    );
  });

  it('never makes anything but a typed error of foreign bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(() => decodeSettingsRecord(bytes)).toThrow(expect.objectContaining({ layer: 'image' }));
      }),
    );
  });
});

describe('settings of another schema version', () => {
  it('that is older are migrated: a 1.x unit knew the name of its mail server and nothing else', async () => {
    const { document } = settingsRecord(await given('moshiri-as-shipped'), key);
    const mail = partOf(document, 'mail');
    const { auth: _, ...rest } = mail;
    const old = { ...document, schemaVersion: 0, mail: { ...rest, server: 'kona.co.jp' } };
    const record = { schemaVersion: 0, generation: 3, deviceKeyId: key.id, document: old };
    const opened = openSettings(decodeSettingsRecord(encodeSettingsRecord(record)), key);
    expect(opened).toEqual(await given('moshiri-as-shipped'));
  });

  it('that is newer are refused', () => {
    expect(() => migrateSettings({}, 2)).toThrow(
      expect.objectContaining({ code: 'SETTINGS_UNKNOWN_VERSION' }),
    );
  });
});

describe('a sealed secret', () => {
  it('opens to what it was, at its place and with its key only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 255 }), (secret) => {
        const sealed = sealSecret(key, 'mail.auth.password', secret);
        expect(openSecret(key, 'mail.auth.password', sealed)).toBe(secret);
        expect(openSecret(key, 'carrier.password', sealed)).toBeUndefined();
        expect(openSecret(otherKey, 'mail.auth.password', sealed)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('uses a nonce for one text at one place only', () => {
    const nonces = new Set<string>();
    for (const place of ['a', 'b']) {
      for (const secret of ['', 'x', 'y', 'xx', 'x\0']) {
        nonces.add(
          Buffer.from(sealSecret(key, place, secret))
            .subarray(0, 12)
            .toString('hex'),
        );
      }
    }
    expect(nonces.size).toBe(10);
    expect(sealSecret(key, 'a', 'x')).toEqual(sealSecret(key, 'a', 'x'));
  });

  it('does not show how long the secret is', () => {
    expect(sealSecret(key, 'a', 'x').length).toBe(sealSecret(key, 'a', 'x'.repeat(30)).length);
  });

  it('does not open when any byte of it is changed', () => {
    const sealed = sealSecret(key, 'a', 'winter');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = new Uint8Array(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openSecret(key, 'a', changed)).toBeUndefined();
      expect(openSecret(key, 'a', sealed.subarray(0, at))).toBeUndefined();
    }
  });
});

describe('a device key', () => {
  it('is made, read and named', () => {
    const text = generateDeviceKeyText();
    expect(readDeviceKey(text, 'dev.key').id).toEqual(readDeviceKey(text.toUpperCase(), 'dev.key').id);
    expect(readDeviceKey(text, 'dev.key').id).not.toEqual(key.id);
    expect(() => readDeviceKey('11', 'dev.key')).toThrow('dev.key holds no device key (64 hex digits).');
    expect(emulatedDeviceKey().isEmulated).toBe(true);
  });
});

function partOf(document: SealedDocument, name: string): SealedDocument {
  const part = document[name];
  return part !== undefined && isDocument(part) ? part : {};
}
