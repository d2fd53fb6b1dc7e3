/** Options that describe a slot and its bootloader, for the commands that ask for it. */
import { type Command, Option } from 'commander';
import { n2FlashLayout } from '../../firmware/flash/layout.ts';
import {
  ALIGNMENTS,
  type SlotGeometry,
  SWAP_MODES,
  type SwapMode,
  slotGeometry,
} from '../../wire/mcuboot/slot-limits.ts';
import { wholeNumber } from './arguments.ts';

export interface SlotOptions {
  readonly slotSize?: number;
  readonly sectorSize?: number;
  readonly swapMode?: SwapMode;
  readonly align?: string;
  readonly maxAlign?: string;
  readonly maxSectors?: number;
}

const layout = n2FlashLayout;

export function withSlotOptions(command: Command): Command {
  const { slot0 } = layout.regions;
  return command
    .option('--slot-size <bytes>', `size of a slot (N2: 0x${slot0.size.toString(16)})`, wholeNumber)
    .option(
      '--sector-size <bytes>',
      `what is erased at once (N2: 0x${layout.sectorSize.toString(16)})`,
      wholeNumber,
    )
    .addOption(new Option('--swap-mode <mode>', 'how the bootloader updates (scratch)').choices(SWAP_MODES))
    .addOption(
      new Option('--align <bytes>', `what is written at once (${layout.writeSize})`).choices(
        ALIGNMENTS.map(String),
      ),
    )
    .addOption(new Option('--max-align <bytes>', 'cell of a trailer flag').choices(['8', '16', '32']))
    .option(
      '--max-sectors <n>',
      'sectors that the bootloader was built for (128, or as many as the slot has)',
      wholeNumber,
    );
}

/** The slot asked for; what is not given is as the N2 has it. */
export function slotOf(options: SlotOptions): SlotGeometry {
  return slotGeometry({
    slotSize: options.slotSize ?? layout.regions.slot0.size,
    sectorSize: options.sectorSize ?? layout.sectorSize,
    swapMode: options.swapMode ?? 'scratch',
    align: Number(options.align ?? layout.writeSize),
    ...(options.maxAlign === undefined ? {} : { maxAlign: Number(options.maxAlign) }),
    ...(options.maxSectors === undefined ? {} : { maxSectors: options.maxSectors }),
  });
}

export function isSlotGiven(options: SlotOptions): boolean {
  const { slotSize, sectorSize, swapMode, align, maxAlign, maxSectors } = options;
  return [slotSize, sectorSize, swapMode, align, maxAlign, maxSectors].some((option) => option !== undefined);
}
