/** `kadec21 image ...`: makes flash images and looks into them. Each command loads its modules when it runs. */
import { Command } from 'commander';
import { firstWord } from './first-word.ts';

interface Loadable {
  readonly description: string;
  load(): Promise<(command: Command) => void>;
}

const commands: Readonly<Record<string, Loadable>> = {
  keygen: {
    description: 'make a key: to sign images with, or (device) to seal the secrets of one device with',
    load: async () => (await import('./image/keygen.ts')).defineKeygen,
  },
  build: {
    description: 'make an image: header, application, settings, digest and signature',
    load: async () => (await import('./image/build.ts')).defineBuild,
  },
  sign: {
    description: 'sign an image that has no signature yet; what is signed stays as it is',
    load: async () => (await import('./image/sign.ts')).defineSign,
  },
  inspect: {
    description: 'show header, entries, release, settings (secrets masked) and trailer',
    load: async () => (await import('./image/inspect.ts')).defineInspect,
  },
  verify: {
    description:
      'check an image as strictly as a bootloader: status 1 and every reason when it would not boot',
    load: async () => (await import('./image/verify.ts')).defineVerify,
  },
  diff: {
    description: 'compare two images field by field, settings by path; status 1 when they differ',
    load: async () => (await import('./image/diff.ts')).defineDiff,
  },
  convert: {
    description: 'write the same bytes in another format or at another address',
    load: async () => (await import('./image/convert.ts')).defineConvert,
  },
};

/** @param args what follows `image` on the command line */
export async function imageCommand(args: readonly string[]): Promise<Command> {
  const image = new Command('image')
    .showHelpAfterError('(kadec21 image COMMAND --help tells what a command takes)')
    // Inherited by the commands below, so that main() turns a usage error into status 2.
    .exitOverride();
  const { word } = firstWord(args);
  for (const [name, { description, load }] of Object.entries(commands)) {
    const command = image.command(name).description(description);
    if (name === word) (await load())(command);
  }
  return image;
}
