/** `image keygen`: a key to sign with, or a device key to seal secrets with. */
import { type Command, Option } from 'commander';
import { printResult } from '../console.ts';
import { type OutputOptions, printDocument, withOutputOptions } from './options.ts';

interface KeygenOptions extends OutputOptions {
  readonly type: 'ed25519' | 'ecdsa-p256' | 'rsa-2048' | 'rsa-3072' | 'device';
  readonly output: string;
  readonly public?: string;
}

/** A private key is nobody else's to read. */
const PRIVATE_MODE = 0o600;

export function defineKeygen(command: Command): void {
  const types = ['ed25519', 'ecdsa-p256', 'rsa-2048', 'rsa-3072', 'device'];
  withOutputOptions(command)
    .addOption(new Option('-t, --type <type>', 'kind of key').choices(types).default('ed25519'))
    .requiredOption('-o, --output <file>', 'private key; a file that is already there is kept')
    .option('--public <file>', 'the public part, for verify and for a bootloader')
    .action(async (options: KeygenOptions) => {
      const { writeWholeFile } = await import('../../firmware/image/output-file.ts');
      const write = (path: string, text: string, mode?: number): void =>
        writeWholeFile(path, [Buffer.from(text)], {
          keepExisting: true,
          isPrecious: true,
          ...(mode === undefined ? {} : { mode }),
        });

      if (options.type === 'device') {
        const { generateDeviceKeyText, readDeviceKey } = await import('../../firmware/image/device-key.ts');
        const { usageError } = await import('../../firmware/image/image-error.ts');
        if (options.public !== undefined) throw usageError('A device key has no public part.');
        const text = generateDeviceKeyText();
        write(options.output, text, PRIVATE_MODE);
        const id = Buffer.from(readDeviceKey(text, options.output).id).toString('hex');
        report(options, 'device', id);
        return;
      }
      const { generateKeyPem, keyHash, readPublicKey } = await import('../../firmware/image/keys.ts');
      const { privatePem, publicPem } = generateKeyPem(options.type);
      write(options.output, privatePem, PRIVATE_MODE);
      if (options.public !== undefined) write(options.public, publicPem);
      report(
        options,
        options.type,
        Buffer.from(keyHash(readPublicKey(publicPem, options.output))).toString('hex'),
      );
    });
}

function report(options: KeygenOptions, type: string, id: string): void {
  if (options.json) printDocument('kadec21/image-keygen/1', { file: options.output, type, id });
  else printResult(`${options.output}: ${type} key ${id}`);
}
