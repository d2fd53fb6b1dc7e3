/** `image diff`: what differs between two images. Exit status 1 when something does. */
import process from 'node:process';
import type { Command } from 'commander';
import { printResult } from '../console.ts';
import { byteValue } from './arguments.ts';
import { type OutputOptions, printDocument, printWarnings, withOutputOptions } from './options.ts';

interface DiffOptions extends OutputOptions {
  readonly erasedValue: number;
}

export function defineDiff(command: Command): void {
  withOutputOptions(command)
    .argument('<left>', 'an image, in any format')
    .argument('<right>', 'another')
    .option('--erased-value <byte>', 'what erased flash reads', byteValue, 0xff)
    .action(async (left: string, right: string, options: DiffOptions) => {
      const [{ readImageFile }, { openImage }, { diffImages }] = await Promise.all([
        import('../../firmware/image/image-source.ts'),
        import('../../firmware/image/inspect.ts'),
        import('../../firmware/image/diff.ts'),
      ]);
      const [one, other] = [
        readImageFile(left, options.erasedValue),
        readImageFile(right, options.erasedValue),
      ];
      const differences = diffImages(openImage(one.bytes, left), openImage(other.bytes, right));
      printWarnings([...one.warnings, ...other.warnings], options);
      if (options.json) {
        printDocument('kadec21/image-diff/1', { left, right, same: differences.length === 0, differences });
      } else if (differences.length === 0) printResult('no difference');
      else {
        const lines = differences.map(({ path, left: before, right: after, isSecret }) =>
          isSecret
            ? `${path}: changed (not shown)`
            : `${path}: ${before ?? '(nothing)'} -> ${after ?? '(nothing)'}`,
        );
        printResult(lines.join('\n'));
      }
      if (differences.length > 0) process.exitCode = 1;
    });
}
