/** `image sign`: signs an image that was built without a key. */
import { type Command, Option } from 'commander';
import { printResult } from '../console.ts';
import { byteValue } from './arguments.ts';
import {
  loadSigningKey,
  type OutputOptions,
  printDocument,
  printWarnings,
  withOutputOptions,
} from './options.ts';

interface SignOptions extends OutputOptions {
  readonly key: string;
  readonly output: string;
  readonly format?: string;
  readonly replace?: boolean;
  readonly erasedValue: number;
}

export function defineSign(command: Command): void {
  withOutputOptions(command)
    .argument('<file>', 'the image')
    .requiredOption('--key <pem>', 'private key')
    .option('--replace', 'take a signature that is there away')
    .option('--erased-value <byte>', 'what erased flash reads', byteValue, 0xff)
    .addOption(new Option('--format <format>', 'of the output').choices(['bin', 'hex', 'srec', 'uf2']))
    .requiredOption('-o, --output <file>', 'the signed image')
    .action(async (file: string, options: SignOptions) => {
      const { formatByName } = await import('../../firmware/image/file-format.ts');
      const { outputFormat } = await import('../../firmware/image/convert.ts');
      const { readImageFile } = await import('../../firmware/image/image-source.ts');
      const { signExistingImage } = await import('../../firmware/image/sign.ts');
      const { encodeView, writeWholeFile } = await import('../../firmware/image/output-file.ts');
      const { keyHash } = await import('../../firmware/image/keys.ts');

      const { erasedValue, output } = options;
      const source = readImageFile(file, erasedValue);
      const key = await loadSigningKey(options.key);
      const signed = signExistingImage(source.bytes, file, {
        key,
        replace: options.replace ?? false,
        erasedValue,
      });
      const format = outputFormat(
        options.format,
        formatByName(output),
        source.format === 'elf' ? 'bin' : source.format,
      );
      const segments = [{ address: source.base ?? 0, data: signed }];
      writeWholeFile(output, encodeView({ format, segments, erasedValue }, output));

      printWarnings(source.warnings, options);
      const hash = Buffer.from(keyHash(key)).toString('hex');
      if (options.json) {
        printDocument('kadec21/image-sign/1', {
          output,
          format,
          signedBy: { kind: key.kind, keyHash: hash },
        });
      } else printResult(`${output}: signed with ${key.kind} ${hash}`);
    });
}
