/**
 * The key of one device, under which the secrets in its settings are sealed: 32 random bytes. In a real unit
 * it sits in the processor's fuses, on the desk it is a file of 64 hex digits.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { ImageInputError } from './image-error.ts';

const KEY_BYTES = 32;
export const KEY_ID_BYTES = 8;

export interface DeviceKey {
  /** Tells keys apart without giving them away. */
  readonly id: Uint8Array;
  /** For AES-256-GCM. */
  readonly sealing: Uint8Array;
  /** For the nonces. */
  readonly nonces: Uint8Array;
  /** The key that everybody has: for the emulated device, not for a unit in the field. */
  readonly isEmulated: boolean;
}

/** The file's text for a new key. */
export function generateDeviceKeyText(): string {
  return `${randomBytes(KEY_BYTES).toString('hex')}\n`;
}

/**
 * @param source how messages call it
 * @throws ImageInputError KEY_UNUSABLE
 */
export function readDeviceKey(text: string, source: string): DeviceKey {
  const digits = text.trim();
  if (!/^[0-9a-f]{64}$/i.test(digits)) {
    throw new ImageInputError('KEY_UNUSABLE', `${source} holds no device key (64 hex digits).`, {
      advice: 'Make one with: kadec21 image keygen --type device -o FILE',
    });
  }
  return derive(Buffer.from(digits, 'hex'), false);
}

/**
 * The emulated device's key. It follows from public text, so that every emulation can open what another has
 * sealed; whoever needs a secret kept gives a key of their own.
 */
export function emulatedDeviceKey(): DeviceKey {
  return derive(createHash('sha256').update('kadec21 emulated device').digest(), true);
}

function derive(key: Uint8Array, isEmulated: boolean): DeviceKey {
  const purpose = (name: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `kadec21 settings ${name} 1`, 32));
  return {
    id: createHmac('sha256', key).update('kadec21 device key id').digest().subarray(0, KEY_ID_BYTES),
    sealing: purpose('sealing'),
    nonces: purpose('nonces'),
    isEmulated,
  };
}
