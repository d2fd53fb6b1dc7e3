/** `flash boot`: what the bootloader decides, does and starts. Exit status 1 when nothing boots. */
import process from 'node:process';
import type { Command } from 'commander';
import { printResult } from '../console.ts';
import { type OutputOptions, printDocument, printWarnings, withOutputOptions } from '../image/options.ts';

export function addBoot(flash: Command): void {
  withOutputOptions(flash.command('boot'))
    .description('run the bootloader: finish or do an update, check the image, say what starts')
    .argument('<flash>', 'the flash file')
    .action(run);
}

async function run(path: string, options: OutputOptions): Promise<void> {
  const { withFlashFile } = await import('../../firmware/flash/flash-file.ts');
  const { performAll } = await import('../../firmware/flash/perform.ts');
  const { boot } = await import('../../firmware/boot/bootloader.ts');
  const { bootLines } = await import('../../firmware/boot/boot-report.ts');
  const { report, checksSignatures } = withFlashFile(path, 'write', ({ flash, config }) => ({
    report: performAll(flash, boot(flash, config)),
    checksSignatures: config.keys.length > 0,
  }));
  if (!checksSignatures) printWarnings(['The bootloader knows no key and checks no signature.'], options);
  if (options.json) printDocument('kadec21/flash-boot/1', { file: path, ok: report.isBootable, ...report });
  else printResult(bootLines(report).join('\n'));
  if (!report.isBootable) process.exitCode = 1;
}
