/**
 * Types of the entries behind an image (boot/bootutil/include/bootutil/image.h), and in which of the two
 * areas a bootloader wants them.
 */
export const TlvType = {
  keyHash: 0x01,
  publicKey: 0x02,
  sha256: 0x10,
  sha384: 0x11,
  sha512: 0x12,
  rsa2048Pss: 0x20,
  ecdsa224: 0x21,
  ecdsa: 0x22,
  rsa3072Pss: 0x23,
  ed25519: 0x24,
  pureSignature: 0x25,
  encryptedKeyRsa2048: 0x30,
  encryptedKeyKeyWrap: 0x31,
  encryptedKeyP256: 0x32,
  encryptedKeyX25519: 0x33,
  encryptedKeyX25519Sha512: 0x34,
  dependency: 0x40,
  securityCounter: 0x50,
  bootRecord: 0x60,
  decompressedSize: 0x70,
  decompressedSha: 0x71,
  decompressedSignature: 0x72,
  compressedDecryptedSize: 0x73,
  vendorId: 0x74,
  classId: 0x75,
} as const;

export type TlvTypeName = keyof typeof TlvType;

const NAMES = new Map<number, string>(Object.entries(TlvType).map(([name, type]) => [type, name]));

/** `sha256`, `vendor 0x21a0`, `unknown 0x0080`. */
export function tlvTypeName(type: number): string {
  const hex = `0x${type.toString(16).padStart(4, '0')}`;
  return NAMES.get(type) ?? `${isVendorTlvType(type) ? 'vendor' : 'unknown'} ${hex}`;
}

/** 0x??a0 to 0x??fe are free for vendors. */
export function isVendorTlvType(type: number): boolean {
  const low = type & 0xff;
  return type <= 0xffff && low >= 0xa0 && low <= 0xfe;
}

/**
 * What may stand in the plain, unsigned area (bootutil's allow list, MCUBOOT_USE_TLV_ALLOW_LIST): anything
 * else makes an image invalid, as nobody vouches for it there.
 */
export const PLAIN_AREA_TYPES: ReadonlySet<number> = new Set([
  TlvType.keyHash,
  TlvType.publicKey,
  TlvType.sha256,
  TlvType.sha384,
  TlvType.sha512,
  TlvType.rsa2048Pss,
  TlvType.ecdsa224,
  TlvType.ecdsa,
  TlvType.rsa3072Pss,
  TlvType.ed25519,
  TlvType.pureSignature,
  TlvType.encryptedKeyRsa2048,
  TlvType.encryptedKeyKeyWrap,
  TlvType.encryptedKeyP256,
  TlvType.encryptedKeyX25519,
  TlvType.encryptedKeyX25519Sha512,
]);
