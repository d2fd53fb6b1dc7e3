/** The bootloader on a flash whose slots, trailers and scratch hold anything. */
import assert from 'node:assert/strict';
import type { BootConfig } from '../../../src/firmware/boot/boot-config.ts';
import { boot } from '../../../src/firmware/boot/bootloader.ts';
import { inspectFlash } from '../../../src/firmware/flash/inspect-flash.ts';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import { perform } from '../../../src/firmware/flash/perform.ts';
import { bootConfig, flashWith, image, program } from '../../firmware/boot/given.ts';
import { mutant } from '../mutate.ts';
import { type FuzzTarget, onceIn, pick } from '../target.ts';

/** A swap with scratch of 16 sectors copies each three times in pieces of a sector; far below this. */
const MOST_OPERATIONS = 20_000;

const configs: readonly BootConfig[] = (['scratch', 'move', 'overwrite'] as const).map((swapMode) =>
  bootConfig({ swapMode }),
);

/** Both slots as they are when an update waits, for the mutations. */
function slots(config: BootConfig): Uint8Array[] {
  const flash = flashWith(config, image(1, 3000), image(2, 4000));
  const { slot0, slot1, scratch } = config.layout.regions;
  return [slot0, slot1, scratch].map(({ offset, size }) => Uint8Array.from(flash.read(offset, size)));
}

const bootOnce = (flash: NorFlash, config: BootConfig, after = MOST_OPERATIONS) =>
  perform(flash, boot(flash, config), { after, isTorn: true });

export const bootloader: FuzzTarget = {
  name: 'bootloader',
  corpus: slots(bootConfig()),
  dictionary: [
    '\x77\xc2\x95\xf3\x60\xd2\xef\x7f\x35\x52\x50\x0f\x2c\xb6\x79\x80',
    '\x01',
    '\x3d\xb8\xf3\x96',
  ],
  cpuMs: 1000,
  attempt({ octets, random }) {
    const config = pick(random, configs);
    const { layout } = config;
    const flash = new NorFlash({ layout });
    const { slot0, slot1, scratch } = layout.regions;
    const contents = [image(1, 3000), octets, onceIn(random, 2) ? mutant(random, [octets]) : image(2, 4000)];
    for (const { offset, size } of [slot0, slot1, scratch]) {
      program(flash, offset, pick(random, contents).subarray(0, size));
      // Trailers lie at the end of their area.
      const end = mutant(random, [octets.subarray(-Math.min(octets.length, 256))]).subarray(0, 256);
      if (onceIn(random, 2)) {
        flash.perform({ kind: 'erase', offset: offset + size - layout.sectorSize });
        const padded = (end.length + 7) & ~7;
        program(flash, offset + size - padded, end);
      }
    }
    inspectFlash(flash, config);
    bootOnce(flash, config, random.integer(0, 60));
    const first = bootOnce(flash, config);
    assert.ok(first.isWhole, 'the bootloader does not come to its end');
    inspectFlash(flash, config);
    const second = bootOnce(flash, config);
    assert.ok(second.isWhole, 'the bootloader does not come to its end');
  },
};
