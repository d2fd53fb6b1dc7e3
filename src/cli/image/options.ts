/** Options that several image commands share, and what they stand for. */
import process from 'node:process';
import { type Command, Option } from 'commander';
import { n2FlashLayout } from '../../firmware/flash/layout.ts';
import type { DeviceKey } from '../../firmware/image/device-key.ts';
import type { PublicImageKey, SigningKey } from '../../firmware/image/keys.ts';
import {
  ALIGNMENTS,
  type SlotGeometry,
  SWAP_MODES,
  type SwapMode,
  slotGeometry,
} from '../../wire/mcuboot/slot-limits.ts';
import { printJson, printNote } from '../console.ts';
import { wholeNumber } from './arguments.ts';

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function withOutputOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'no warnings')
    .addOption(new Option('--no-color').hideHelp());
}

/** The one JSON document of a command. */
export function printDocument(schema: string, fields: object): void {
  printJson({ schema, ...fields });
}

export function printWarnings(warnings: readonly string[], { quiet }: OutputOptions): void {
  if (quiet) return;
  for (const warning of warnings) printNote(`warning: ${warning}`);
}

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

/** An encrypted key file opens with the passphrase in this variable: on a command line everybody could read it. */
const passphrase = (): string | undefined => process.env.KADEC21_KEY_PASSPHRASE;

export async function loadSigningKey(path: string): Promise<SigningKey> {
  const [{ readSigningKey }, { readTextFile }] = await Promise.all([
    import('../../firmware/image/keys.ts'),
    import('../../firmware/image/input-file.ts'),
  ]);
  return readSigningKey(readTextFile(path), path, passphrase());
}

export async function loadPublicKeys(paths: readonly string[]): Promise<PublicImageKey[]> {
  const [{ readPublicKey }, { readTextFile }] = await Promise.all([
    import('../../firmware/image/keys.ts'),
    import('../../firmware/image/input-file.ts'),
  ]);
  return paths.map((path) => readPublicKey(readTextFile(path), path, passphrase()));
}

/** Without a file the key of the emulated device. */
export async function loadDeviceKey(path: string | undefined): Promise<DeviceKey> {
  const [{ emulatedDeviceKey, readDeviceKey }, { readTextFile }] = await Promise.all([
    import('../../firmware/image/device-key.ts'),
    import('../../firmware/image/input-file.ts'),
  ]);
  return path === undefined ? emulatedDeviceKey() : readDeviceKey(readTextFile(path), path);
}
