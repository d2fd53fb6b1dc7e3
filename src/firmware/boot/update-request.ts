/** What the firmware that runs asks of the bootloader (boot_set_next and boot_set_confirmed, bootutil_public.c). */
import { FlashError } from '../flash/flash-error.ts';
import type { FlashReader, FlashSteps } from '../flash/operation.ts';
import type { BootConfig } from './boot-config.ts';
import { bootContext, trailerOf } from './boot-context.ts';
import { writeImageOk, writeMagic, writeSwapInfo } from './trailer-writes.ts';

/**
 * Asks for the image in slot 1 at the next boot: on trial, or for good. A request that is there already stays as
 * it is, as in MCUboot: a trial cannot be made one for good.
 * @returns whether something was written
 * @throws FlashError FLASH_BAD_TRAILER
 */
export function* requestUpdate(
  flash: FlashReader,
  config: BootConfig,
  type: 'test' | 'permanent',
): FlashSteps<boolean> {
  const context = bootContext(flash, config);
  const { slot1 } = context;
  const { magic } = trailerOf(context, slot1);
  if (magic === 'bad') throw badTrailer('slot 1', 'Write the image anew: kadec21 flash write.');
  if (magic === 'good') return false;
  yield writeMagic(context, slot1);
  if (type === 'permanent') yield writeImageOk(context, slot1);
  yield writeSwapInfo(context, slot1, type);
  return true;
}

/**
 * Keeps the image that runs.
 * @returns whether there was something to confirm
 * @throws FlashError FLASH_BAD_TRAILER
 */
export function* confirmImage(flash: FlashReader, config: BootConfig): FlashSteps<boolean> {
  const context = bootContext(flash, config);
  const { slot0 } = context;
  const { magic, imageOk } = trailerOf(context, slot0);
  if (magic === 'bad' || imageOk === 'bad') throw badTrailer('slot 0', 'Write the image of slot 0 anew.');
  if (magic === 'unset' || imageOk === 'set') return false;
  yield writeImageOk(context, slot0);
  return true;
}

const badTrailer = (slot: string, advice: string): FlashError =>
  new FlashError(
    'FLASH_BAD_TRAILER',
    `The trailer of ${slot} is damaged: neither written by a bootloader nor erased.`,
    {
      advice,
    },
  );
