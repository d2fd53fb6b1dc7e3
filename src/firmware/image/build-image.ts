/**
 * Makes the one byte string that is signed: header, body, protected TLVs, plain TLVs. Bin, HEX, S-record and
 * UF2 are views of it. The order of the entries is imgtool's, so that the bytes are too.
 */
import { createHash } from 'node:crypto';
import { encodeCbor } from '../../wire/cbor.ts';
import { encodeImageHeader, HEADER_BYTES, ImageFlag } from '../../wire/mcuboot/header.ts';
import { encodeTlvArea, PLAIN_TLV_MAGIC, PROTECTED_TLV_MAGIC, type Tlv } from '../../wire/mcuboot/tlv.ts';
import { TlvType } from '../../wire/mcuboot/tlv-type.ts';
import { type ImageVersion, VERSION_BYTES, writeVersion } from '../../wire/mcuboot/version.ts';
import { ImageError, usageError } from './image-error.ts';
import { HASH_TLV, type HashName, keyHash, SIGNATURE_TLV, type SigningKey } from './keys.ts';
import { signImage } from './signature.ts';

export interface ImageDependency {
  readonly image: number;
  readonly version: ImageVersion;
}

export interface ImageSpec {
  readonly body: Uint8Array;
  readonly version: ImageVersion;
  /** 32 or more; the rest of the header area holds the erased value. */
  readonly headerSize: number;
  readonly erasedValue?: number;
  readonly key?: SigningKey;
  readonly hash?: HashName;
  readonly pure?: boolean;
  /** The whole public key in the image instead of its hash, for bootloaders with MCUBOOT_HW_KEY. */
  readonly publicKeyFormat?: 'hash' | 'full';
  readonly securityCounter?: number;
  /** Role of the software in measured boot, up to 12 characters. */
  readonly bootRecord?: string;
  readonly dependencies?: readonly ImageDependency[];
  readonly vendorId?: Uint8Array;
  readonly classId?: Uint8Array;
  /** Vendor entries for the protected area, the settings record among them. */
  readonly protectedTlvs?: readonly Tlv[];
  readonly nonBootable?: boolean;
  /** RAM address that the image is copied to. */
  readonly ramLoadAddress?: number;
  /** Flash address that the image is linked for. */
  readonly romFixedAddress?: number;
}

/**
 * @throws ImageError IMAGE_TLVS_TOO_LARGE
 * @throws ImageInputError USAGE when the wishes contradict one another
 */
export function buildImage(spec: ImageSpec): Uint8Array {
  const hash = spec.hash ?? (spec.pure ? 'sha512' : 'sha256');
  refuseContradictions(spec, hash);
  const protectedArea = tlvArea(PROTECTED_TLV_MAGIC, protectedTlvs(spec, hash));
  const headerArea = new Uint8Array(spec.headerSize).fill(spec.erasedValue ?? 0xff);
  headerArea.set(
    encodeImageHeader({
      loadAddress: spec.ramLoadAddress ?? spec.romFixedAddress ?? 0,
      headerSize: spec.headerSize,
      protectedTlvSize: protectedArea.length,
      bodySize: spec.body.length,
      flags: imageFlags(spec),
      version: spec.version,
    }),
  );
  const signedBytes = Buffer.concat([headerArea, spec.body, protectedArea]);
  return Buffer.concat([signedBytes, signatureArea(signedBytes, { ...spec, hash })]);
}

/** The plain TLV area of an image: its digest and, with a key, the key's name and the signature. */
export function signatureArea(
  signedBytes: Uint8Array,
  {
    hash,
    pure = false,
    key,
    publicKeyFormat = 'hash',
  }: Pick<ImageSpec, 'pure' | 'key' | 'publicKeyFormat'> & {
    readonly hash: HashName;
  },
): Uint8Array {
  const entries: Tlv[] = [{ type: HASH_TLV[hash], value: createHash(hash).update(signedBytes).digest() }];
  if (key !== undefined) {
    if (pure) entries.push({ type: TlvType.pureSignature, value: Uint8Array.of(1) });
    entries.push(
      publicKeyFormat === 'full'
        ? { type: TlvType.publicKey, value: key.publicBytes }
        : { type: TlvType.keyHash, value: keyHash(key, hash) },
      { type: SIGNATURE_TLV[key.kind], value: signImage(key, { signedBytes, hash, pure }) },
    );
  }
  return tlvArea(PLAIN_TLV_MAGIC, entries);
}

