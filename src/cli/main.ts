/** The command `kadec21`: finds the sub-command, runs it, and turns what it did into an exit status. */
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { configCommand } from './config.ts';
import { type ExitStatus, reportFailure } from './console.ts';
import { demoCommand } from './demo.ts';
import { imageCommand } from './image.ts';
import { sendCommand } from './send.ts';
import { version } from './version.ts';

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

for (const command of [demoCommand(), sendCommand(), configCommand(), imageCommand()]) {
  program.addCommand(command.copyInheritedSettings(program));
}

process.once('SIGINT', () => process.exit(130 satisfies ExitStatus));
// A reader that has seen enough (head, less) is no failure.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => process.exit(cause.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (failure) {
  if (failure instanceof CommanderError) {
    process.exitCode = failure.exitCode === 0 ? 0 : 2;
  } else {
    process.exitCode = reportFailure(failure);
  }
}
