/** `image convert`: between bin, HEX, S-record and UF2, with base address. */
import { type Command, Option } from 'commander';
import type { OutputFormat } from '../../firmware/image/file-format.ts';
import { printResult } from '../console.ts';
import { byteValue, wholeNumber } from './arguments.ts';
import { type OutputOptions, printDocument, printWarnings, withOutputOptions } from './options.ts';

interface ConvertOptions extends OutputOptions {
  readonly from?: OutputFormat | 'elf';
  readonly format?: string;
  readonly base?: number;
  readonly erasedValue: number;
  readonly uf2Family?: number;
  readonly output: string;
}

export function defineConvert(command: Command): void {
  withOutputOptions(command)
    .argument('<file>', 'bin, HEX, S-record, UF2 or ELF')
    .addOption(
      new Option('--from <format>', 'of the input (as its name or content says)').choices([
        'bin',
        'hex',
        'srec',
        'uf2',
        'elf',
      ]),
    )
    .addOption(
      new Option('--format <format>', 'of the output (as its name says)').choices([
        'bin',
        'hex',
        'srec',
        'uf2',
      ]),
    )
    .option('--base <address>', 'address of the first byte (as the input says; 0 for bin)', wholeNumber)
    .option('--erased-value <byte>', 'fills gaps in a bin file', byteValue, 0xff)
    .option('--uf2-family <id>', 'family of devices in a UF2 file', wholeNumber)
    .requiredOption('-o, --output <file>', 'where to')
    .action(async (file: string, options: ConvertOptions) => {
      const { convertFile, outputFormat } = await import('../../firmware/image/convert.ts');
      const { formatByName } = await import('../../firmware/image/file-format.ts');
      const report = convertFile({
        input: file,
        output: options.output,
        format: outputFormat(options.format, formatByName(options.output), 'bin'),
        erasedValue: options.erasedValue,
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.base === undefined ? {} : { base: options.base }),
        ...(options.uf2Family === undefined ? {} : { familyId: options.uf2Family }),
      });
      printWarnings(report.warnings, options);
      if (options.json) printDocument('kadec21/image-convert/1', report);
      else {
        const pieces = report.segments.map(
          ({ address, length }) => `  0x${address.toString(16).padStart(8, '0')}  ${length} bytes`,
        );
        printResult([`${report.output}: ${report.format}`, ...pieces].join('\n'));
      }
    });
}
