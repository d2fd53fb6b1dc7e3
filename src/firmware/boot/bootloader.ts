/**
 * The bootloader: MCUboot's boot_go for one image (loader.c, context_boot_go), step by step. Left off after any
 * of its operations and begun anew, it comes to the same end.
 */
import { ImageFlag } from '../../wire/mcuboot/header.ts';
import type { SwapTypeName } from '../../wire/mcuboot/trailer.ts';
import { compareImageVersions } from '../../wire/mcuboot/version.ts';
import type { FlashReader, FlashSteps } from '../flash/operation.ts';
import type { VerifyReason } from '../image/verify-reason.ts';
import type { BootConfig } from './boot-config.ts';
import { type BootContext, bootContext, erase, eraseTrailerSectors, trailerOf } from './boot-context.ts';
import type { BootAction, BootReport } from './boot-report.ts';
import { checkImage, hasNoCandidate, headerOf, imageCounter, imageSize } from './check-image.ts';
import { copyOver, endCopy } from './overwrite.ts';
import { hasRoomToMove, swapUsingMove } from './swap-move.ts';
import { swapUsingScratch } from './swap-scratch.ts';
import { isAtStart, noSwap, readSwapStatus, type SwapStatus } from './swap-status.ts';
import { swapTypeOf } from './swap-type.ts';
import { writeCopyDone, writeImageOk } from './trailer-writes.ts';

interface Update {
  readonly swapType: SwapTypeName;
  readonly action: BootAction;
  readonly refused?: readonly VerifyReason[];
}

/** One boot: finishes or does what the trailers ask for, checks the image in slot 0, and says what runs. */
export function* boot(flash: FlashReader, config: BootConfig): FlashSteps<BootReport> {
  const context = bootContext(flash, config);
  const status = readSwapStatus(context);
  const found = {
    slot0: trailerOf(context, context.slot0),
    slot1: trailerOf(context, context.slot1),
    statusSource: status.source,
  };
  const update = isAtStart(status) ? yield* beginUpdate(context, status) : yield* finishSwap(context, status);
  const image = checkImage(context, context.slot0);
  const isBootable = image.reasons.length === 0;
  if (isBootable) yield* countUp(context);
  const { magic, imageOk, copyDone } = trailerOf(context, context.slot0);
  return {
    swapMode: config.swapMode,
    found,
    ...update,
    image,
    isBootable,
    isOnTrial: magic === 'good' && imageOk === 'unset' && copyDone === 'set',
    securityCounter: flash.securityCounter,
  };
}

/** boot_complete_partial_swap. */
function* finishSwap(context: BootContext, status: SwapStatus): FlashSteps<Update> {
  const { swapType, swapSize } = status;
  const { slot, trailerBytes, config } = context;
  const fits =
    config.swapMode === 'move' ? hasRoomToMove(context, swapSize) : swapSize <= slot.slotSize - trailerBytes;
  // No bootloader wrote that; following it would run past the slots.
  if (!fits) return { swapType, action: 'status-damaged' };
  yield* swap(context, status);
  yield* finaliseFlags(context, swapType);
  return { swapType, action: 'swap-finished' };
}

/** boot_prepare_image_for_update, then boot_perform_update. */
function* beginUpdate(context: BootContext, status: SwapStatus): FlashSteps<Update> {
  const { slot0, slot1, config } = context;
  const isDecided = status.swapType !== 'none';
  const swapType = isDecided
    ? status.swapType
    : swapTypeOf(trailerOf(context, slot0), trailerOf(context, slot1));
  if (swapType === 'none') return { swapType, action: 'none' };
  // swap_move.c, boot_read_image_header: only scratch mode and overwriting do without an image in slot 0.
  if (config.swapMode === 'move' && headerOf(context, slot0) === undefined)
    return { swapType, action: 'slot0-empty' };

  const refusal = yield* refuseImage(context, swapType);
  if (refusal !== undefined) {
    // A trailer for this swap stands already: without an image_ok it would be taken for one to revert.
    if (isDecided && trailerOf(context, slot0).imageOk === 'unset') yield writeImageOk(context, slot0);
    return refusal;
  }
  if (config.swapMode === 'overwrite') {
    yield* copyOver(context);
    yield* countUp(context);
    yield* endCopy(context);
    return { swapType, action: 'copied' };
  }
  const swapSize = Math.max(imageSize(context, slot0), imageSize(context, slot1));
  if (config.swapMode === 'move' && !hasRoomToMove(context, swapSize)) return { swapType, action: 'no-room' };
  yield* swap(context, { ...noSwap, source: status.source, swapType, swapSize });
  yield* finaliseFlags(context, swapType);
  return { swapType, action: 'swapped' };
}

function swap(context: BootContext, status: SwapStatus): FlashSteps {
  return context.config.swapMode === 'move'
    ? swapUsingMove(context, status)
    : swapUsingScratch(context, status);
}

/** image_ok comes first: a revert that has copy_done alone would be reverted again. */
function* finaliseFlags(context: BootContext, swapType: SwapTypeName): FlashSteps {
  const { slot0 } = context;
  const isForGood = swapType === 'permanent' || swapType === 'revert';
  if (isForGood && trailerOf(context, slot0).imageOk === 'unset') yield writeImageOk(context, slot0);
  if (swapType === 'permanent') yield* countUp(context);
  if (swapType !== 'none') yield writeCopyDone(context, slot0);
}

/** Undefined when the image in slot 1 may come into slot 0. */
function* refuseImage(context: BootContext, swapType: SwapTypeName): FlashSteps<Update | undefined> {
  const { slot1 } = context;
  if (hasNoCandidate(context, slot1)) {
    yield* eraseTrailerSectors(context, slot1);
    return { swapType, action: 'trailer-erased' };
  }
  const { reasons } = checkImage(context, slot1);
  const refused = reasons.length > 0 ? reasons : downgrade(context, swapType);
  if (refused.length === 0) return undefined;
  yield* erase(context, slot1.offset, slot1.size);
  return { swapType, action: 'slot1-erased', refused };
}

/** check_downgrade_prevention: slot 1 against slot 0, beside the counter in the fuses. A revert is exempt. */
function downgrade(context: BootContext, swapType: SwapTypeName): VerifyReason[] {
  const { slot0, slot1, config } = context;
  if (swapType === 'revert') return [];
  if (config.downgrade === 'counter') {
    const running = imageCounter(context, slot0);
    const offered = imageCounter(context, slot1);
    if (running === undefined || (offered !== undefined && offered >= running)) return [];
    const message = `security counter ${offered ?? 'missing'}, the image in slot 0 has ${running}`;
    return [{ code: 'IMAGE_DOWNGRADE', message }];
  }
  const running = headerOf(context, slot0);
  const offered = headerOf(context, slot1);
  if (config.downgrade === 'none' || running === undefined || offered === undefined) return [];
  if (compareImageVersions(offered.version, running.version) >= 0) return [];
  return [{ code: 'IMAGE_DOWNGRADE', message: 'the version is below that of the image in slot 0' }];
}

/** boot_update_hw_rollback_protection: not while the image is on trial, so that the one before can come back. */
function* countUp(context: BootContext): FlashSteps {
  const { slot0, flash } = context;
  const { magic, imageOk } = trailerOf(context, slot0);
  if (magic === 'good' && imageOk !== 'set' && context.config.swapMode !== 'overwrite') return;
  const isCandidate = ((headerOf(context, slot0)?.flags ?? 0) & ImageFlag.nonBootable) === 0;
  const value = imageCounter(context, slot0);
  if (isCandidate && value !== undefined && value > flash.securityCounter) yield { kind: 'count', value };
}
