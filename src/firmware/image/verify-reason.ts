/** Everything that can be wrong with an image, by codes that stay what they are. */
import type { LayoutProblem } from '../../wire/mcuboot/image-layout.ts';

export type VerifyCode =
  /** The HEX, S-record, UF2 or ELF file around the image is malformed. */
  | 'IMAGE_FILE_MALFORMED'
  | 'IMAGE_TOO_SHORT'
  | 'IMAGE_BAD_MAGIC'
  | 'IMAGE_OLD_FORMAT'
  | 'IMAGE_BAD_HEADER_SIZE'
  | 'IMAGE_BODY_OUT_OF_BOUNDS'
  | 'IMAGE_TLV_MISSING'
  | 'IMAGE_TLV_BAD_MAGIC'
  | 'IMAGE_TLV_OUT_OF_BOUNDS'
  | 'IMAGE_BAD_PROTECTED_SIZE'
  /** An entry of a type that nobody vouches for in the unsigned area. */
  | 'IMAGE_TLV_NOT_ALLOWED'
  /** An entry whose length or value its type does not allow. */
  | 'IMAGE_TLV_BAD_VALUE'
  | 'IMAGE_TLV_TWICE'
  | 'IMAGE_NOT_BOOTABLE'
  | 'IMAGE_ENCRYPTED'
  | 'IMAGE_COMPRESSED'
  | 'IMAGE_HASH_MISSING'
  | 'IMAGE_BAD_HASH'
  | 'IMAGE_NOT_SIGNED'
  | 'IMAGE_SIGNATURE_BEFORE_KEY'
  | 'IMAGE_UNKNOWN_KEY'
  | 'IMAGE_BAD_SIGNATURE'
  /** A security counter in the unsigned area: some bootloaders believe it. */
  | 'IMAGE_UNSIGNED_SECURITY_COUNTER'
  | 'IMAGE_SECURITY_COUNTER_MISSING'
  /** The device has seen a higher security counter. */
  | 'IMAGE_DOWNGRADE'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_BAD_TRAILER'
  | 'IMAGE_BAD_SETTINGS';

export interface VerifyReason {
  readonly code: VerifyCode;
  readonly message: string;
  /** Where in the image. */
  readonly offset?: number;
}

export const LAYOUT_CODES: Readonly<Record<LayoutProblem, VerifyCode>> = {
  too_short: 'IMAGE_TOO_SHORT',
  magic: 'IMAGE_BAD_MAGIC',
  old_magic: 'IMAGE_OLD_FORMAT',
  header_size: 'IMAGE_BAD_HEADER_SIZE',
  body_bounds: 'IMAGE_BODY_OUT_OF_BOUNDS',
  tlv_missing: 'IMAGE_TLV_MISSING',
  tlv_magic: 'IMAGE_TLV_BAD_MAGIC',
  protected_size: 'IMAGE_BAD_PROTECTED_SIZE',
  tlv_bounds: 'IMAGE_TLV_OUT_OF_BOUNDS',
};
