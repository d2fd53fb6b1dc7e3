/**
 * Digest and signature as the bootloader checks them (boot/bootutil/src/image_validate.c): every hash has to
 * match; a key hash chooses the key for the next signature; a signature without a known key before it is
 * skipped; the last signature that was checked decides.
 */
import { createHash } from 'node:crypto';
import type { PlacedTlv } from '../../wire/mcuboot/tlv.ts';
import { TlvType } from '../../wire/mcuboot/tlv-type.ts';
import { HASH_TLV, type HashName, keyHash, type PublicImageKey, SIGNATURE_TLV } from './keys.ts';
import { isSignatureOf } from './signature.ts';
import type { VerifyReason } from './verify-reason.ts';

export interface SignatureVerdict {
  readonly reasons: readonly VerifyReason[];
  readonly hash?: HashName;
  readonly digest?: Uint8Array;
  /** The key whose signature decided. */
  readonly signedBy?: PublicImageKey;
}

/**
 * @param entries of both areas, in their order
 * @param keys those that the bootloader has; undefined checks everything but the signature's value
 */
export function verifySignature(
  signedBytes: Uint8Array,
  entries: readonly PlacedTlv[],
  keys: readonly PublicImageKey[] | undefined,
): SignatureVerdict {
  const reasons: VerifyReason[] = [];
  const hashes = entries.filter(({ type }) => hashOfType(type) !== undefined);
  for (const { type, value, offset } of hashes) {
    const name = hashOfType(type) ?? 'sha256';
    if (Buffer.compare(digestOf(signedBytes, name), value) !== 0) {
      const message = `the ${name} in the image is not that of header, body and protected entries`;
      reasons.push({ code: 'IMAGE_BAD_HASH', message, offset });
    }
  }
  const hash = hashOfType(hashes[0]?.type);
  if (hash === undefined) {
    reasons.push({
      code: 'IMAGE_HASH_MISSING',
      message: 'there is no SHA-256, SHA-384 or SHA-512 of the image',
    });
    return { reasons };
  }
  const digest = digestOf(signedBytes, hash);
  if (keys === undefined) return { reasons: [...reasons, ...orderProblems(entries)], hash, digest };
  const signed = checkSignatures(signedBytes, entries, keys, hash);
  return { ...signed, reasons: [...reasons, ...signed.reasons], hash, digest };
}

function checkSignatures(
  signedBytes: Uint8Array,
  entries: readonly PlacedTlv[],
  keys: readonly PublicImageKey[],
  hash: HashName,
): SignatureVerdict {
  const pure = entries.some(({ type, value }) => type === TlvType.pureSignature && value[0] === 1);
  let key: PublicImageKey | undefined;
  let last: { readonly key: PublicImageKey; readonly isGood: boolean; readonly offset: number } | undefined;
  for (const { type, value, offset } of entries) {
    if (type === TlvType.keyHash) key = keys.find((known) => isSame(keyHash(known, hash), value));
    else if (type === TlvType.publicKey) key = keys.find((known) => isSame(known.publicBytes, value));
    else if (key !== undefined && type === SIGNATURE_TLV[key.kind]) {
      last = { key, isGood: isSignatureOf(key, value, { signedBytes, hash, pure }), offset };
      key = undefined;
    }
  }
  if (last === undefined) return { reasons: [whyNoneChecked(entries)] };
  if (last.isGood) return { reasons: [], signedBy: last.key };
  const message = `the signature is not that of the ${last.key.kind} key that the image names`;
  return { reasons: [{ code: 'IMAGE_BAD_SIGNATURE', message, offset: last.offset }] };
}

function whyNoneChecked(entries: readonly PlacedTlv[]): VerifyReason {
  const [orderProblem] = orderProblems(entries);
  if (orderProblem !== undefined) return orderProblem;
  const named = entries.find(({ type }) => type === TlvType.keyHash || type === TlvType.publicKey);
  const id = Buffer.from(named?.value ?? [])
    .toString('hex')
    .slice(0, 16);
  const message = `the image is signed with a key that is none of those given (its hash begins with ${id})`;
  return { code: 'IMAGE_UNKNOWN_KEY', message, ...(named === undefined ? {} : { offset: named.offset }) };
}

/** What is wrong with the signature entries whatever the keys are. */
function orderProblems(entries: readonly PlacedTlv[]): VerifyReason[] {
  const isSignature = ({ type }: PlacedTlv): boolean =>
    Object.values(SIGNATURE_TLV).some((known) => known === type);
  const isKey = ({ type }: PlacedTlv): boolean => type === TlvType.keyHash || type === TlvType.publicKey;
  const signatures = entries.filter(isSignature);
  const first = signatures[0];
  if (first === undefined) return [{ code: 'IMAGE_NOT_SIGNED', message: 'there is no signature' }];
  const firstKey = entries.findIndex(isKey);
  if (firstKey >= 0 && entries.slice(firstKey).some(isSignature)) return [];
  const message = 'no signature has the hash of its key before it, so that a bootloader never looks at it';
  return [{ code: 'IMAGE_SIGNATURE_BEFORE_KEY', message, offset: first.offset }];
}

function hashOfType(type: number | undefined): HashName | undefined {
  switch (type) {
    case HASH_TLV.sha256:
      return 'sha256';
    case HASH_TLV.sha384:
      return 'sha384';
    case HASH_TLV.sha512:
      return 'sha512';
    default:
      return undefined;
  }
}

const digestOf = (bytes: Uint8Array, hash: HashName): Uint8Array => createHash(hash).update(bytes).digest();
const isSame = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0;
