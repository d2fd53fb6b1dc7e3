import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SETTINGS_TLV } from '../../../src/firmware/image/settings-record.ts';
import { padToSlot } from '../../../src/firmware/image/slot-image.ts';
import { type VerifyOptions, verifyImage } from '../../../src/firmware/image/verify.ts';
import type { VerifyCode } from '../../../src/firmware/image/verify-reason.ts';
import { encodeCbor } from '../../../src/wire/cbor.ts';
import { readImageLayout } from '../../../src/wire/mcuboot/image-layout.ts';
import { slotGeometry } from '../../../src/wire/mcuboot/slot-limits.ts';
import { encodeTlvArea, PLAIN_TLV_MAGIC, type Tlv } from '../../../src/wire/mcuboot/tlv.ts';
import { anyKey, bareImage, ed25519Key, smallImage } from './given.ts';

const keys = [ed25519Key()];
const codes = (image: Uint8Array, options: VerifyOptions = { keys }): VerifyCode[] =>
  verifyImage(image, options).reasons.map(({ code }) => code);

describe('verify', () => {
  it('finds nothing wrong with a good image, and says who signed it', () => {
    expect(verifyImage(smallImage(), { keys })).toMatchObject({
      reasons: [],
      version: '2.1.0+7',
      securityCounter: 5,
      signedBy: { kind: 'ed25519' },
    });
  });

  it('refuses an image in which any bit of any byte is changed', () => {
    const image = smallImage();
    const passed: string[] = [];
    for (let at = 0; at < image.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = new Uint8Array(image);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        if (codes(changed).length === 0) passed.push(`byte ${at} bit ${bit}`);
      }
    }
    expect(passed).toEqual([]);
  });

  it('refuses an image that is cut at any place', () => {
    const image = smallImage();
    for (let end = 0; end < image.length; end += 1) expect(codes(image.subarray(0, end))).not.toEqual([]);
  });

  it('never throws, whatever bytes it is given', () => {
    const image = smallImage();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const changed = new Uint8Array(image);
        for (const [at, value] of changes) changed[at] = value;
        expect(Array.isArray(codes(changed))).toBe(true);
      }),
    );
  });

  it('says that nothing of a file is an image', () => {
    expect(codes(Buffer.from('nothing of the kind, but long enough'))).toEqual(['IMAGE_BAD_MAGIC']);
    expect(codes(Buffer.from('short'))).toEqual(['IMAGE_TOO_SHORT']);
    const old = smallImage();
    old[0] = 0x3c;
    expect(codes(old)).toEqual(['IMAGE_OLD_FORMAT']);
  });

  it('lists every reason, not only the first', () => {
    const image = smallImage({ nonBootable: true });
    image[60] = 0xff;
    expect(codes(image, { keys, securityCounter: 9 })).toEqual([
      'IMAGE_NOT_BOOTABLE',
      'IMAGE_BAD_HASH',
      'IMAGE_BAD_SIGNATURE',
      'IMAGE_DOWNGRADE',
    ]);
  });
});

