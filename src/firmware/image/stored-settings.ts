/**
 * From the user's settings to the record in the flash and back. Which values are secret is what the settings'
 * schema says (they come as `Secret`), so that a secret added there cannot be forgotten here.
 */
import { Secret } from '../../config/secret.ts';
import { parseSettings, settingsDocument } from '../../config/settings.ts';
import { SETTINGS_SCHEMA_VERSION, type Settings } from '../../config/settings-schema.ts';
import type { CborValue } from '../../wire/cbor.ts';
import { type DeviceKey, KEY_ID_BYTES } from './device-key.ts';
import { mapDocument, placeInside } from './document.ts';
import { ImageError } from './image-error.ts';
import { openSecret, sealSecret } from './sealed-secret.ts';
import { migrateSettings } from './settings-migration.ts';
import { isDocument, type SettingsRecord } from './settings-record.ts';

/** Seals the secrets; the generation is 0, as in an image. */
export function settingsRecord(settings: Settings, key: DeviceKey): SettingsRecord {
  const secrets = new Set(secretPlaces(settings, ''));
  const document = seal(settingsDocument(settings), '', secrets, key);
  if (!isDocument(document)) throw new TypeError('settings are a document');
  return {
    schemaVersion: SETTINGS_SCHEMA_VERSION,
    generation: 0,
    deviceKeyId: secrets.size === 0 ? new Uint8Array(KEY_ID_BYTES) : key.id,
    document,
  };
}

/**
 * Opens the secrets, migrates the document and checks it.
 * @throws ImageError SETTINGS_WRONG_DEVICE_KEY, SETTINGS_UNKNOWN_VERSION
 * @throws UserFileError when the settings do not pass the schema
 */
export function openSettings(
  record: SettingsRecord,
  key: DeviceKey,
  source = 'settings partition',
): Settings {
  const opened = open(record.document, '', key);
  const document = isDocument(opened) ? opened : {};
  return parseSettings(source, JSON.stringify(migrateSettings(document, record.schemaVersion)));
}

function* secretPlaces(value: unknown, place: string): Generator<string> {
  if (value instanceof Secret) yield place;
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* secretPlaces(inner, placeInside(place, key));
  }
}

function seal(value: unknown, place: string, secrets: ReadonlySet<string>, key: DeviceKey): CborValue {
  if (typeof value === 'string') return secrets.has(place) ? sealSecret(key, place, value) : value;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, index) => seal(item, placeInside(place, index), secrets, key));
  if (typeof value !== 'object') throw new TypeError(`${place} cannot be stored`);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, seal(inner, placeInside(place, name), secrets, key)]),
  );
}

function open(value: CborValue, place: string, key: DeviceKey): CborValue {
  if (value instanceof Uint8Array) {
    const secret = openSecret(key, place, value);
    if (secret !== undefined) return secret;
    throw new ImageError(
      'SETTINGS_WRONG_DEVICE_KEY',
      `The secret at ${place} does not open with this device key.`,
      {
        advice: 'Give the --device-key that the settings were sealed with, or write the settings anew.',
      },
    );
  }
  return mapDocument(value, place, (inner, innerPlace) => open(inner, innerPlace, key));
}
