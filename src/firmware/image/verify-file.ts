/** `image verify`: a file that is malformed around the image is one more reason, not another kind of failure. */

import { geometryProblem } from '../../wire/mcuboot/slot-limits.ts';
import { ImageInputError, usageError } from './image-error.ts';
import { readImageFile } from './image-source.ts';
import { type VerifyOptions, type VerifyReport, verifyImage } from './verify.ts';

/** @throws ImageInputError FILE_UNREADABLE, USAGE */
export function verifyFile(
  path: string,
  options: VerifyOptions,
): { readonly report: VerifyReport; readonly warnings: readonly string[] } {
  const badGeometry = options.slot === undefined ? undefined : geometryProblem(options.slot);
  if (badGeometry !== undefined) throw usageError(`No bootloader works with ${badGeometry}.`);
  try {
    const { bytes, warnings } = readImageFile(path, options.erasedValue);
    return { report: verifyImage(bytes, options), warnings };
  } catch (failure) {
    const isMalformed = failure instanceof ImageInputError && failure.code.startsWith('PAYLOAD_');
    if (!isMalformed) throw failure;
    return {
      report: { reasons: [{ code: 'IMAGE_FILE_MALFORMED', message: failure.message }] },
      warnings: [],
    };
  }
}
