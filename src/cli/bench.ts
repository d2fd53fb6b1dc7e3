/** `kadec21 bench`: checks a real module before it goes into the field; `bench diff` compares two reports. */
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { seededRandom } from '../base/random.ts';
import type { TraceEvent } from '../base/trace.ts';
import type { Ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { BenchError } from '../bench/bench-error.ts';
import { formatCost } from '../bench/costs.ts';
import { chosenStations, runBench } from '../bench/run-bench.ts';
import { type StationName, stationNames } from '../bench/station.ts';
import { calendarSchema, defaultCalendar } from '../config/calendar.ts';
import { loadSettings } from '../config/settings.ts';
import { nearest } from '../config/suggestion.ts';
import { loadUserFile } from '../config/user-file.ts';
import type { ModuleProfile } from '../modem/module-profile.ts';
import { loadModuleProfile } from '../modem/module-profile-file.ts';
import { moduleProfiles } from '../modem/profiles.ts';
import { openLine } from '../serial/open-line.ts';
import * as argument from './arguments.ts';
import { diffCommand } from './bench/diff.ts';
import { interruption } from './bench/interruption.ts';
import { learn } from './bench/learn.ts';
import { allowedCosts } from './bench/permission.ts';
import { BenchProgress } from './bench/progress.ts';
import { parseReporters, writeReports } from './bench/reporters.ts';
import { type ExitStatus, printJson, printNote, printResult, setExitStatus } from './console.ts';
import { LineRecorder, secretsIn } from './line-recorder.ts';
import { tableOf } from './table.ts';

interface Options {
  readonly port?: string;
  readonly profile: string;
  readonly settings?: string;
  readonly only?: readonly StationName[];
  readonly skip?: readonly StationName[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly at?: Ms;
  readonly calendar?: string;
  readonly record?: string;
  readonly redact?: boolean;
  readonly learn?: string;
  readonly reporter?: string;
  readonly out?: string;
  readonly timeout?: Ms;
  readonly seed: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** The rate at which a line is opened; the station `autobaud` finds the module's. */
const FIRST_BAUD_RATE = 115_200;

export function benchCommand(): Command {
  const bench = new Command('bench')
    .option('--port <name>', 'a serial port (/dev/ttyUSB0), tcp:HOST:PORT, or rfc2217:HOST:PORT')
    .option('--profile <name>', 'kind of module: a name, a file, or auto', 'auto')
    .option('--settings <file>', 'settings of the device: carrier and mail account (kadec21 config init)')
    .option('--only <stations>', 'only these, and what they need (comma-separated)', stationList)
    .option('--skip <stations>', 'not these, and not what needs them', stationList)
    .option('-y, --yes', 'do what costs money and send the test mail without asking')
    .option('--dry-run', 'list the stations and what they cost; touches nothing')
    .option('--at <date>', 'the day that the calendar is asked for (default: today)', argument.instant)
    .option('--calendar <file>', 'other dates than those of the notices')
    .option('--record <file>', 'keep every byte of the line, with times and signals (JSON Lines)')
    .option('--redact', 'mask secrets in the recording')
    .option('--learn <file>', 'write a profile from the answers of the module, and stop there')
    .option('--reporter <list>', 'text, json, junit, html; each as NAME or NAME=FILE')
    .option('--out <dir>', 'folder of the reports')
    .option('--timeout <duration>', 'longest time of each station', argument.duration)
    .addOption(new Option('--seed <n>', 'seed of all chance').argParser(argument.seed).default(1))
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'the dialogue on stderr; passwords are masked')
    .addOption(new Option('--no-color').hideHelp())
    .action(run);
  bench.addCommand(diffCommand().copyInheritedSettings(bench));
  return bench;
}

function stationList(text: string): StationName[] {
  return text.split(',').map((part) => {
    const name = stationNames.find((one) => one === part.trim());
    if (name === undefined) {
      const near = nearest(part.trim(), stationNames);
      throw new InvalidArgumentError(
        `There is no station ${part.trim()}${near === undefined ? '' : `; did you mean ${near}?`} (${stationNames.join(', ')})`,
      );
    }
    return name;
  });
}

async function run(options: Options): Promise<void> {
  if (options.dryRun) {
    dryRun(options);
    return;
  }
  const { port } = options;
  if (port === undefined) {
    throw new BenchError(
      'BENCH_BAD_OPTION',
      '--port is missing: a serial port (/dev/ttyUSB0), tcp:HOST:PORT, or rfc2217:HOST:PORT.',
      {},
      'usage',
    );
  }
  // All that the user wrote is read before the port is touched.
  const reporters = parseReporters(options.reporter, options.out, options.json === true);
  const profile: ModuleProfile | 'auto' =
    options.profile === 'auto' ? 'auto' : await loadModuleProfile(options.profile);
  const settings = options.settings === undefined ? undefined : await loadSettings(options.settings);
  const calendar =
    options.calendar === undefined
      ? defaultCalendar
      : (await loadUserFile(options.calendar, calendarSchema)).value;
  const recorder =
    options.record === undefined
      ? undefined
      : new LineRecorder({
          file: options.record,
          port,
          secrets: options.redact === true ? secretsIn(settings) : undefined,
        });
  const open = async () => {
    const line = await openLine(port, profile === 'auto' ? FIRST_BAUD_RATE : profile.line.baudRate);
    return recorder?.record(line) ?? line;
  };
  const control = interruption();
  const common = {
    port,
    profile,
    candidates: moduleProfiles,
    settings,
    calendar,
    at: options.at ?? now(),
    random: seededRandom(options.seed),
    openLine: open,
    signal: control.signal,
    ...(options.verbose === true ? { trace: traceToStderr } : {}),
  };
  const progress = new BenchProgress(process.stderr, options.quiet === true || options.verbose === true);
  try {
    if (options.learn !== undefined) {
      await learn(common, options.learn);
      return;
    }
    const allowed = await allowedCosts(stationsOf(options), options.yes === true);
    if (allowed === 'interrupted') {
      printNote('\ninterrupted: nothing was begun');
      setExitStatus(130);
      return;
    }
    const report = await runBench({
      ...common,
      only: options.only,
      skip: options.skip,
      limit: options.timeout,
      allowed,
      onStart: (station) => progress.start(station),
      onEnd: (station) => progress.end(station),
    });
    progress.stop();
    if (report.outcome === 'interrupted') {
      printNote('interrupted: hung up, port released; no report was written');
      setExitStatus(130);
      return;
    }
    await writeReports(report, reporters, {
      json: printJson,
      text: printResult,
      areStationsSeen: process.stdout.isTTY && progress.isSeen,
    });
    setExitStatus(exitStatusOf(report));
  } finally {
    progress.stop();
    control.end();
    recorder?.close();
  }
}

/** The line is the environment; all else is the module. */
function exitStatusOf({ outcome, stations }: Awaited<ReturnType<typeof runBench>>): ExitStatus {
  const failure = stations.find(({ verdict }) => verdict === 'failed');
  if (failure?.code === 'LINE_BAD_NAME') {
    return 2;
  }
  if (failure?.code?.startsWith('LINE_') === true || failure?.code === 'MODEM_PORT_LOST') {
    return 3;
  }
  return outcome === 'failed' ? 1 : 0;
}

const stationsOf = ({ only, skip = [] }: Options) =>
  chosenStations(only).filter(({ name }) => !skip.includes(name));

function dryRun(options: Options): void {
  const { json } = options;
  const stations = stationsOf(options);
  if (json === true) {
    printJson({
      schema: 'kadec21/bench-stations/1',
      stations: stations.map(({ name, title, needs, costs }) => ({
        name,
        title,
        needs,
        costs: costs ?? null,
      })),
    });
    return;
  }
  const rows = stations.map(({ name, title, costs }) => [
    name,
    title,
    costs === undefined ? '' : formatCost(costs),
  ]);
  printResult(tableOf([['station', 'what is checked', 'costs'], ...rows]).join('\n'));
}

const traceToStderr = ({ layer, direction, text }: TraceEvent) =>
  printNote(`${layer.padEnd(8)} ${direction} ${text}`);
