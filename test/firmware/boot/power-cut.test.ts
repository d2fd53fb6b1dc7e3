import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import type { BootConfig } from '../../../src/firmware/boot/boot-config.ts';
import { slotOf } from '../../../src/firmware/boot/boot-config.ts';
import { boot } from '../../../src/firmware/boot/bootloader.ts';
import { confirmImage, requestUpdate } from '../../../src/firmware/boot/update-request.ts';
import type { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import type { FlashSteps } from '../../../src/firmware/flash/operation.ts';
import { type PowerCut, perform } from '../../../src/firmware/flash/perform.ts';
import { maxImageSize } from '../../../src/wire/mcuboot/slot-limits.ts';
import { bootConfig, flashWith, type Given, image, keptBytes, run } from './given.ts';

const OLD = '1.0.0+0';
const NEW = '2.0.0+0';

interface Case extends Given {
  readonly name: string;
  /** Body bytes of both images; `full`: as large as the slot takes. */
  readonly sizes: readonly [number, number] | 'full';
}

const cases: readonly Case[] = [
  { name: 'scratch', swapMode: 'scratch', sizes: [3000, 5000] },
  { name: 'scratch, the old image larger', swapMode: 'scratch', sizes: [5000, 700] },
  { name: 'scratch of three sectors', swapMode: 'scratch', sizes: [3000, 5000], scratchSectors: 3 },
  { name: 'scratch, images that reach into the sector of the trailer', swapMode: 'scratch', sizes: 'full' },
  {
    name: 'scratch, full, a trailer over several sectors',
    swapMode: 'scratch',
    sizes: 'full',
    writeSize: 16,
    maxSectors: 128,
  },
  { name: 'scratch, full, groups of two sectors', swapMode: 'scratch', sizes: 'full', scratchSectors: 2 },
  { name: 'scratch, writes of 32 bytes', swapMode: 'scratch', sizes: [3000, 5000], writeSize: 32 },
  { name: 'move', swapMode: 'move', sizes: [3000, 5000] },
  { name: 'move, one sector', swapMode: 'move', sizes: [300, 400] },
  { name: 'move, full, single bytes', swapMode: 'move', sizes: 'full', writeSize: 1 },
  { name: 'move, a trailer over several sectors', swapMode: 'move', sizes: [3000, 5000], maxSectors: 128 },
  { name: 'overwrite', swapMode: 'overwrite', sizes: [3000, 5000] },
];

function given(each: Case): { config: BootConfig; flash: NorFlash } {
  const config = bootConfig(each);
  const overhead = image(1, 0).length;
  const full = maxImageSize(slotOf(config)) - overhead;
  const [oldBytes, newBytes] = each.sizes === 'full' ? [full, full] : each.sizes;
  return { config, flash: flashWith(config, image(1, oldBytes), image(2, newBytes)) };
}

/** Boots: what runs. */
function settle(flash: NorFlash, config: BootConfig): string | undefined {
  const report = run(flash, boot(flash, config));
  expect(report.image.reasons).toEqual([]);
  return report.image.version;
}

const stages = ['request', 'swap', 'confirm', 'revert', 'for good'] as const;
type Stage = (typeof stages)[number];

/** The flash just before a stage. */
function flashBefore(name: Stage, each: Case) {
  const { config, flash } = given(each);
  if (name === 'request') return { config, flash };
  run(flash, requestUpdate(flash, config, name === 'for good' ? 'permanent' : 'test'));
  if (name === 'confirm' || name === 'revert') run(flash, boot(flash, config));
  return { config, flash };
}

const stepsOf = (name: Stage, flash: NorFlash, config: BootConfig): FlashSteps<unknown> => {
  if (name === 'request') return requestUpdate(flash, config, 'test');
  return name === 'confirm' ? confirmImage(flash, config) : boot(flash, config);
};

const allowed: Readonly<Record<Stage, readonly string[]>> = {
  request: [OLD, NEW],
  swap: [NEW],
  confirm: [OLD, NEW],
  revert: [OLD],
  'for good': [NEW],
};

const updates = ['swap', 'revert', 'for good'] as const;

let points = 0;

describe.each(cases)('power cut: $name', (each) => {
  it.each(stages)('boots a whole image after a cut at every operation of: %s', (name) => {
    const { config, flash } = flashBefore(name, each);
    const kept = keptBytes(flash, config);
    const expected = each.swapMode === 'overwrite' && name === 'revert' ? [NEW] : allowed[name];
    const cuts: PowerCut[] = [];
    const probe = flash.copy();
    const { operations } = perform(probe, stepsOf(name, probe, config));
    for (let after = 0; after < operations; after += 1) cuts.push({ after }, { after, isTorn: true });
    for (const cut of cuts) {
      const cutFlash = flash.copy();
      expect(perform(cutFlash, stepsOf(name, cutFlash, config), cut).isWhole).toBe(false);
      expect(expected, JSON.stringify(cut)).toContain(settle(cutFlash, config));
      expect(keptBytes(cutFlash, config)).toBe(kept);
      points += 1;
    }
  });

  it('boots a whole image after two and three cuts in a row at random places', () => {
    const random = seededRandom(2007);
    for (let round = 0; round < 60; round += 1) {
      const name = updates[random.integer(0, 2)] ?? 'swap';
      const { config, flash } = flashBefore(name, each);
      const kept = keptBytes(flash, config);
      const probe = flash.copy();
      const { operations } = perform(probe, boot(probe, config));
      for (let cut = 0; cut < 2 + (round % 2); cut += 1) {
        perform(flash, boot(flash, config), { after: random.integer(0, Math.max(1, operations)) });
      }
      // Cuts that came after the end were boots: they may have taken an unconfirmed image back.
      expect([OLD, NEW]).toContain(settle(flash, config));
      expect(keptBytes(flash, config)).toBe(kept);
      points += 1;
    }
  });
});

it('has cut the power at every operation', () => {
  // For the log of CI: how much was tried.
  process.stdout.write(`power was cut at ${points} points\n`);
  expect(points).toBeGreaterThan(5000);
});
