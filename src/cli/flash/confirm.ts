/** `flash confirm`: keeps the image that runs, as its firmware would. */
import type { Command } from 'commander';
import { printResult } from '../console.ts';
import { type OutputOptions, printDocument, withOutputOptions } from '../image/options.ts';

export function addConfirm(flash: Command): void {
  withOutputOptions(flash.command('confirm'))
    .description('keep the image that runs on trial; otherwise the next boot brings the one before back')
    .argument('<flash>', 'the flash file')
    .action(async (path: string, options: OutputOptions) => {
      const { withFlashFile } = await import('../../firmware/flash/flash-file.ts');
      const { performAll } = await import('../../firmware/flash/perform.ts');
      const { confirmImage } = await import('../../firmware/boot/update-request.ts');
      const isChanged = withFlashFile(path, 'write', ({ flash, config }) =>
        performAll(flash, confirmImage(flash, config)),
      );
      if (options.json) printDocument('kadec21/flash-confirm/1', { file: path, changed: isChanged });
      else
        printResult(
          `${path}: ${isChanged ? 'the image in slot 0 is confirmed' : 'there was nothing to confirm'}`,
        );
    });
}
