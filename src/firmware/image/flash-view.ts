/**
 * The same image for different places: alone in its slot, or a whole flash of the N2 without the bootloader's
 * area (slot 0 and the settings partition). The signed bytes are the same in all of them.
 */

import type { SlotGeometry } from '../../wire/mcuboot/slot-limits.ts';
import type { Segment } from '../../wire/memory-segments.ts';
import { type FlashLayout, regionAddress } from '../flash/layout.ts';
import { usageError } from './image-error.ts';
import { slotSegments, type Trailer } from './slot-image.ts';

export type FlashTarget = 'slot0' | 'slot1' | 'flash';
export const FLASH_TARGETS: readonly FlashTarget[] = ['slot0', 'slot1', 'flash'];

export interface TargetedImage {
  readonly target: FlashTarget;
  readonly image: Uint8Array;
  readonly slot: SlotGeometry;
  readonly trailer: Trailer;
  readonly layout: FlashLayout;
  /** Of the slot, or of the whole flash; the layout's when not given. */
  readonly base?: number;
  /** For the settings partition of a whole flash. */
  readonly settings?: Uint8Array;
}

/** The pieces that are not erased, at their addresses. */
export function targetSegments(targeted: TargetedImage): Segment[] {
  const { target, image, slot, trailer, layout, base, settings } = targeted;
  const { erasedValue, regions } = layout;
  if (target !== 'flash') {
    return slotSegments(image, slot, trailer, base ?? regionAddress(layout, target), erasedValue);
  }
  if (slot.slotSize > regions.slot0.size) {
    throw usageError(`The flash has slots of ${regions.slot0.size} bytes, not ${slot.slotSize}.`);
  }
  const flashBase = base ?? layout.baseAddress;
  const slotBase = flashBase + regions.slot0.offset;
  const pieces = slotSegments(image, slot, trailer, slotBase, erasedValue);
  if (settings === undefined) return pieces;
  return [...pieces, { address: flashBase + regions.settings.offset, data: settings }];
}