describe('where imgtool is lax, verify', () => {
  it('wants the hash of a known key before the signature', () => {
    const [hash, keyHash, signature] = plainTlvs(smallImage());
    expect(codes(withPlain([hash, signature, keyHash]))).toEqual(['IMAGE_SIGNATURE_BEFORE_KEY']);
    expect(codes(withPlain([hash, signature]))).toEqual(['IMAGE_SIGNATURE_BEFORE_KEY']);
    expect(codes(withPlain([hash, keyHash]))).toEqual(['IMAGE_NOT_SIGNED']);
    expect(codes(withPlain([keyHash, signature]))).toEqual(['IMAGE_HASH_MISSING']);
    expect(codes(smallImage(), { keys: [ed25519Key(99)] })).toEqual(['IMAGE_UNKNOWN_KEY']);
  });

  it('lets the last signature under a known key decide', () => {
    const [hash, keyHash, signature] = plainTlvs(smallImage());
    const bad = { type: signature.type, value: new Uint8Array(64) };
    expect(codes(withPlain([hash, keyHash, signature, keyHash, bad]))).toEqual(['IMAGE_BAD_SIGNATURE']);
    expect(codes(withPlain([hash, keyHash, bad, keyHash, signature]))).toEqual([]);
    const unknown = { type: keyHash.type, value: new Uint8Array(32) };
    expect(codes(withPlain([hash, unknown, bad, keyHash, signature]))).toEqual([]);
  });

  it('wants every hash that is there to match', () => {
    const [hash, ...rest] = plainTlvs(smallImage());
    const bad = { type: hash.type, value: new Uint8Array(32) };
    expect(codes(withPlain([hash, bad, ...rest]))).toEqual(['IMAGE_BAD_HASH']);
  });

  it('believes no security counter that nobody has signed', () => {
    const counter = { type: 0x50, value: Uint8Array.of(9, 0, 0, 0) };
    expect(codes(withPlain([...plainTlvs(smallImage()), counter]))).toEqual([
      'IMAGE_UNSIGNED_SECURITY_COUNTER',
    ]);
    const vendor = { type: 0x01a0, value: new Uint8Array(1) };
    expect(codes(withPlain([...plainTlvs(smallImage()), vendor]))).toEqual(['IMAGE_TLV_NOT_ALLOWED']);
  });

  it('wants header and protected area to agree on its size', () => {
    const image = smallImage();
    image[10] = 16;
    expect(codes(image)).toEqual(['IMAGE_BAD_PROTECTED_SIZE']);
    const none = bareImage({ key: ed25519Key() });
    none[10] = 4;
    expect(codes(none)).toEqual(['IMAGE_BAD_PROTECTED_SIZE']);
  });
});

describe('verify can be told', () => {
  it('what the device has counted up to', () => {
    expect(codes(smallImage(), { keys, securityCounter: 5 })).toEqual([]);
    expect(codes(smallImage(), { keys, securityCounter: 6 })).toEqual(['IMAGE_DOWNGRADE']);
    expect(codes(bareImage({ key: ed25519Key() }), { keys, securityCounter: 1 })).toEqual([
      'IMAGE_SECURITY_COUNTER_MISSING',
    ]);
  });

  it('the slot, its sectors and the swap mode', () => {
    const slot = slotGeometry({ slotSize: 0x4000, sectorSize: 0x1000, swapMode: 'overwrite', align: 8 });
    expect(codes(smallImage(), { keys, slot })).toEqual([]);
    expect(codes(smallImage({ body: new Uint8Array(0x4000 - 0xe0) }), { keys, slot })).toEqual([
      'IMAGE_TOO_LARGE',
    ]);
    const padded = padToSlot(smallImage(), slot, 'confirmed');
    expect(codes(padded, { keys, slot })).toEqual([]);
    padded[padded.length - 24] = 0x55;
    padded[padded.length - 1] = 0;
    expect(codes(padded, { keys, slot })).toEqual(['IMAGE_BAD_TRAILER']);
    expect(codes(Buffer.concat([padded, new Uint8Array(1)]), { keys, slot })).toEqual(['IMAGE_BAD_TRAILER']);
  });

  it('several keys, and none: then it checks all but the signature itself', () => {
    const image = smallImage();
    expect(codes(image, { keys: [anyKey('ecdsa-p256'), ...keys] })).toEqual([]);
    expect(codes(image, {})).toEqual([]);
    expect(codes(bareImage(), {})).toEqual(['IMAGE_NOT_SIGNED']);
  });

  it('nothing that makes it take a damaged settings record', () => {
    const value = encodeCbor({ not: 'a record' });
    const image = smallImage({ protectedTlvs: [{ type: SETTINGS_TLV, value }] });
    expect(codes(image)).toEqual(['IMAGE_BAD_SETTINGS']);
  });
});

/** Hash, key hash, signature. */
function plainTlvs(image: Uint8Array): [Tlv, Tlv, Tlv] {
  const read = readImageLayout(image);
  const [hash, keyHash, signature] = read.ok ? read.layout.plainTlvs : [];
  if (hash === undefined || keyHash === undefined || signature === undefined)
    throw new Error('not a signed image');
  return [hash, keyHash, signature];
}

/** The small image with other entries in its plain area. */
function withPlain(entries: readonly Tlv[]): Uint8Array {
  const image = smallImage();
  const read = readImageLayout(image);
  const area = encodeTlvArea(PLAIN_TLV_MAGIC, entries);
  if (!read.ok || area === undefined) throw new Error('not an image');
  return Buffer.concat([image.subarray(0, read.layout.signedEnd), area]);
}
