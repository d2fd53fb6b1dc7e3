import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BootConfig } from '../../../src/firmware/boot/boot-config.ts';
import { slotOf } from '../../../src/firmware/boot/boot-config.ts';
import { bootContext, trailerOf } from '../../../src/firmware/boot/boot-context.ts';
import { boot } from '../../../src/firmware/boot/bootloader.ts';
import { confirmImage, requestUpdate } from '../../../src/firmware/boot/update-request.ts';
import type { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import { perform } from '../../../src/firmware/flash/perform.ts';
import { writeSlot } from '../../../src/firmware/flash/write-region.ts';
import { padToSlot } from '../../../src/firmware/image/slot-image.ts';
import { ed25519Key } from '../image/given.ts';
import { bootConfig, flashWith, image, keptBytes, run } from './given.ts';

const erased = { magic: 'unset', imageOk: 'unset', copyDone: 'unset', swapType: undefined };

function trailers(flash: NorFlash, config: BootConfig) {
  const context = bootContext(flash, config);
  const pick = ({ magic, imageOk, copyDone, swapType }: ReturnType<typeof trailerOf>) => ({
    magic,
    imageOk,
    copyDone,
    swapType,
  });
  return { slot0: pick(trailerOf(context, context.slot0)), slot1: pick(trailerOf(context, context.slot1)) };
}

function device(swapMode: 'scratch' | 'move' | 'overwrite', slot1 = image(2, 5000)) {
  const config = bootConfig({ swapMode });
  return { config, flash: flashWith(config, image(1, 3000), slot1) };
}

const start = (flash: NorFlash, config: BootConfig) => run(flash, boot(flash, config));

describe.each(['scratch', 'move'] as const)('trailers after each event, swap using %s', (swapMode) => {
  it('stay erased while nothing is asked for', () => {
    const { config, flash } = device(swapMode);
    expect(start(flash, config)).toMatchObject({ swapType: 'none', action: 'none', isBootable: true });
    expect(trailers(flash, config)).toEqual({ slot0: erased, slot1: erased });
  });

  it('tell of a trial, its confirmation, and nothing more', () => {
    const { config, flash } = device(swapMode);
    run(flash, requestUpdate(flash, config, 'test'));
    expect(trailers(flash, config).slot1).toEqual({ ...erased, magic: 'good', swapType: 'test' });
    const report = start(flash, config);
    expect(report).toMatchObject({ swapType: 'test', action: 'swapped', isOnTrial: true });
    expect(report.image.version).toBe('2.0.0+0');
    const onTrial = { magic: 'good', imageOk: 'unset', copyDone: 'set', swapType: 'test' };
    expect(trailers(flash, config)).toEqual({ slot0: onTrial, slot1: erased });
    expect(run(flash, confirmImage(flash, config))).toBe(true);
    expect(run(flash, confirmImage(flash, config))).toBe(false);
    expect(trailers(flash, config)).toEqual({ slot0: { ...onTrial, imageOk: 'set' }, slot1: erased });
    expect(start(flash, config)).toMatchObject({ swapType: 'none', isOnTrial: false });
  });

  it('tell of a revert', () => {
    const { config, flash } = device(swapMode);
    run(flash, requestUpdate(flash, config, 'test'));
    start(flash, config);
    const report = start(flash, config);
    expect(report).toMatchObject({ swapType: 'revert', action: 'swapped', isOnTrial: false });
    expect(report.image.version).toBe('1.0.0+0');
    const reverted = { magic: 'good', imageOk: 'set', copyDone: 'set', swapType: 'revert' };
    expect(trailers(flash, config)).toEqual({ slot0: reverted, slot1: erased });
    expect(start(flash, config)).toMatchObject({ swapType: 'none', action: 'none' });
  });

  it('tell of an update for good', () => {
    const { config, flash } = device(swapMode);
    run(flash, requestUpdate(flash, config, 'permanent'));
    expect(trailers(flash, config).slot1).toEqual({
      ...erased,
      magic: 'good',
      imageOk: 'set',
      swapType: 'permanent',
    });
    expect(start(flash, config)).toMatchObject({
      swapType: 'permanent',
      action: 'swapped',
      securityCounter: 5,
    });
    const taken = { magic: 'good', imageOk: 'set', copyDone: 'set', swapType: 'permanent' };
    expect(trailers(flash, config)).toEqual({ slot0: taken, slot1: erased });
  });

  it('takes an image that was padded by the image builder', () => {
    const { config, flash } = device(swapMode);
    const padded = padToSlot(image(3, 800), slotOf(config), 'test');
    run(flash, writeSlot(flash, config, 'slot1', padded));
    expect(start(flash, config)).toMatchObject({ swapType: 'test', action: 'swapped' });
  });

  it('erases a whole slot 1 whose image is signed with another key, and leaves slot 0 alone', () => {
    const { config, flash } = device(swapMode, image(2, 5000, { key: ed25519Key(7) }));
    run(flash, requestUpdate(flash, config, 'test'));
    const report = start(flash, config);
    expect(report).toMatchObject({ action: 'slot1-erased', refused: [{ code: 'IMAGE_UNKNOWN_KEY' }] });
    expect(report.image.version).toBe('1.0.0+0');
    const { offset, size } = config.layout.regions.slot1;
    expect(flash.read(offset, size).every((byte) => byte === 0xff)).toBe(true);
    expect(
      [...flash.eraseCounts].reduce((sum, count) => sum + count, 0) >= size / config.layout.sectorSize,
    ).toBe(true);
    expect(trailers(flash, config).slot0).toEqual(erased);
  });

  it('refuses an image below the counter in the fuses', () => {
    const { config, flash } = device(swapMode, image(2, 900, { securityCounter: 4 }));
    expect(start(flash, config).securityCounter).toBe(5);
    run(flash, requestUpdate(flash, config, 'test'));
    expect(start(flash, config)).toMatchObject({ refused: [{ code: 'IMAGE_DOWNGRADE' }], isBootable: true });
  });

  it('refuses an older version where the rule is set', () => {
    const config = bootConfig({ swapMode, downgrade: 'version' });
    const flash = flashWith(config, image(2, 900), image(1, 900));
    run(flash, requestUpdate(flash, config, 'permanent'));
    expect(start(flash, config)).toMatchObject({ refused: [{ code: 'IMAGE_DOWNGRADE' }] });
  });

  it('does not count up while an image is on trial', () => {
    const { config, flash } = device(swapMode, image(2, 900, { securityCounter: 9 }));
    start(flash, config);
    run(flash, requestUpdate(flash, config, 'test'));
    expect(start(flash, config).securityCounter).toBe(5);
    run(flash, confirmImage(flash, config));
    expect(start(flash, config).securityCounter).toBe(9);
  });

  it('tells why nothing boots', () => {
    const config = bootConfig({ swapMode });
    const report = start(flashWith(config, new Uint8Array(0)), config);
    expect(report).toMatchObject({ isBootable: false, image: { reasons: [{ code: 'IMAGE_BAD_MAGIC' }] } });
  });
});

describe('overwrite only', () => {
  it('copies slot 1 with its trailer and erases its first and last sector', () => {
    const { config, flash } = device('overwrite');
    run(flash, requestUpdate(flash, config, 'permanent'));
    expect(start(flash, config)).toMatchObject({ action: 'copied', swapType: 'permanent' });
    const copied = { magic: 'good', imageOk: 'set', copyDone: 'unset', swapType: 'permanent' };
    expect(trailers(flash, config)).toEqual({ slot0: copied, slot1: erased });
    expect(start(flash, config)).toMatchObject({ action: 'none', image: { version: '2.0.0+0' } });
  });
});

describe('a request that cannot be', () => {
  it('is an error when the trailer of slot 1 is damaged', () => {
    const { config, flash } = device('scratch');
    const { offset, size } = config.layout.regions.slot1;
    flash.perform({ kind: 'write', offset: offset + size - 8, data: new Uint8Array(8) });
    expect(() => run(flash, requestUpdate(flash, config, 'test'))).toThrow(
      expect.objectContaining({ code: 'FLASH_BAD_TRAILER' }),
    );
  });

  it('changes nothing when there is one already', () => {
    const { config, flash } = device('scratch');
    run(flash, requestUpdate(flash, config, 'test'));
    expect(run(flash, requestUpdate(flash, config, 'permanent'))).toBe(false);
    expect(trailers(flash, config).slot1.imageOk).toBe('unset');
  });
});

it('boots a whole image after any sequence of requests, boots, confirmations and power cuts', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constantFrom('test', 'permanent', 'boot', 'confirm', 'upload' as const) }),
    fc.record({ kind: fc.constantFrom('boot', 'upload' as const), cut: fc.nat(120), isTorn: fc.boolean() }),
  );
  const mode = fc.constantFrom('scratch', 'move', 'overwrite' as const);
  fc.assert(
    fc.property(mode, fc.array(event, { maxLength: 12 }), (swapMode, events) => {
      const { config, flash } = device(swapMode);
      const kept = keptBytes(flash, config);
      const steps = {
        test: () => requestUpdate(flash, config, 'test'),
        permanent: () => requestUpdate(flash, config, 'permanent'),
        boot: () => boot(flash, config),
        confirm: () => confirmImage(flash, config),
        upload: () => writeSlot(flash, config, 'slot1', image(3, 2500)),
      };
      let isUp = true;
      for (const each of events) {
        // Only a firmware that runs asks and confirms: after a cut the bootloader comes first.
        if (!isUp && each.kind !== 'boot') start(flash, config);
        isUp = true;
        const cut = 'cut' in each ? { after: each.cut, isTorn: each.isTorn } : undefined;
        isUp = perform<unknown>(flash, steps[each.kind](), cut).isWhole;
      }
      expect(start(flash, config).image.reasons).toEqual([]);
      expect(keptBytes(flash, config)).toBe(kept);
    }),
    { numRuns: 150, seed: 3 },
  );
});
