/**
 * Secrets in a settings record: AES-256-GCM under the device key.
 *
 * Same inputs have to give the same bytes, yet a nonce must never serve two texts under one key. So the nonce
 * is the HMAC of place and text under a key of its own (the idea of SIV, RFC 5297): another place or text gives
 * another nonce, and the same nonce comes back only for the very same text, which gives the very same bytes.
 * What it shows: that a secret at one place has not changed between two records of one device. Lengths are
 * hidden by filling up to 32 bytes.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { DeviceKey } from './device-key.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LENGTH_BYTES = 2;
const BLOCK_BYTES = 32;

/**
 * Nonce, ciphertext, tag.
 * @param place path of the secret in the settings; a sealed secret opens at its place only
 */
export function sealSecret(key: DeviceKey, place: string, secret: string): Uint8Array {
  const text = Buffer.from(secret, 'utf8');
  const length = LENGTH_BYTES + text.length;
  const padded = Buffer.alloc(Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES);
  padded.writeUInt16LE(text.length);
  text.copy(padded, LENGTH_BYTES);
  const nonce = createHmac('sha256', key.nonces)
    .update(`${place}\0`)
    .update(padded)
    .digest()
    .subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.sealing, nonce).setAAD(associated(place));
  return Buffer.concat([nonce, cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when it was sealed under another key, for another place, or is damaged. */
export function openSecret(key: DeviceKey, place: string, sealed: Uint8Array): string | undefined {
  const cipherEnd = sealed.length - TAG_BYTES;
  if (cipherEnd < NONCE_BYTES + BLOCK_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key.sealing, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associated(place));
  decipher.setAuthTag(sealed.subarray(cipherEnd));
  try {
    const padded = Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, cipherEnd)),
      decipher.final(),
    ]);
    const length = padded.readUInt16LE();
    return padded.subarray(LENGTH_BYTES, LENGTH_BYTES + length).toString('utf8');
  } catch {
    // The tag did not fit: node:crypto has no other way to say so.
    return undefined;
  }
}

const associated = (place: string): Uint8Array => Buffer.from(`kadec21 settings ${place}`, 'utf8');
