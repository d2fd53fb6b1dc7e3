/** `flash write`: an image into a slot, settings into their partition, or a whole flash as a programmer has it. */
import { type Command, Option } from 'commander';
import { printResult } from '../console.ts';
import {
  loadDeviceKey,
  type OutputOptions,
  printDocument,
  printWarnings,
  withOutputOptions,
} from '../image/options.ts';

type Place = 'slot0' | 'slot1' | 'settings' | 'flash';

interface WriteOptions extends OutputOptions {
  readonly to: Place;
  readonly test?: boolean;
  readonly permanent?: boolean;
  readonly deviceKey?: string;
}

export function addWrite(flash: Command): void {
  const write = flash
    .command('write')
    .description('write an image, settings, or a file for the whole flash')
    .argument('<flash>', 'the flash file')
    .argument('<file>', 'image in any format; settings (YAML or JSON) with --to settings')
    .addOption(
      new Option('--to <place>', 'slot1 brings an update, slot0 is what a factory writes')
        .choices(['slot0', 'slot1', 'settings', 'flash'])
        .default('slot1'),
    )
    .option('--test', 'ask the bootloader to try the image in slot 1')
    .addOption(
      new Option('--permanent', 'ask the bootloader to take the image in slot 1 for good').conflicts('test'),
    )
    .option(
      '--device-key <file>',
      'seals the secrets of the settings (the emulated device has one of its own)',
    );
  withOutputOptions(write).action(run);
}

async function run(path: string, input: string, options: WriteOptions): Promise<void> {
  const { withFlashFile } = await import('../../firmware/flash/flash-file.ts');
  const { performAll } = await import('../../firmware/flash/perform.ts');
  const { usageError } = await import('../../firmware/image/image-error.ts');
  const { to } = options;
  const request = options.test ? 'test' : options.permanent ? 'permanent' : undefined;
  if (request !== undefined && to !== 'slot1') {
    throw usageError(
      '--test and --permanent are for an image in slot 1.',
      'The image in slot 0 runs as it is.',
    );
  }
  if (to === 'settings') return writeSettings(path, input, options);

  const { readAddressedFile } = await import('../../firmware/image/input-file.ts');
  const { readImageFile } = await import('../../firmware/image/image-source.ts');
  const { writePieces, writeSlot } = await import('../../firmware/flash/write-region.ts');
  const { bootContext } = await import('../../firmware/boot/boot-context.ts');
  const { checkImage } = await import('../../firmware/boot/check-image.ts');
  const { requestUpdate } = await import('../../firmware/boot/update-request.ts');
  if (to === 'flash') {
    const { segments, hasAddresses, warnings } = readAddressedFile(input);
    if (!hasAddresses) {
      throw usageError(`${input} does not say where its bytes belong.`, 'Give a HEX, S-record or UF2 file.');
    }
    withFlashFile(path, 'write', ({ flash, config }) =>
      performAll(flash, writePieces(flash, config, segments)),
    );
    printWarnings(warnings, options);
    report(
      path,
      input,
      options,
      segments.reduce((sum, { data }) => sum + data.length, 0),
    );
    return;
  }
  const { bytes, warnings } = readImageFile(input);
  const refusals = withFlashFile(path, 'write', ({ flash, config }) => {
    performAll(flash, writeSlot(flash, config, to, bytes));
    if (request !== undefined) performAll(flash, requestUpdate(flash, config, request));
    const context = bootContext(flash, config);
    return checkImage(context, context[to]).reasons.map(
      ({ code, message }) => `The bootloader will refuse it: ${code}: ${message}.`,
    );
  });
  printWarnings([...warnings, ...refusals], options);
  report(path, input, options, bytes.length);
}

async function writeSettings(path: string, input: string, options: WriteOptions): Promise<void> {
  const { withFlashFile } = await import('../../firmware/flash/flash-file.ts');
  const { performAll } = await import('../../firmware/flash/perform.ts');
  const { storeSettings } = await import('../../firmware/flash/settings-partition.ts');
  const { loadSettings } = await import('../../config/settings.ts');
  const { settingsRecord } = await import('../../firmware/image/stored-settings.ts');
  const { encodeSettingsRecord } = await import('../../firmware/image/settings-record.ts');
  const record = settingsRecord(await loadSettings(input), await loadDeviceKey(options.deviceKey));
  const stored = withFlashFile(path, 'write', ({ flash }) => performAll(flash, storeSettings(flash, record)));
  report(path, input, options, encodeSettingsRecord(stored).length);
}

function report(path: string, input: string, { json, to }: WriteOptions, bytes: number): void {
  if (json) printDocument('kadec21/flash-write/1', { file: path, input, to, bytes });
  else printResult(`${path}: ${bytes} bytes of ${input} written to ${to}`);
}
