/**
 * Signatures over an image (imgtool, Image.create): of its digest with Ed25519, of the signed bytes with
 * ECDSA, RSA-PSS and "pure" Ed25519.
 *
 * Same inputs, same bytes: Ed25519 is so by itself (RFC 8032). RSASSA-PSS is made so by taking the salt from
 * the key and the digest instead of at random; a verifier sees no difference. ECDSA is the exception:
 * OpenSSL draws its nonce at random and RFC 6979 cannot be asked for, so two builds differ in that entry.
 */
import { constants, createHash, createHmac, privateEncrypt, sign, verify } from 'node:crypto';
import type { HashName, PublicImageKey, SigningKey } from './keys.ts';

export interface SignatureInput {
  /** Header, body and protected TLVs. */
  readonly signedBytes: Uint8Array;
  readonly hash: HashName;
  /** Ed25519 over the bytes themselves (SIG_PURE) instead of their digest. */
  readonly pure: boolean;
}

/** Signs; gives the bytes of the signature entry. */
export function signImage(key: SigningKey, input: SignatureInput): Uint8Array {
  switch (key.kind) {
    case 'ed25519':
      return sign(null, ed25519Message(input), key.privateKey);
    case 'ecdsa-p256':
      return sign('sha256', input.signedBytes, { key: key.privateKey, dsaEncoding: 'der' });
    case 'rsa-2048':
    case 'rsa-3072':
      return signPss(key, input.signedBytes);
  }
}

/** Whether the bytes of a signature entry are this key's signature. */
export function isSignatureOf(key: PublicImageKey, signature: Uint8Array, input: SignatureInput): boolean {
  switch (key.kind) {
    case 'ed25519':
      return signature.length === 64 && verify(null, ed25519Message(input), key.publicKey, signature);
    case 'ecdsa-p256': {
      const der = withoutPadding(signature);
      return (
        der !== undefined &&
        verify('sha256', input.signedBytes, { key: key.publicKey, dsaEncoding: 'der' }, der)
      );
    }
    case 'rsa-2048':
    case 'rsa-3072': {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return verify('sha256', input.signedBytes, { key: key.publicKey, padding, saltLength: 32 }, signature);
    }
  }
}

function ed25519Message({ signedBytes, hash, pure }: SignatureInput): Uint8Array {
  return pure ? signedBytes : createHash(hash).update(signedBytes).digest();
}

/** imgtool --pad-sig fills an ECDSA signature up to 72 bytes with zeros; nothing else may follow it. */
function withoutPadding(signature: Uint8Array): Uint8Array | undefined {
  const end = 2 + (signature[1] ?? 0);
  if (signature[0] !== 0x30 || end > signature.length || signature.length > 72) return undefined;
  return signature.subarray(end).every((byte) => byte === 0) ? signature.subarray(0, end) : undefined;
}

const SALT_BYTES = 32;
const HASH_BYTES = 32;

/** RSASSA-PSS-SIGN (RFC 8017 §8.1.1) with SHA-256 and a salt that only the owner of the key could have made. */
function signPss(key: SigningKey, message: Uint8Array): Uint8Array {
  const digest = sha256(message);
  const secret = sha256(key.privateKey.export({ type: 'pkcs8', format: 'der' }));
  const salt = createHmac('sha256', secret).update('kadec21 image RSASSA-PSS salt').update(digest).digest();
  const encoded = encodePss(digest, salt, key.kind === 'rsa-2048' ? 2048 : 3072);
  return privateEncrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, encoded);
}

/** EMSA-PSS-ENCODE (RFC 8017 §9.1.1) for a modulus of `modulusBits`. */
function encodePss(digest: Uint8Array, salt: Uint8Array, modulusBits: number): Uint8Array {
  const encodedBytes = modulusBits / 8;
  const hash = sha256(new Uint8Array(8), digest, salt);
  const block = new Uint8Array(encodedBytes - HASH_BYTES - 1);
  block[block.length - SALT_BYTES - 1] = 1;
  block.set(salt, block.length - SALT_BYTES);
  const mask = mgf1(hash, block.length);
  for (const [index, byte] of mask.entries()) block[index] = (block[index] ?? 0) ^ byte;
  // The modulus has one bit more than the encoded message.
  block[0] = (block[0] ?? 0) & 0x7f;
  return Buffer.concat([block, hash, Uint8Array.of(0xbc)]);
}

/** RFC 8017 §B.2.1 with SHA-256. */
function mgf1(seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let counter = 0; counter * HASH_BYTES < length; counter += 1) {
    blocks.push(sha256(seed, Uint8Array.of(0, 0, counter >> 8, counter & 0xff)));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
