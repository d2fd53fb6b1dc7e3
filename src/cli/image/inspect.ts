/** `image inspect`: what an image says about itself. */
import type { Command } from 'commander';
import { printResult } from '../console.ts';
import { byteValue } from './arguments.ts';
import { type OutputOptions, printDocument, printWarnings, withOutputOptions } from './options.ts';

interface InspectOptions extends OutputOptions {
  readonly erasedValue: number;
}

export function defineInspect(command: Command): void {
  withOutputOptions(command)
    .argument('<file>', 'the image, in any format')
    .option('--erased-value <byte>', 'what erased flash reads', byteValue, 0xff)
    .action(async (file: string, options: InspectOptions) => {
      const [{ readImageFile }, { openImage }] = await Promise.all([
        import('../../firmware/image/image-source.ts'),
        import('../../firmware/image/inspect.ts'),
      ]);
      const source = readImageFile(file, options.erasedValue);
      const { inspected } = openImage(source.bytes, file);
      printWarnings(source.warnings, options);
      if (options.json) {
        const base = source.base === undefined ? {} : { base: source.base };
        printDocument('kadec21/image-inspect/1', { file, format: source.format, ...base, ...inspected });
        return;
      }
      const { inspectionLines } = await import('../../firmware/image/inspect-text.ts');
      const place = source.base === undefined ? '' : ` at 0x${source.base.toString(16).padStart(8, '0')}`;
      printResult([`${file}: ${source.format}${place}`, ...inspectionLines(inspected)].join('\n'));
    });
}
