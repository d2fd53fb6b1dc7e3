import { describe, expect, it } from 'vitest';
import { bootContext } from '../../../src/firmware/boot/boot-context.ts';
import { boot } from '../../../src/firmware/boot/bootloader.ts';
import { scratchSourceTable, statusSource } from '../../../src/firmware/boot/swap-status.ts';
import { swapTypeOf } from '../../../src/firmware/boot/swap-type.ts';
import { writeCopyDone, writeImageOk, writeMagic } from '../../../src/firmware/boot/trailer-writes.ts';
import type { TrailerFlag, TrailerMagic, TrailerState } from '../../../src/wire/mcuboot/trailer.ts';
import { bootConfig, flashWith, image, run } from './given.ts';

const MAGICS: readonly TrailerMagic[] = ['good', 'bad', 'unset'];
const FLAGS: readonly TrailerFlag[] = ['set', 'unset', 'bad'];

/** The rule in words, apart from the table. */
function expectedType(slot0: TrailerState, slot1: TrailerState): string {
  if (slot1.magic === 'good' && slot1.imageOk === 'unset') return 'test';
  if (slot1.magic === 'good' && slot1.imageOk === 'set') return 'permanent';
  const isOnTrial = slot0.magic === 'good' && slot0.imageOk === 'unset' && slot0.copyDone === 'set';
  return isOnTrial ? 'revert' : 'none';
}

const trailer = (magic: TrailerMagic, imageOk: TrailerFlag, copyDone: TrailerFlag): TrailerState => ({
  magic,
  imageOk,
  copyDone,
  swapType: undefined,
  imageNumber: 0,
});

describe('the type of swap', () => {
  it('follows from the trailers in each of the 729 combinations of their fields', () => {
    const all = MAGICS.flatMap((magic) =>
      FLAGS.flatMap((ok) => FLAGS.map((done) => trailer(magic, ok, done))),
    );
    let count = 0;
    for (const slot0 of all) {
      for (const slot1 of all) {
        expect(swapTypeOf(slot0, slot1)).toBe(expectedType(slot0, slot1));
        count += 1;
      }
    }
    expect(count).toBe(729);
  });

  it.each([
    { slot0: '', slot1: '', swapType: 'none' },
    { slot0: '', slot1: 'magic', swapType: 'test' },
    { slot0: '', slot1: 'magic ok', swapType: 'permanent' },
    { slot0: 'magic done', slot1: '', swapType: 'revert' },
    { slot0: 'magic done ok', slot1: '', swapType: 'none' },
    { slot0: 'magic done', slot1: 'magic', swapType: 'test' },
    { slot0: 'magic', slot1: '', swapType: 'none' },
  ])(
    'is $swapType with "$slot0" in slot 0 and "$slot1" in slot 1, on flash',
    ({ slot0, slot1, swapType }) => {
      const config = bootConfig({ swapMode: 'overwrite' });
      const flash = flashWith(config, image(1, 100), image(2, 100));
      const context = bootContext(flash, config);
      for (const [area, fields] of [
        [context.slot0, slot0],
        [context.slot1, slot1],
      ] as const) {
        if (fields.includes('done')) flash.perform(writeCopyDone(context, area));
        if (fields.includes('ok')) flash.perform(writeImageOk(context, area));
        if (fields.includes('magic')) flash.perform(writeMagic(context, area));
      }
      expect(run(flash, boot(flash, config)).swapType).toBe(swapType);
    },
  );
});

describe('the source of the status in scratch mode', () => {
  it.each(scratchSourceTable)(
    'is $source with magic $slot0Magic, scratch $scratchMagic, copy_done $slot0CopyDone',
    (row) => {
      const config = bootConfig();
      const flash = flashWith(config, image(1, 100));
      const context = bootContext(flash, config);
      if (row.slot0Magic === 'good') flash.perform(writeMagic(context, context.slot0));
      if (row.scratchMagic === 'good') flash.perform(writeMagic(context, context.scratch));
      if (row.slot0CopyDone === 'set') flash.perform(writeCopyDone(context, context.slot0));
      expect(statusSource(context)).toBe(row.source);
    },
  );
});
