/** `image verify`: whether a bootloader would boot an image, and every reason why not. Exit status 1 when not. */
import process from 'node:process';
import type { Command } from 'commander';
import type { VerifyReport } from '../../firmware/image/verify.ts';
import { printResult } from '../console.ts';
import { byteValue, collect, wholeNumber } from './arguments.ts';
import {
  loadPublicKeys,
  type OutputOptions,
  printDocument,
  printWarnings,
  withOutputOptions,
} from './options.ts';
import { isSlotGiven, type SlotOptions, slotOf, withSlotOptions } from './slot-options.ts';

interface VerifyOptions extends OutputOptions, SlotOptions {
  readonly key?: string[];
  readonly securityCounter?: number;
  readonly erasedValue: number;
}

export function defineVerify(command: Command): void {
  const verify = command
    .argument('<file>', 'the image, in any format')
    .option('--key <pem>', "a key of the bootloader's, public or private (repeatable)", collect(String))
    .option('--security-counter <n>', 'what the device has counted up to', wholeNumber)
    .option('--erased-value <byte>', 'what erased flash reads', byteValue, 0xff);
  withSlotOptions(verify);
  withOutputOptions(verify).action(run);
}

async function run(file: string, options: VerifyOptions): Promise<void> {
  const { verifyFile } = await import('../../firmware/image/verify-file.ts');
  const keys = options.key === undefined ? undefined : await loadPublicKeys(options.key);
  const { report, warnings } = verifyFile(file, {
    erasedValue: options.erasedValue,
    ...(keys === undefined ? {} : { keys }),
    ...(isSlotGiven(options) ? { slot: slotOf(options) } : {}),
    ...(options.securityCounter === undefined ? {} : { securityCounter: options.securityCounter }),
  });
  const isGood = report.reasons.length === 0;
  const checked = { signature: keys !== undefined, slot: isSlotGiven(options) };
  const unchecked = keys === undefined ? ['Whose signature it is was not checked: give --key.'] : [];
  printWarnings([...warnings, ...unchecked], options);
  if (options.json) printDocument('kadec21/image-verify/1', { file, ok: isGood, ...report, checked });
  else
    printResult(
      [`${file}: ${isGood ? 'good' : 'not bootable'}${describe(report)}`, ...reasonLines(report)].join('\n'),
    );
  if (!isGood) process.exitCode = 1;
}

function describe({ version, signedBy }: VerifyReport): string {
  const signed = signedBy === undefined ? '' : `, signed with ${signedBy.kind} ${signedBy.keyHash}`;
  return `${version === undefined ? '' : `, version ${version}`}${signed}`;
}

function reasonLines({ reasons }: VerifyReport): string[] {
  return reasons.map(({ code, message, offset }) => {
    const place = offset === undefined ? '' : ` (offset 0x${offset.toString(16)})`;
    return `  ${code}: ${message}${place}`;
  });
}
