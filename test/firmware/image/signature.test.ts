import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildImage } from '../../../src/firmware/image/build-image.ts';
import {
  generateKeyPem,
  KEY_KINDS,
  keyHash,
  readPublicKey,
  readSigningKey,
} from '../../../src/firmware/image/keys.ts';
import { isSignatureOf, signImage } from '../../../src/firmware/image/signature.ts';
import { verifyImage } from '../../../src/firmware/image/verify.ts';
import { readImageLayout } from '../../../src/wire/mcuboot/image-layout.ts';
import { anyKey, ed25519Key, smallImage } from './given.ts';

const signedBytes = Buffer.from('header, body and protected entries');

describe('signatures', () => {
  it.each(KEY_KINDS)("of %s are the key owner's and nobody else's", (kind) => {
    const key = anyKey(kind);
    const input = { signedBytes, hash: 'sha256', pure: false } as const;
    const signature = signImage(key, input);
    expect(isSignatureOf(key, signature, input)).toBe(true);
    expect(isSignatureOf(key, signature, { ...input, signedBytes: Buffer.from('other bytes') })).toBe(false);
    const other = readSigningKey(generateKeyPem('ed25519').privatePem, 'other');
    expect(isSignatureOf(other, signature, input)).toBe(false);
    expect(isSignatureOf(key, new Uint8Array(0), input)).toBe(false);
  });

  it.each(['ed25519', 'rsa-2048', 'rsa-3072'] as const)('of %s are the same every time', (kind) => {
    const image = () => Buffer.from(smallImage({ key: anyKey(kind) }));
    expect(image().equals(image())).toBe(true);
  });

  it('of ECDSA differ every time, and nothing else does', () => {
    const key = anyKey('ecdsa-p256');
    const layouts = [smallImage({ key }), smallImage({ key })].map((image) => {
      const read = readImageLayout(image);
      return read.ok
        ? { signed: image.subarray(0, read.layout.signedEnd), tlvs: read.layout.plainTlvs }
        : undefined;
    });
    const [one, other] = layouts;
    expect(one?.signed).toEqual(other?.signed);
    expect(one?.tlvs.slice(0, 2)).toEqual(other?.tlvs.slice(0, 2));
    expect(one?.tlvs.at(2)?.value).not.toEqual(other?.tlvs.at(2)?.value);
  });

  it('of ECDSA may be filled up with zeros, as imgtool --pad-sig does, and with nothing else', () => {
    const key = anyKey('ecdsa-p256');
    const input = { signedBytes, hash: 'sha256', pure: false } as const;
    let signature = signImage(key, input);
    while (signature.length > 71) signature = signImage(key, input);
    const padded = Buffer.concat([signature, Buffer.alloc(72 - signature.length)]);
    expect(isSignatureOf(key, padded, input)).toBe(true);
    padded[71] = 1;
    expect(isSignatureOf(key, padded, input)).toBe(false);
  });

  it('of an image of every kind verify', () => {
    for (const kind of KEY_KINDS) {
      const report = verifyImage(smallImage({ key: anyKey(kind) }), { keys: [anyKey(kind)] });
      expect(report).toMatchObject({ reasons: [], signedBy: { kind } });
    }
    const pure = smallImage({ pure: true });
    expect(verifyImage(pure, { keys: [ed25519Key()] })).toMatchObject({ reasons: [], hash: 'sha512' });
  });
});

describe('keys', () => {
  it('are named by the hash of SPKI, of RSA by that of PKCS #1', () => {
    const rsa = anyKey('rsa-2048');
    const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'der' });
    expect(keyHash(rsa)).toEqual(createHash('sha256').update(pkcs1).digest());
    expect(rsa.publicBytes.length).toBe(270);
    expect(anyKey('ecdsa-p256').publicBytes.length).toBe(91);
    expect(Buffer.from(keyHash(ed25519Key())).toString('hex')).toMatch(/^a050837d85070582/);
  });

  it('are read with their passphrase, and without it are refused with advice', () => {
    const key = createPrivateKey(generateKeyPem('ed25519').privatePem);
    const pem = key
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'winter' })
      .toString();
    expect(readSigningKey(pem, 'key.pem', 'winter').kind).toBe('ed25519');
    expect(() => readSigningKey(pem, 'key.pem')).toThrow(
      'key.pem holds an encrypted key that could not be opened.',
    );
  });

  it('that cannot sign are refused', () => {
    const publicPem = generateKeyPem('ed25519').publicPem;
    expect(readPublicKey(publicPem, 'p.pem').kind).toBe('ed25519');
    expect(() => readSigningKey(publicPem, 'p.pem')).toThrow('p.pem holds a public key');
    expect(() => readSigningKey('nonsense', 'n.pem')).toThrow('n.pem holds no key in PEM.');
    const spki = createPublicKey(generateKeyPem('ecdsa-p256').publicPem).export({
      type: 'spki',
      format: 'pem',
    });
    expect(readPublicKey(spki.toString(), 'e.pem').kind).toBe('ecdsa-p256');
  });

  it('sign only with the hashes that a bootloader has for them', () => {
    const spec = {
      body: new Uint8Array(1),
      version: { major: 1, minor: 0, revision: 0, build: 0 },
      headerSize: 32,
    };
    expect(() => buildImage({ ...spec, key: anyKey('ecdsa-p256'), hash: 'sha512' })).toThrow(
      'does not sign with',
    );
    expect(() => buildImage({ ...spec, key: anyKey('rsa-2048'), pure: true })).toThrow(
      'Ed25519 with SHA-512',
    );
    expect(() => buildImage({ ...spec, pure: true })).toThrow('needs a key');
  });
});
