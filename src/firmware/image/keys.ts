/**
 * Keys that sign images: read, made, named by their hash. What is hashed differs by kind (imgtool,
 * get_public_bytes): the SPKI form of Ed25519 and ECDSA keys, the PKCS #1 form of RSA keys.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { TlvType } from '../../wire/mcuboot/tlv-type.ts';
import { ImageInputError } from './image-error.ts';

export type KeyKind = 'ed25519' | 'ecdsa-p256' | 'rsa-2048' | 'rsa-3072';
export const KEY_KINDS: readonly KeyKind[] = ['ed25519', 'ecdsa-p256', 'rsa-2048', 'rsa-3072'];

export type HashName = 'sha256' | 'sha384' | 'sha512';

export const HASH_TLV = {
  sha256: TlvType.sha256,
  sha384: TlvType.sha384,
  sha512: TlvType.sha512,
} as const satisfies Record<HashName, number>;

export const SIGNATURE_TLV = {
  ed25519: TlvType.ed25519,
  'ecdsa-p256': TlvType.ecdsa,
  'rsa-2048': TlvType.rsa2048Pss,
  'rsa-3072': TlvType.rsa3072Pss,
} as const satisfies Record<KeyKind, number>;

export interface PublicImageKey {
  readonly kind: KeyKind;
  readonly publicKey: KeyObject;
  /** What the key hash is made of, and what a PUBKEY entry holds. */
  readonly publicBytes: Uint8Array;
}

export interface SigningKey extends PublicImageKey {
  readonly privateKey: KeyObject;
}

/**
 * Reads a private or public key in PEM.
 * @param source how messages call it
 * @throws ImageInputError KEY_UNUSABLE
 */
export function readPublicKey(pem: string, source: string, passphrase?: string): PublicImageKey {
  return describe(parsePem(pem, source, passphrase), source);
}

/**
 * Reads a private key in PEM; an encrypted one needs its passphrase.
 * @throws ImageInputError KEY_UNUSABLE
 */
export function readSigningKey(pem: string, source: string, passphrase?: string): SigningKey {
  const privateKey = parsePem(pem, source, passphrase);
  if (privateKey.type !== 'private') {
    throw new ImageInputError(
      'KEY_UNUSABLE',
      `${source} holds a public key, a private one is needed to sign.`,
    );
  }
  return { ...describe(privateKey, source), privateKey };
}

/** A new key pair in PEM; the private part is PKCS #8, which imgtool reads. */
export function generateKeyPem(kind: KeyKind): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generate(kind);
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

export function keyHash(key: PublicImageKey, hash: HashName = 'sha256'): Uint8Array {
  return createHash(hash).update(key.publicBytes).digest();
}

function generate(kind: KeyKind): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (kind) {
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    case 'ecdsa-p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'rsa-2048':
    case 'rsa-3072':
      return generateKeyPairSync('rsa', { modulusLength: kind === 'rsa-2048' ? 2048 : 3072 });
  }
}

function parsePem(pem: string, source: string, passphrase: string | undefined): KeyObject {
  try {
    return pem.includes('PRIVATE KEY')
      ? createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) })
      : createPublicKey(pem);
  } catch (cause) {
    const isEncrypted = pem.includes('ENCRYPTED');
    const advice = isEncrypted
      ? 'Give its passphrase in the environment variable KADEC21_KEY_PASSPHRASE.'
      : `Make one with: kadec21 image keygen --type ${KEY_KINDS.join('|')} -o FILE`;
    const what = isEncrypted ? 'holds an encrypted key that could not be opened' : 'holds no key in PEM';
    throw new ImageInputError('KEY_UNUSABLE', `${source} ${what}.`, { advice, cause });
  }
}

function describe(key: KeyObject, source: string): PublicImageKey {
  const kind = kindOf(key);
  if (kind === undefined) {
    throw new ImageInputError(
      'KEY_UNUSABLE',
      `${source} holds a key of another kind (${key.asymmetricKeyType}).`,
      {
        advice: `Images are signed with ${KEY_KINDS.join(', ')}.`,
      },
    );
  }
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const type = publicKey.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'spki';
  return { kind, publicKey, publicBytes: publicKey.export({ type, format: 'der' }) };
}

function kindOf(key: KeyObject): KeyKind | undefined {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return 'ed25519';
    case 'ec':
      return details?.namedCurve === 'prime256v1' ? 'ecdsa-p256' : undefined;
    case 'rsa':
      if (details?.modulusLength === 2048) return 'rsa-2048';
      return details?.modulusLength === 3072 ? 'rsa-3072' : undefined;
    default:
      return undefined;
  }
}
