/**
 * Brings settings of an older schema to the present one, step by step: when a device boots a firmware that is
 * newer than its settings. Steps work on the document, secrets stay sealed.
 */
import { SETTINGS_SCHEMA_VERSION } from '../../config/settings-schema.ts';
import type { CborValue } from '../../wire/cbor.ts';
import { ImageError } from './image-error.ts';
import { isDocument, type SealedDocument } from './settings-record.ts';

type Step = (document: SealedDocument) => SealedDocument;

/** `steps[n]` makes a document of version n + 1 from one of version n. */
const steps: readonly Step[] = [toVersion1];

/**
 * @throws ImageError SETTINGS_UNKNOWN_VERSION when the settings are newer than this software
 */
export function migrateSettings(document: SealedDocument, schemaVersion: number): SealedDocument {
  if (schemaVersion > SETTINGS_SCHEMA_VERSION) {
    const known = `this firmware knows versions up to ${SETTINGS_SCHEMA_VERSION}`;
    throw new ImageError(
      'SETTINGS_UNKNOWN_VERSION',
      `Settings of version ${schemaVersion} are not known: ${known}.`,
      {
        advice: 'Use the firmware that wrote them, or write the settings anew.',
      },
    );
  }
  let migrated = document;
  for (const step of steps.slice(schemaVersion)) migrated = step(migrated);
  return migrated;
}

/**
 * Version 0, of units as they were shipped: the mail server is a name and nothing else, as it was port 25
 * without authentication and without encryption.
 */
function toVersion1(document: SealedDocument): SealedDocument {
  const mail = part(document, 'mail');
  const { server, ...rest } = mail;
  return {
    ...document,
    schemaVersion: 1,
    mail: {
      ...rest,
      server: typeof server === 'string' ? { host: server, port: 25, tls: 'off' } : (server ?? {}),
      auth: mail.auth ?? { mechanism: 'none' },
    },
  };
}

function part(document: SealedDocument, key: string): SealedDocument {
  const value: CborValue | undefined = document[key];
  return value !== undefined && isDocument(value) ? value : {};
}
