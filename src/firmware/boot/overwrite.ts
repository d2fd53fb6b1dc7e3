/**
 * Overwrite only (boot_copy_image, loader.c): slot 1 over slot 0, whole, then slot 1 loses its first and its last
 * sector. Nothing is noted on the way: while slot 1's trailer stands, the copy begins anew. There is no way back.
 */
import type { FlashSteps } from '../flash/operation.ts';
import { type BootContext, copy, erase } from './boot-context.ts';

/** Up to the moment when slot 0 holds the new image. */
export function* copyOver(context: BootContext): FlashSteps {
  const { slot0, slot1 } = context;
  yield* erase(context, slot0.offset, slot0.size);
  yield* copy(context, slot1.offset, slot0.offset, slot0.size);
}

/** The erased trailer is what ends the update. */
export function* endCopy({ slot1, sectorSize }: BootContext): FlashSteps {
  yield { kind: 'erase', offset: slot1.offset };
  yield { kind: 'erase', offset: slot1.offset + slot1.size - sectorSize };
}
