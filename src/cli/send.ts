/** `kadec21 send`: one device sends what it has recorded, through everything. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Op25bMode } from '../aunet/op25b.ts';
import type { ServerMapping } from '../aunet/server-mapping.ts';
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { calendarSchema, defaultCalendar } from '../config/calendar.ts';
import { loadMeasurements } from '../config/measurements.ts';
import { loadSettings } from '../config/settings.ts';
import type { Settings } from '../config/settings-schema.ts';
import { loadUserFile } from '../config/user-file.ts';
import { bootDevice } from '../firmware/boot/boot-device.ts';
import { bootFlashFile, type FlashFileDevice } from '../firmware/boot/boot-flash-file.ts';
import { factoryFlash } from '../firmware/boot/factory-flash.ts';
import { FirmwareError } from '../firmware/firmware-error.ts';
import { emulatedDeviceKey } from '../firmware/image/device-key.ts';
import type { Release } from '../firmware/release.ts';
import { releaseByVersion, releaseOf } from '../firmware/releases.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { moduleProfiles, profileByName } from '../modem/profiles.ts';
import type { DeviceRun } from '../scenario/device-run.ts';
import { sampleMeasurements } from '../scenario/sample.ts';
import { type SendOptions, sendOverRealLine, sendThroughWorld } from '../scenario/send-data-mail.ts';
import { storySettings, unitOfToday } from '../scenario/story.ts';
import * as argument from './arguments.ts';
import { type ExitStatus, printJson, printNote, printResult, setExitStatus } from './console.ts';
import { loadDeviceKey } from './image/options.ts';
import { LineRecorder, secretsIn } from './line-recorder.ts';
import { sendDocument, sendReport } from './send-report.ts';
import { openWatch, type WatchOptions, withWatchOptions } from './watching.ts';

interface Options extends WatchOptions {
  readonly settings?: string;
  readonly flash?: string;
  readonly deviceKey?: string;
  readonly data?: string;
  readonly at?: Ms;
  readonly module?: string;
  readonly firmware?: string;
  readonly line: string;
  readonly record?: string;
  readonly redact?: boolean;
  readonly server?: readonly ServerMapping[];
  readonly op25b: Op25bMode;
  readonly area?: string;
  readonly calendar?: string;
  readonly for: Ms;
  readonly seed: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function sendCommand(): Command {
  const command = new Command('send')
    .option('--settings <file>', 'settings of the device (kadec21 config init writes an example)')
    .option('--flash <file>', 'boot the device from its flash file (kadec21 flash init) instead')
    .option(
      '--device-key <file>',
      'opens the secrets in the flash (the emulated device has a key of its own)',
    )
    .option('--data <file>', 'measurements, CSV: time,<quantity>... (default: a day of a river in Hokkaido)')
    .option('--at <date>', 'the day it happens; without a zone Japan time (default: now)', argument.instant)
    .addOption(
      new Option('--module <name>', 'module that is fitted (default: the one of the settings)').choices(
        moduleProfiles.map(({ name }) => name),
      ),
    )
    .option('--firmware <version>', 'release of the comms firmware (default: of the settings, or the newest)')
    .option('--line <name>', 'sim, a serial port (/dev/ttyUSB0), tcp:HOST:PORT, or rfc2217:HOST:PORT', 'sim')
    .option(
      '--record <file>',
      'keep every byte of the line, with times and signals; further sessions in FILE-2, ...',
    )
    .option('--redact', 'mask secrets in the recording')
    .option(
      '--server <host:port=address:port>',
      'let a real server answer for a host of the emulation (repeatable)',
      argument.serverMappings,
    )
    .addOption(
      new Option('--op25b <mode>', 'Outbound Port 25 Blocking')
        .choices(['calendar', 'on', 'off'])
        .default('calendar'),
    )
    .option('--area <name>', 'area of the carrier, for the steps of OP25B')
    .option('--calendar <file>', 'other dates than those of the notices (kadec21 config schema calendar)')
    .option(
      '--for <duration>',
      'go on trying as the device would, such as 24h (default: one session)',
      argument.duration,
      ms(0),
    )
    .option('--seed <n>', 'seed of all chance', argument.seed, 1)
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'nothing but the result')
    .option('-v, --verbose', 'the dialogue on stderr, as --trace -')
    .addOption(new Option('--no-color').hideHelp())
    .action(send);
  return withWatchOptions(command);
}

async function send(options: Options): Promise<void> {
  const device = await bootedFrom(options);
  try {
    await sendFrom(device, options);
  } finally {
    device.close();
  }
}

async function sendFrom({ settings, release, outbox }: FlashFileDevice, options: Options): Promise<void> {
  const module = moduleFrom(options.module ?? settings.module);
  const measurements =
    options.data === undefined ? await sampleMeasurements() : await loadMeasurements(options.data);
  const calendar =
    options.calendar === undefined
      ? defaultCalendar
      : (await loadUserFile(options.calendar, calendarSchema)).value;
  const isSimulated = options.line === 'sim';
  const hasSockets = module.sockets !== undefined;
  if (options.pcap !== undefined && hasSockets && !isSimulated) {
    printNote(
      `--pcap: nothing to capture, as no PPP passes the line: ${module.name} speaks TCP/IP inside the module`,
    );
  }
  const watch = openWatch(
    options.verbose === true ? { ...options, trace: '-' } : options,
    hasSockets && isSimulated,
  );
  const recorder =
    options.record === undefined
      ? undefined
      : new LineRecorder({
          file: options.record,
          port: options.line,
          secrets: options.redact === true ? secretsIn(settings) : undefined,
        });
  const job: SendOptions = {
    settings,
    release,
    // A flash that nobody keeps holds nothing for the next run.
    ...(options.flash === undefined ? {} : { outbox }),
    measurements,
    module,
    patience: options.for,
    trace: watch.trace,
    tap: watch.tap,
    airTap: watch.airTap,
    ...(recorder === undefined ? {} : { recorded: (line) => recorder.record(line) }),
  };
  try {
    const run = isSimulated
      ? await sendThroughWorld(job, {
          at: options.at ?? now(),
          seed: options.seed,
          calendar,
          op25b: options.op25b,
          mappings: options.server ?? [],
          ...(options.area === undefined ? {} : { area: options.area }),
        })
      : await sendOverRealLine(job, options.line, options.seed);
    if (options.json) {
      printJson(sendDocument(run, options.seed));
    } else {
      printResult(sendReport(run, options.quiet === true));
    }
    setExitStatus(exitStatusOf(run));
  } finally {
    watch.end();
    recorder?.close();
  }
}

/** A line that cannot be opened is no fault of the device: the environment is lacking, or the name is no name. */
function exitStatusOf({ isDelivered, sessions }: DeviceRun): ExitStatus {
  const opening = sessions.at(-1)?.steps.find(({ name }) => name === 'open-line');
  if (isDelivered || opening?.result !== 'failed') {
    return isDelivered ? 0 : 1;
  }
  return opening.code === 'LINE_BAD_NAME' ? 2 : 3;
}

