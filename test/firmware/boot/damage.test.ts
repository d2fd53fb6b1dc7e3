import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBootConfig, encodeBootConfig } from '../../../src/firmware/boot/boot-config.ts';
import { boot } from '../../../src/firmware/boot/bootloader.ts';
import { requestUpdate } from '../../../src/firmware/boot/update-request.ts';
import { FlashError, FlashFileError } from '../../../src/firmware/flash/flash-error.ts';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import { perform } from '../../../src/firmware/flash/perform.ts';
import { bootConfig, flashWith, image, run } from './given.ts';

/** An update of the small geometry takes some 150 operations. */
const MOST_OPERATIONS = 2000;

describe('a damaged flash', () => {
  it.each(['scratch', 'move', 'overwrite'] as const)(
    'never makes the bootloader (%s) crash, hang or leave the slots',
    (swapMode) => {
      const config = bootConfig({ swapMode });
      const { regions, size } = config.layout;
      const first = regions.slot0.offset;
      const last = regions.scratch.offset + regions.scratch.size - 1;
      const places = [regions.slot0, regions.slot1, regions.scratch].map((each) => each.offset + each.size);
      const place = fc.oneof(
        fc.integer({ min: first, max: last }),
        // The trailers, where it matters.
        fc
          .record({ end: fc.constantFrom(...places), back: fc.integer({ min: 1, max: 450 }) })
          .map(({ end, back }) => end - back),
      );
      const hit = fc.record({ place, byte: fc.nat(255) });
      fc.assert(
        fc.property(fc.array(hit, { minLength: 1, maxLength: 12 }), fc.nat(120), (hits, after) => {
          const flash = flashWith(config, image(1, 3000), image(2, 5000));
          run(flash, requestUpdate(flash, config, 'test'));
          perform(flash, boot(flash, config), { after });
          const bytes = flash.read(0, size).slice();
          for (const { place: at, byte } of hits) bytes[at] = byte;
          const damaged = new NorFlash({ layout: config.layout, bytes });
          try {
            const booted = perform(damaged, boot(damaged, config), { after: MOST_OPERATIONS });
            expect(booted.isWhole).toBe(true);
          } catch (failure) {
            // A cell that is neither erased nor written cannot be written: the error names its address.
            if (!(failure instanceof FlashError)) throw failure;
            expect(failure.code).toBe('FLASH_BIT_NOT_ERASED');
          }
        }),
        { numRuns: 200, seed: 4 },
      );
    },
  );
});

describe("a bootloader's settings", () => {
  it('come back as they were written', () => {
    const config = bootConfig({ swapMode: 'move', downgrade: 'version', writeSize: 32 });
    const read = decodeBootConfig(encodeBootConfig(config), 'given');
    const withoutKeys = ({ keys: _, ...rest }: typeof config) => rest;
    expect(withoutKeys(read)).toEqual(withoutKeys(config));
    expect(read.keys.map((key) => key.publicBytes)).toEqual(config.keys.map((key) => key.publicBytes));
  });

  it('are a typed error when any byte of them is another', () => {
    const bytes = encodeBootConfig(bootConfig());
    const length = 12 + Buffer.from(bytes).readUInt32LE(4);
    for (let at = 0; at < length; at += 1) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      expect(() => decodeBootConfig(damaged, 'given')).toThrow(FlashFileError);
    }
    expect(() => decodeBootConfig(bytes.subarray(0, 20), 'given')).toThrow(FlashFileError);
  });
});
