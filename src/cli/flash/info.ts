/** `flash info`: layout, images, trailers, settings, mails that wait, erase counts; changes nothing. */
import type { Command } from 'commander';
import { printResult } from '../console.ts';
import { type OutputOptions, printDocument, withOutputOptions } from '../image/options.ts';
import { tableOf } from '../table.ts';

export function addInfo(flash: Command): void {
  withOutputOptions(flash.command('info'))
    .description(
      'show layout, images, trailers, settings, mails that wait and erase counts; nothing is changed',
    )
    .argument('<flash>', 'the flash file')
    .action(async (path: string, options: OutputOptions) => {
      const { withFlashFile } = await import('../../firmware/flash/flash-file.ts');
      const { flashRows, inspectFlash, outboxRows } = await import('../../firmware/flash/inspect-flash.ts');
      const inspected = withFlashFile(path, 'read', ({ flash, config }) => inspectFlash(flash, config));
      if (options.json) return printDocument('kadec21/flash-info/1', { file: path, ...inspected });
      const { swapMode, downgrade, keys, nextSwap, securityCounter } = inspected;
      const waiting = outboxRows(inspected);
      const known = keys.length === 0 ? 'none, signatures are not checked' : keys.join(', ');
      printResult(
        [
          `${path}: swap mode ${swapMode}, downgrade rule ${downgrade}, keys: ${known}`,
          ...tableOf(flashRows(inspected)),
          ...(waiting.length === 0 ? [] : ['mails that wait:', ...tableOf(waiting)]),
          `next boot: ${nextSwap === 'none' ? 'no swap' : nextSwap}; security counter ${securityCounter}`,
        ].join('\n'),
      );
    });
}