/** What the device is comes from its flash: the file's, or one as the factory would have made it. */
async function bootedFrom(options: Options): Promise<FlashFileDevice> {
  if (options.flash !== undefined) {
    refuseBesideFlash(options);
    return bootFlashFile(options.flash, await loadDeviceKey(options.deviceKey));
  }
  refuseWithoutFlash(options);
  const settings = await settingsFrom(options);
  const { flash, config } = factoryFlash(releaseFrom(options, settings), settings);
  return { ...bootDevice(flash, config, emulatedDeviceKey()), close: () => {} };
}

function refuseWithoutFlash({ deviceKey }: Options): void {
  if (deviceKey !== undefined) {
    throw new InvalidArgumentError('--device-key opens what a flash holds: give --flash too.');
  }
}

function refuseBesideFlash({ settings, firmware }: Options): void {
  if (settings !== undefined || firmware !== undefined) {
    throw new InvalidArgumentError(
      '--flash brings settings and firmware: leave out --settings and --firmware.',
    );
  }
}

/** The settings file, with the module that is fitted: who changes a module also sets it. */
async function settingsFrom({ settings: path, module, quiet }: Options): Promise<Settings> {
  const settings = path === undefined ? storySettings(unitOfToday) : await loadSettings(path);
  if (path === undefined && quiet !== true) {
    printNote('no --settings: the unit of the demo sends to the emulated server');
  }
  return module === undefined ? settings : { ...settings, module };
}

function moduleFrom(name: string): ModuleProfile {
  const profile = profileByName(name);
  if (profile === undefined) {
    const known = moduleProfiles.map(({ name }) => name).join(', ');
    throw new FirmwareError('FIRMWARE_UNSUPPORTED_MODULE', `There is no module called ${name}.`, {
      advice: `Set module to one of ${known}, or give --module.`,
    });
  }
  return profile;
}

const releaseFrom = ({ firmware }: Options, settings: Settings): Release =>
  firmware === undefined ? releaseOf(settings) : releaseByVersion(firmware);
