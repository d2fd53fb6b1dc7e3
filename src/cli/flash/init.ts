/** `flash init`: an erased flash with a bootloader. */
import { type Command, Option } from 'commander';
import type { DowngradeRule } from '../../firmware/boot/boot-config.ts';
import { flashLayout, n2FlashLayout } from '../../firmware/flash/layout.ts';
import { ALIGNMENTS, SWAP_MODES, type SwapMode } from '../../wire/mcuboot/slot-limits.ts';
import { printResult } from '../console.ts';
import { collect, wholeNumber } from '../image/arguments.ts';
import {
  loadPublicKeys,
  type OutputOptions,
  printDocument,
  printWarnings,
  withOutputOptions,
} from '../image/options.ts';

interface InitOptions extends OutputOptions {
  readonly size?: number;
  readonly sectorSize?: number;
  readonly slotSize?: number;
  readonly scratchSize?: number;
  readonly writeSize?: string;
  readonly base?: number;
  readonly swapMode: SwapMode;
  readonly maxSectors?: number;
  readonly downgrade: DowngradeRule;
  readonly key?: string[];
  readonly force?: boolean;
}

const hex = (value: number): string => `0x${value.toString(16)}`;

export function addInit(flash: Command): void {
  const { size, sectorSize, writeSize, baseAddress, regions } = n2FlashLayout;
  const init = flash
    .command('init')
    .description('make an erased flash with a bootloader')
    .argument('<flash>', 'the new flash file')
    .option('--key <pem>', 'a key that the bootloader knows, public or private (repeatable)', collect(String))
    .addOption(
      new Option('--swap-mode <mode>', 'how the bootloader updates').choices(SWAP_MODES).default('scratch'),
    )
    .addOption(
      new Option('--downgrade <rule>', 'what of an update may not be below that of the running image')
        .choices(['none', 'version', 'counter'])
        .default('counter'),
    )
    .option('--size <bytes>', `whole flash (${hex(size)})`, wholeNumber)
    .option('--sector-size <bytes>', `what is erased at once (${hex(sectorSize)})`, wholeNumber)
    .option('--slot-size <bytes>', `size of a slot (${hex(regions.slot0.size)})`, wholeNumber)
    .option('--scratch-size <bytes>', 'scratch area (one sector)', wholeNumber)
    .addOption(
      new Option('--write-size <bytes>', `what is written at once (${writeSize})`).choices(
        ALIGNMENTS.map(String),
      ),
    )
    .option('--max-sectors <n>', 'sectors of a slot that the bootloader was built for (128)', wholeNumber)
    .option('--base <address>', `where the processor sees the flash (${hex(baseAddress)})`, wholeNumber)
    .option('--force', 'make a new flash of a file that is there');
  withOutputOptions(init).action(run);
}

async function run(path: string, options: InitOptions): Promise<void> {
  const { createFlashFile } = await import('../../firmware/flash/flash-file.ts');
  const { slotOf } = await import('../../firmware/boot/boot-config.ts');
  const { maxImageSize } = await import('../../wire/mcuboot/slot-limits.ts');
  const layout = flashLayout({
    ...(options.size === undefined ? {} : { size: options.size }),
    ...(options.sectorSize === undefined ? {} : { sectorSize: options.sectorSize }),
    ...(options.slotSize === undefined ? {} : { slotSize: options.slotSize }),
    ...(options.scratchSize === undefined ? {} : { scratchSize: options.scratchSize }),
    ...(options.writeSize === undefined ? {} : { writeSize: Number(options.writeSize) }),
    ...(options.base === undefined ? {} : { baseAddress: options.base }),
  });
  const sectorsOfSlot = Math.ceil(layout.regions.slot0.size / layout.sectorSize);
  const config = {
    layout,
    swapMode: options.swapMode,
    maxSectors: options.maxSectors ?? Math.max(128, sectorsOfSlot),
    downgrade: options.downgrade,
    keys: await loadPublicKeys(options.key ?? []),
  };
  createFlashFile(path, config, options.force);
  const largest = maxImageSize(slotOf(config));
  if (config.keys.length === 0) {
    printWarnings(['The bootloader knows no key (--key) and checks no signature.'], options);
  }
  if (options.json) {
    const { swapMode, maxSectors, downgrade } = config;
    const keys = config.keys.map(({ kind }) => kind);
    printDocument('kadec21/flash-init/1', {
      file: path,
      layout,
      swapMode,
      maxSectors,
      downgrade,
      keys,
      largestImage: largest,
    });
  } else {
    printResult(
      `${path}: ${layout.size} bytes, erased; images up to ${largest} bytes, swap mode ${config.swapMode}`,
    );
  }
}
