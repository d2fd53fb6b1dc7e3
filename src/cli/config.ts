/** `kadec21 config ...`: the settings file of a device. */
import { writeFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import { calendarJsonSchema } from '../config/calendar.ts';
import { scenarioJsonSchema } from '../config/scenario-json-schema.ts';
import { loadSettings } from '../config/settings.ts';
import { settingsJsonSchema } from '../config/settings-schema.ts';
import { settingsTemplate } from '../config/settings-template.ts';
import { checkRelease, releaseOf } from '../firmware/releases.ts';
import { moduleProfileJsonSchema } from '../modem/module-profile-file.ts';
import { printJson, printNote, printResult } from './console.ts';
import { OutputFileError } from './output-file.ts';

/** By the kind of file. */
const SCHEMAS = {
  settings: settingsJsonSchema,
  calendar: calendarJsonSchema,
  module: moduleProfileJsonSchema,
  scenario: scenarioJsonSchema,
};

export function configCommand(): Command {
  const config = new Command('config').exitOverride();
  config
    .command('init')
    .description('write a commented settings file')
    .argument('[file]', 'where to; without it stdout')
    .addOption(new Option('--no-color').hideHelp())
    .action(init);
  config
    .command('check')
    .description('check a settings file, and whether the comms firmware can do what it asks for')
    .argument('<file>')
    .option('--json', 'one JSON document on stdout')
    .addOption(new Option('--no-color').hideHelp())
    .action(check);
  config
    .command('schema')
    .description('print a JSON Schema, for editors')
    .addArgument(new Argument('[kind]').choices(Object.keys(SCHEMAS)).default('settings'))
    .addOption(new Option('--no-color').hideHelp())
    .action((kind: keyof typeof SCHEMAS) => {
      printResult(JSON.stringify(SCHEMAS[kind](), null, 2));
    });
  return config;
}

async function init(file: string | undefined): Promise<void> {
  if (file === undefined) {
    printResult(settingsTemplate());
    return;
  }
  try {
    // It will hold passwords: for its owner only, and never over a file that is there.
    await writeFile(file, settingsTemplate(), { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new OutputFileError(`${file} cannot be written: ${said}`, {
      cause,
      advice: 'Choose another name; a file that exists is never overwritten.',
    });
  }
  printNote(`wrote ${file}; check it with: kadec21 config check ${file}`);
}

async function check(file: string, { json }: { json?: boolean }): Promise<void> {
  const settings = await loadSettings(file);
  const release = releaseOf(settings);
  checkRelease(release, settings);
  const { host, port, tls } = settings.mail.server;
  if (json) {
    printJson({ schema: 'kadec21/config-check/1', file, release: release.version, settings });
  } else {
    const server = `${host}:${port}, tls ${tls}, auth ${settings.mail.auth.mechanism}`;
    printResult(
      `${file} is good: ${settings.device.model} with comms firmware ${release.version} to ${server}`,
    );
  }
}