/** The hashes that a kind of key signs with (imgtool, ALLOWED_KEY_SHA). */
export function hashesOf({ kind }: Pick<SigningKey, 'kind'>): readonly HashName[] {
  return kind === 'ed25519' ? ['sha256', 'sha512'] : ['sha256'];
}

function refuseContradictions(spec: ImageSpec, hash: HashName): void {
  if (spec.headerSize < HEADER_BYTES || spec.headerSize > 0xffff) {
    throw usageError(`A header of ${spec.headerSize} bytes cannot be, expected 32 to 65535.`);
  }
  if (spec.ramLoadAddress !== undefined && spec.romFixedAddress !== undefined) {
    throw usageError('An image is either loaded into RAM or fixed in flash, not both.');
  }
  if (spec.bootRecord !== undefined && spec.bootRecord.length > 12) {
    throw usageError(`The role '${spec.bootRecord}' of the boot record is longer than 12 characters.`);
  }
  if (spec.key === undefined) {
    if (spec.pure) throw usageError('A pure signature needs a key.');
    return;
  }
  const { kind } = spec.key;
  if (spec.pure && (kind !== 'ed25519' || hash !== 'sha512')) {
    throw usageError('A pure signature is Ed25519 with SHA-512.');
  }
  if (!hashesOf(spec.key).includes(hash)) throw usageError(`${kind} does not sign with ${hash}.`);
}

function imageFlags(spec: ImageSpec): number {
  return (
    (spec.nonBootable ? ImageFlag.nonBootable : 0) |
    (spec.ramLoadAddress === undefined ? 0 : ImageFlag.ramLoad) |
    (spec.romFixedAddress === undefined ? 0 : ImageFlag.romFixed)
  );
}

function protectedTlvs(spec: ImageSpec, hash: HashName): Tlv[] {
  const entries: Tlv[] = [];
  if (spec.securityCounter !== undefined) {
    const value = Buffer.alloc(4);
    value.writeUInt32LE(spec.securityCounter);
    entries.push({ type: TlvType.securityCounter, value });
  }
  if (spec.bootRecord !== undefined) {
    entries.push({ type: TlvType.bootRecord, value: bootRecord(spec, spec.bootRecord, hash) });
  }
  for (const { image, version } of spec.dependencies ?? []) {
    const value = new Uint8Array(4 + VERSION_BYTES);
    value[0] = image;
    writeVersion(new DataView(value.buffer), 4, version);
    entries.push({ type: TlvType.dependency, value });
  }
  if (spec.vendorId !== undefined) entries.push({ type: TlvType.vendorId, value: spec.vendorId });
  if (spec.classId !== undefined) entries.push({ type: TlvType.classId, value: spec.classId });
  return [...entries, ...(spec.protectedTlvs ?? [])];
}

/**
 * Claims of the PSA attestation: type 1, version 4, signer 5, kind of measurement 6, measurement 2. The last is
 * all zeros and stands last, as the bootloader overwrites it with the digest.
 */
function bootRecord(spec: ImageSpec, role: string, hash: HashName): Uint8Array {
  const digestBytes = createHash(hash).digest().length;
  const { major, minor, revision } = spec.version;
  return encodeCbor(
    new Map<number, string | Uint8Array>([
      [1, role],
      [4, `${major}.${minor}.${revision}`],
      [5, spec.key === undefined ? new Uint8Array(digestBytes) : keyHash(spec.key, hash)],
      [6, hash.toUpperCase()],
      [2, new Uint8Array(digestBytes)],
    ]),
  );
}

function tlvArea(magic: number, entries: readonly Tlv[]): Uint8Array {
  const area = encodeTlvArea(magic, entries);
  if (area !== undefined) return area;
  throw new ImageError('IMAGE_TLVS_TOO_LARGE', 'The entries behind the image take more than 65535 bytes.', {
    advice: 'Settings with a large certificate (mail.server.ca) are the usual cause.',
  });
}
