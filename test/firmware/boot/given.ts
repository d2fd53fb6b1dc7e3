/** Small flashes and images that the bootloader's tests begin with. */

import type { BootConfig } from '../../../src/firmware/boot/boot-config.ts';
import { encodeBootConfig } from '../../../src/firmware/boot/boot-config.ts';
import type { FlashLayout } from '../../../src/firmware/flash/layout.ts';
import { NorFlash } from '../../../src/firmware/flash/nor-flash.ts';
import type { FlashSteps } from '../../../src/firmware/flash/operation.ts';
import { performAll } from '../../../src/firmware/flash/perform.ts';
import { storeSettings } from '../../../src/firmware/flash/settings-partition.ts';
import type { ImageSpec } from '../../../src/firmware/image/build-image.ts';
import type { SwapMode } from '../../../src/wire/mcuboot/slot-limits.ts';
import { alignUp } from '../../../src/wire/mcuboot/trailer.ts';
import { ed25519Key, smallImage } from '../image/given.ts';
import { someSettings } from './some-settings.ts';

export interface Given {
  readonly swapMode?: SwapMode;
  readonly sectorSize?: number;
  readonly sectors?: number;
  readonly scratchSectors?: number;
  readonly writeSize?: number;
  readonly maxSectors?: number;
  readonly downgrade?: BootConfig['downgrade'];
}

export function bootConfig({
  swapMode = 'scratch',
  sectorSize = 1024,
  sectors = 16,
  scratchSectors = 1,
  writeSize = 8,
  maxSectors = 16,
  downgrade = 'none',
}: Given = {}): BootConfig {
  const sizes = {
    bootloader: alignUp(4096, sectorSize),
    slot0: sectors * sectorSize,
    slot1: sectors * sectorSize,
    scratch: scratchSectors * sectorSize,
    settings: 2 * alignUp(2048, sectorSize),
    outbox: sectorSize,
  };
  let end = 0;
  const place = (size: number) => {
    const offset = end;
    end += size;
    return { offset, size };
  };
  const regions = {
    bootloader: place(sizes.bootloader),
    slot0: place(sizes.slot0),
    slot1: place(sizes.slot1),
    scratch: place(sizes.scratch),
    settings: place(sizes.settings),
    outbox: place(sizes.outbox),
  };
  const layout: FlashLayout = {
    baseAddress: 0,
    size: end,
    sectorSize,
    writeSize,
    erasedValue: 0xff,
    regions,
  };
  return { layout, swapMode, maxSectors, downgrade, keys: [ed25519Key()] };
}

export function image(major: number, bodyBytes: number, wishes: Partial<ImageSpec> = {}): Uint8Array {
  return smallImage({
    body: Uint8Array.from({ length: bodyBytes }, (_, index) => (index * 31 + major * 7) & 0xff),
    version: { major, minor: 0, revision: 0, build: 0 },
    ...wishes,
  });
}

/** A flash with an image in slot 0, settings, and something in the outbox. */
export function flashWith(config: BootConfig, slot0: Uint8Array, slot1?: Uint8Array): NorFlash {
  const flash = new NorFlash({ layout: config.layout });
  const { regions } = config.layout;
  program(flash, 0, encodeBootConfig(config));
  program(flash, regions.slot0.offset, slot0);
  if (slot1 !== undefined) program(flash, regions.slot1.offset, slot1);
  run(flash, storeSettings(flash, someSettings()));
  program(flash, regions.outbox.offset, Buffer.from('a mail that waits'));
  return flash;
}

export function program(flash: NorFlash, offset: number, data: Uint8Array): void {
  const { writeSize } = flash.layout;
  const padded = new Uint8Array(alignUp(data.length, writeSize)).fill(0xff);
  padded.set(data);
  flash.perform({ kind: 'write', offset, data: padded });
}

export const run = <Result>(flash: NorFlash, steps: FlashSteps<Result>): Result => performAll(flash, steps);

/** What no update may touch. */
export function keptBytes(flash: NorFlash, { layout }: BootConfig): string {
  const { bootloader, settings, outbox } = layout.regions;
  return [bootloader, settings, outbox]
    .map(({ offset, size }) => Buffer.from(flash.read(offset, size)).toString('latin1'))
    .join('');
}
