/** The command `kadec21`: finds the sub-command, runs it, and turns what it did into an exit status. */
import process from 'node:process';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type ExitStatus, printNote, reportFailure, setExitStatus } from './console.ts';
import { firstWord } from './first-word.ts';
import { version } from './version.ts';

interface Loadable {
  readonly description: string;
  load(args: readonly string[]): Promise<Command>;
}

/** A command's modules are loaded when it runs: the others would only make it start late. */
const commands: Readonly<Record<string, Loadable>> = {
  demo: {
    description:
      'the story of the notices: each device generation at each date, what arrives and what stops it',
    load: async () => (await import('./demo.ts')).demoCommand(),
  },
  send: {
    description: 'one device sends what it has recorded: module, call, PPP, TCP, SMTP, mailbox',
    load: async () => (await import('./send.ts')).sendCommand(),
  },
  serve: {
    description: 'the network side on a real line: any device dials in, and its mail is shown',
    load: async () => (await import('./serve.ts')).serveCommand(),
  },
  bench: {
    description: 'check a real module on a serial port before it goes into the field',
    load: async () => (await import('./bench.ts')).benchCommand(),
  },
  replay: {
    description: 'a recording of a line, played as the module or as the device, up to the first difference',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  image: {
    description: 'flash images in the MCUboot format: build, sign, inspect, verify, compare, convert',
    load: async (args) => (await import('./image.ts')).imageCommand(args),
  },
  flash: {
    description: "a device's flash in a file: make, write, read, boot, confirm, look into",
    load: async () => (await import('./flash.ts')).flashCommand(),
  },
  test: {
    description: 'scenario files as a test suite: devices against the simulated au.NET, in virtual time',
    load: async () => (await import('./test.ts')).testCommand(),
  },
  config: {
    description: 'the settings file of a device: an example, a check, its JSON Schema',
    load: async () => (await import('./config.ts')).configCommand(),
  },
};

async function programFor(args: readonly string[]): Promise<Command> {
  const program = new Command('kadec21')
    .description(
      "Both ends of a field logger's serial line: the KADEC21 N2's comms firmware, and the module, au.NET and mail servers behind it.",
    )
    .version(version)
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .showHelpAfterError('(kadec21 COMMAND --help tells what a command takes)')
    // --version of `image build` is the image's.
    .enablePositionalOptions()
    .exitOverride();
  const { word, rest } = firstWord(args);
  for (const [name, { description, load }] of Object.entries(commands)) {
    const command = name === word ? await load(rest) : new Command(name);
    program.addCommand(command.description(description).copyInheritedSettings(program));
  }
  return program;
}

process.once('SIGINT', () => process.exit(130 satisfies ExitStatus));
// A reader that has seen enough (head, less) is no failure.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => process.exit(cause.code === 'EPIPE' ? 0 : 1));

try {
  const program = await programFor(process.argv.slice(2));
  await program.parseAsync();
} catch (failure) {
  if (failure instanceof InvalidArgumentError) {
    // Thrown by a command's own action: commander has told only those of single options.
    printNote(`error: ${failure.message}`);
    setExitStatus(2);
  } else if (failure instanceof CommanderError) {
    setExitStatus(failure.exitCode === 0 ? 0 : 2);
  } else {
    setExitStatus(reportFailure(failure));
  }
}
