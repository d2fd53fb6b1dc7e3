/** `kadec21 replay`: plays a recorded line as the module, or as the device, up to the first difference. */
import process from 'node:process';
import { Command, Option } from 'commander';
import { type Ms, ms } from '../base/units.ts';
import { BenchError } from '../bench/bench-error.ts';
import { formatDuration } from '../config/duration.ts';
import type { Recording } from '../config/recording.ts';
import { loadRecording } from '../config/recording-file.ts';
import { loadSettings } from '../config/settings.ts';
import type { Settings } from '../config/settings-schema.ts';
import type { Speed } from '../replay/pace.ts';
import type { Role } from '../replay/roles.ts';
import { DEFAULT_WAIT, type ReplayLine, type ReplayRun, runReplay } from '../replay/run-replay.ts';
import type { ReplayVerdict } from '../replay/verdict.ts';
import { LineError } from '../serial/line-error.ts';
import { type LineSpec, offerLine } from '../serial/offer-line.ts';
import { openLine } from '../serial/open-line.ts';
import type { HttpAddress } from '../serve/http/guard.ts';
import * as argument from './arguments.ts';
import { printJson, printNote, printResult, setExitStatus } from './console.ts';
import { address } from './serve/arguments.ts';

interface Options {
  readonly as: Role;
  readonly pty?: string;
  readonly tcp?: HttpAddress;
  readonly rfc2217?: HttpAddress;
  readonly unix?: string;
  readonly port?: string;
  readonly line?: string;
  readonly settings?: string;
  readonly speed: Speed;
  readonly timeout: Ms;
  readonly wait: Ms;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_TIMEOUT = ms(30_000);

export function replayCommand(): Command {
  return new Command('replay')
    .argument('<file>', 'a recording (kadec21 bench --record FILE)')
    .addOption(
      new Option('--as <role>', 'whose part is played').choices(['module', 'device']).default('module'),
    )
    .option('--pty <link>', 'as module: on a pty under this name, removed at the end')
    .option('--tcp <[host:]port>', 'as module: on a TCP port', address)
    .option('--rfc2217 <[host:]port>', 'as module: on a TCP port with control signals', address)
    .option('--unix <path>', 'as module: on a Unix socket')
    .option('--port <path>', 'as module: on a serial port with a null modem to the device')
    .option('--line <name>', 'as device: a serial port, tcp:HOST:PORT, rfc2217:HOST:PORT or unix:PATH')
    .option(
      '--settings <file>',
      'as device: its passwords answer fresh challenges of carrier and mail server',
    )
    .addOption(
      new Option('--speed <speed>', 'with the pauses of the recording, or without')
        .choices(['real', 'max'])
        .default('max'),
    )
    .option(
      '--timeout <duration>',
      'how much longer than recorded the other side may take',
      argument.duration,
      DEFAULT_TIMEOUT,
    )
    .option('--wait <duration>', 'how long to wait for a device to come', argument.duration, DEFAULT_WAIT)
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'nothing but the result')
    .addOption(new Option('--no-color').hideHelp())
    .action(replay);
}

async function replay(file: string, options: Options): Promise<void> {
  // All that the user wrote is read before the line is touched.
  const recording = await loadRecording(file);
  const note = options.quiet === true ? () => {} : printNote;
  const settings = options.settings === undefined ? undefined : await loadSettings(options.settings);
  const play = playOn(recording, options, note);
  const control = new AbortController();
  const before = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  const onSignal = () => control.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const run: ReplayRun = {
    speed: options.speed,
    timeout: options.timeout,
    passwordOf: (user) => passwordIn(settings, user),
    signal: control.signal,
  };
  try {
    const verdict = await play(run);
    if (typeof verdict === 'string') {
      note('interrupted: the line is released');
      setExitStatus(130);
      return;
    }
    tell(verdict, file, options);
    setExitStatus(verdict.outcome === 'same' ? 0 : 1);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    for (const listener of before) {
      process.on('SIGINT', listener);
    }
  }
}

