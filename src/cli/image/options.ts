/** Options that several image commands share, and what they stand for. */
import process from 'node:process';
import { type Command, Option } from 'commander';
import type { DeviceKey } from '../../firmware/image/device-key.ts';
import type { PublicImageKey, SigningKey } from '../../firmware/image/keys.ts';
import { printJson, printNote } from '../console.ts';

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function withOutputOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'no warnings')
    .addOption(new Option('--no-color').hideHelp());
}

/** The one JSON document of a command. */
export function printDocument(schema: string, fields: object): void {
  printJson({ schema, ...fields });
}

export function printWarnings(warnings: readonly string[], { quiet }: OutputOptions): void {
  if (quiet) return;
  for (const warning of warnings) printNote(`warning: ${warning}`);
}

/** An encrypted key file opens with the passphrase in this variable: on a command line everybody could read it. */
const passphrase = (): string | undefined => process.env.KADEC21_KEY_PASSPHRASE;

export async function loadSigningKey(path: string): Promise<SigningKey> {
  const [{ readSigningKey }, { readTextFile }] = await Promise.all([
    import('../../firmware/image/keys.ts'),
    import('../../firmware/image/input-file.ts'),
  ]);
  return readSigningKey(readTextFile(path), path, passphrase());
}

export async function loadPublicKeys(paths: readonly string[]): Promise<PublicImageKey[]> {
  const [{ readPublicKey }, { readTextFile }] = await Promise.all([
    import('../../firmware/image/keys.ts'),
    import('../../firmware/image/input-file.ts'),
  ]);
  return paths.map((path) => readPublicKey(readTextFile(path), path, passphrase()));
}

/** Without a file the key of the emulated device. */
export async function loadDeviceKey(path: string | undefined): Promise<DeviceKey> {
  const [{ emulatedDeviceKey, readDeviceKey }, { readTextFile }] = await Promise.all([
    import('../../firmware/image/device-key.ts'),
    import('../../firmware/image/input-file.ts'),
  ]);
  return path === undefined ? emulatedDeviceKey() : readDeviceKey(readTextFile(path), path);
}
