/** Keys and images that the tests of this folder begin with. */
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { buildImage, type ImageSpec } from '../../../src/firmware/image/build-image.ts';
import {
  generateKeyPem,
  type KeyKind,
  readSigningKey,
  type SigningKey,
} from '../../../src/firmware/image/keys.ts';

/** An Ed25519 key whose 32 bytes are 0, 1, 2, ... and then `last`. */
export function ed25519Key(last = 31): SigningKey {
  const seed = Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? last : index));
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return readSigningKey(key.export({ type: 'pkcs8', format: 'pem' }).toString(), 'given');
}

const made = new Map<KeyKind, SigningKey>();

/** One key of each kind for a whole file: RSA keys take long to make. */
export function anyKey(kind: KeyKind): SigningKey {
  const key = made.get(kind) ?? readSigningKey(generateKeyPem(kind).privatePem, 'given');
  made.set(kind, key);
  return key;
}

/** A small image without signature and security counter. */
export function bareImage(wishes: Partial<ImageSpec> = {}): Uint8Array {
  return buildImage({
    body: Uint8Array.from({ length: 40 }, (_, index) => index),
    version: { major: 2, minor: 1, revision: 0, build: 7 },
    headerSize: 48,
    ...wishes,
  });
}

/** The same with security counter 5, signed with `ed25519Key()` unless told otherwise. */
export function smallImage(wishes: Partial<ImageSpec> = {}): Uint8Array {
  return bareImage({ key: ed25519Key(), securityCounter: 5, ...wishes });
}

/** A folder that is gone after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kadec21-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