function passwordIn(settings: Settings | undefined, user: string): string | undefined {
  if (settings === undefined) {
    return undefined;
  }
  const { carrier, mail } = settings;
  const accounts = mail.auth.mechanism === 'none' ? [carrier] : [carrier, mail.auth];
  return accounts.find((account) => account.user === user)?.password.reveal();
}

type Result = Awaited<ReturnType<typeof runReplay>>;
type Play = (run: ReplayRun) => Promise<Result>;

function playOn(recording: Recording, options: Options, note: (text: string) => void): Play {
  if (options.as === 'device') {
    const name = lineNameOf(options);
    return (run) => playDevice(recording, name, run);
  }
  const spec = offeredBy(options, recording);
  return (run) => playModule(recording, spec, options.wait, run, note);
}

async function playModule(
  recording: Recording,
  spec: LineSpec,
  wait: Ms,
  run: ReplayRun,
  note: (text: string) => void,
): Promise<Result> {
  const line = await offerLine(spec);
  try {
    note(`replay on ${line.name}`);
    const end: ReplayLine = { as: 'module', line, isPresent: () => line.isConnected };
    const result = await runReplay(recording, end, { ...run, wait });
    if (result === 'nobody') {
      throw new LineError(
        'LINE_NOT_FOUND',
        `No device came to ${line.name} within ${formatDuration(wait)}.`,
        {
          advice: 'Start the device when "replay on ..." is shown, or wait longer with --wait.',
        },
      );
    }
    return result;
  } finally {
    await line.close();
  }
}

async function playDevice(recording: Recording, name: string, run: ReplayRun): Promise<Result> {
  const line = await openLine(name, recording.header.baudRate);
  try {
    return await runReplay(recording, { as: 'device', line }, run);
  } finally {
    await line.close();
  }
}

function offeredBy({ pty, tcp, rfc2217, unix, port, line }: Options, { header }: Recording): LineSpec {
  const specs: LineSpec[] = [
    ...(pty === undefined ? [] : [{ kind: 'pty', link: pty } as const]),
    ...(tcp === undefined ? [] : [{ kind: 'tcp', ...tcp } as const]),
    ...(rfc2217 === undefined ? [] : [{ kind: 'rfc2217', ...rfc2217 } as const]),
    ...(unix === undefined ? [] : [{ kind: 'unix', path: unix } as const]),
    ...(port === undefined ? [] : [{ kind: 'port', path: port, baudRate: header.baudRate } as const]),
  ];
  const [spec] = specs;
  if (spec === undefined || specs.length > 1 || line !== undefined) {
    throw wrongUse(
      'A module needs one line: --pty LINK, --tcp PORT, --rfc2217 PORT, --unix PATH or --port PATH.',
    );
  }
  return spec;
}

function lineNameOf({ line, pty, tcp, rfc2217, unix, port }: Options): string {
  if (line === undefined || [pty, tcp, rfc2217, unix, port].some((given) => given !== undefined)) {
    throw wrongUse('A device needs --line: a serial port, tcp:HOST:PORT, rfc2217:HOST:PORT or unix:PATH.');
  }
  return line;
}

const wrongUse = (text: string) => new BenchError('BENCH_BAD_OPTION', text, {}, 'usage');

function tell(verdict: ReplayVerdict, file: string, { as, json }: Options): void {
  if (json === true) {
    printJson({ schema: 'kadec21/replay/1', file, as, ...verdict });
    return;
  }
  const other = as === 'module' ? 'device' : 'module';
  const { difference, heard, steps } = verdict;
  if (difference === undefined) {
    printResult(`same: the ${other} said all ${steps} steps of ${file}`);
    return;
  }
  const { line, at, expected, found, recorded, live } = difference;
  printResult(
    [
      `different after ${heard} of ${steps} steps: ${file}:${line}, ${(at / 1000).toFixed(3)} s`,
      `  expected  ${expected}`,
      `  found     ${found}`,
      '  before it, as recorded:',
      ...recorded.map((text) => `    ${text}`),
      '  before it, now:',
      ...live.map((text) => `    ${text}`),
    ].join('\n'),
  );
}
