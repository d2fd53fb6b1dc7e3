/** Whether the image in a slot is one that the bootloader starts: the same check as `image verify`. */
import { decodeImageHeader, ImageFlag, type ImageHeader } from '../../wire/mcuboot/header.ts';
import { readImageLayout } from '../../wire/mcuboot/image-layout.ts';
import { trailerOffsets } from '../../wire/mcuboot/trailer.ts';
import { securityCounter, type VerifyReport, verifyImage } from '../image/verify.ts';
import type { VerifyCode } from '../image/verify-reason.ts';
import { type BootArea, type BootContext, readArea } from './boot-context.ts';

/** A bootloader without keys was built without signatures (no MCUBOOT_SIGN_...); the digest has to fit. */
const ABOUT_SIGNATURES: readonly VerifyCode[] = ['IMAGE_NOT_SIGNED', 'IMAGE_SIGNATURE_BEFORE_KEY'];

export function checkImage(context: BootContext, area: BootArea): VerifyReport {
  const { config, slot, flash } = context;
  const bytes = readArea(context, area);
  // Without the trailer's flags, which are for the bootloader to read and not a part of the image.
  const report = verifyImage(bytes.subarray(0, bytes.length - trailerOffsets(slot.maxAlign).swapInfo), {
    slot,
    erasedValue: config.layout.erasedValue,
    ...(config.keys.length === 0 ? {} : { keys: config.keys }),
    // A counter that never counted asks for none in the image.
    ...(flash.securityCounter === 0 ? {} : { securityCounter: flash.securityCounter }),
  });
  if (config.keys.length > 0) return report;
  return { ...report, reasons: report.reasons.filter(({ code }) => !ABOUT_SIGNATURES.includes(code)) };
}

export function headerOf(context: BootContext, area: BootArea): ImageHeader | undefined {
  const decoded = decodeImageHeader(readArea(context, area));
  return decoded.ok ? decoded.header : undefined;
}

/** boot_check_header_erased, or an image that says that it is none to start: nothing to validate. */
export function hasNoCandidate(context: BootContext, area: BootArea): boolean {
  const { erasedValue } = context.config.layout;
  if (
    readArea(context, area)
      .subarray(0, 4)
      .every((byte) => byte === erasedValue)
  )
    return true;
  return ((headerOf(context, area)?.flags ?? 0) & ImageFlag.nonBootable) !== 0;
}

/** Header to last entry; 0 for what is no image. */
export function imageSize(context: BootContext, area: BootArea): number {
  const read = readImageLayout(readArea(context, area));
  return read.ok ? read.layout.end : 0;
}

export function imageCounter(context: BootContext, area: BootArea): number | undefined {
  const read = readImageLayout(readArea(context, area));
  return read.ok ? securityCounter(read.layout.protectedTlvs) : undefined;
}
