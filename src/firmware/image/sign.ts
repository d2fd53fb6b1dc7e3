/**
 * `image sign`: puts digest, key hash and signature behind an image that was built without a key, or by another
 * key. Header, body and protected entries stay byte for byte what they are.
 */
import { TlvType } from '../../wire/mcuboot/tlv-type.ts';
import { signatureArea } from './build-image.ts';
import { ImageError } from './image-error.ts';
import { openImage } from './inspect.ts';
import { HASH_TLV, type HashName, SIGNATURE_TLV, type SigningKey } from './keys.ts';

export interface SignWishes {
  readonly key: SigningKey;
  /** Takes a signature that is there away. */
  readonly replace: boolean;
  readonly erasedValue: number;
}

/**
 * @param bytes the image; padding and a trailer behind it keep their place
 * @throws ImageError IMAGE_MALFORMED, IMAGE_ALREADY_SIGNED, IMAGE_TOO_LARGE
 */
export function signExistingImage(bytes: Uint8Array, source: string, wishes: SignWishes): Uint8Array {
  const { layout } = openImage(bytes, source);
  const signatureTypes: readonly number[] = Object.values(SIGNATURE_TLV);
  const isSigned = layout.plainTlvs.some(({ type }) => signatureTypes.includes(type));
  if (isSigned && !wishes.replace) {
    throw new ImageError('IMAGE_ALREADY_SIGNED', `${source} is signed already.`, {
      advice: 'Give --replace to take that signature away.',
    });
  }
  const hashTypes = layout.plainTlvs.map(({ type }) => type);
  const hash: HashName =
    hashTypes.includes(HASH_TLV.sha512) && wishes.key.kind === 'ed25519' ? 'sha512' : 'sha256';
  const pure = hashTypes.includes(TlvType.pureSignature) && wishes.key.kind === 'ed25519';
  const signedBytes = bytes.subarray(0, layout.signedEnd);
  const image = Buffer.concat([signedBytes, signatureArea(signedBytes, { hash, pure, key: wishes.key })]);
  if (bytes.length === layout.end) return image;

  const signed = new Uint8Array(bytes);
  signed.fill(wishes.erasedValue, layout.signedEnd, layout.end);
  const overwritten = signed.subarray(layout.end, Math.max(layout.end, image.length));
  if (image.length > bytes.length || overwritten.some((byte) => byte !== wishes.erasedValue)) {
    throw new ImageError(
      'IMAGE_TOO_LARGE',
      `The signature does not fit between image and trailer of ${source}.`,
      {
        advice: 'Build the image with --key, or without --pad.',
      },
    );
  }
  signed.set(image);
  return signed;
}
