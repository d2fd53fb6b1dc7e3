/** `flash read`: a region, or the whole flash, as a programmer would read it out. */
import { type Command, Option } from 'commander';
import { REGION_NAMES, type RegionName } from '../../firmware/flash/layout.ts';
import { printResult } from '../console.ts';
import { type OutputOptions, printDocument, withOutputOptions } from '../image/options.ts';

interface ReadOptions extends OutputOptions {
  readonly from: RegionName | 'flash';
  readonly format?: string;
  readonly output: string;
}

export function addRead(flash: Command): void {
  const read = flash
    .command('read')
    .description('read a region out, as a programmer does; secrets in it stay sealed')
    .argument('<flash>', 'the flash file')
    .addOption(
      new Option('--from <place>', 'what to read').choices([...REGION_NAMES, 'flash']).default('slot0'),
    )
    .addOption(new Option('--format <format>', 'of the output').choices(['bin', 'hex', 'srec', 'uf2']))
    .requiredOption('-o, --output <file>', 'where to');
  withOutputOptions(read).action(run);
}

async function run(path: string, options: ReadOptions): Promise<void> {
  const { withFlashFile } = await import('../../firmware/flash/flash-file.ts');
  const { outputFormat } = await import('../../firmware/image/convert.ts');
  const { formatByName } = await import('../../firmware/image/file-format.ts');
  const { encodeView, writeWholeFile } = await import('../../firmware/image/output-file.ts');
  const { from, output } = options;
  const format = outputFormat(options.format, formatByName(output), 'bin');
  const bytes = withFlashFile(path, 'read', ({ flash, config }) => {
    const { baseAddress, size, regions, erasedValue } = config.layout;
    const region = from === 'flash' ? { offset: 0, size } : regions[from];
    const data = flash.read(region.offset, region.size);
    const segments = [{ address: baseAddress + region.offset, data }];
    writeWholeFile(output, encodeView({ format, segments, erasedValue }, output));
    return data.length;
  });
  if (options.json) printDocument('kadec21/flash-read/1', { file: path, from, output, format, bytes });
  else printResult(`${output}: ${bytes} bytes of ${from}, ${format}`);
}
