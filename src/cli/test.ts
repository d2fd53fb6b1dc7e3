/** `kadec21 test`: scenario files as a test suite. */
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Ms } from '../base/units.ts';
import type { Scalar } from '../config/scenario-schema.ts';
import { loadCases } from '../scenario/cases.ts';
import { keepEvidence } from '../scenario/suite/evidence-folder.ts';
import { type PlannedRun, planOf } from '../scenario/suite/plan.ts';
import { runSuite } from '../scenario/suite/run-suite.ts';
import { Snapshots } from '../scenario/suite/snapshot.ts';
import type { Shard, SuiteResult } from '../scenario/suite/suite-result.ts';
import { isGood } from '../scenario/suite/suite-result.ts';
import * as argument from './arguments.ts';
import { type ExitStatus, printNote, setExitStatus } from './console.ts';
import { mergeCommand } from './test/merge.ts';
import { Progress } from './test/progress.ts';
import { type ReporterName, reportSuite, withReportOptions } from './test/report.ts';
import { watchScenarios } from './test/watch.ts';

export interface TestOptions {
  readonly reporter: readonly ReporterName[];
  readonly out: string;
  readonly json?: boolean;
  readonly seed: number;
  readonly repeat: number;
  readonly shard?: Shard;
  readonly bail?: boolean;
  readonly only?: readonly string[];
  readonly grep?: RegExp;
  readonly update?: boolean;
  readonly timeout?: Ms;
  readonly workers: number;
  readonly variable?: Readonly<Record<string, Scalar>>;
  readonly evidence: 'always' | 'failed';
  readonly watch?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function testCommand(): Command {
  const command = withReportOptions(new Command('test'))
    .exitOverride()
    // `merge` has options of the same names.
    .enablePositionalOptions()
    .argument('<file...>', 'scenario files, or folders of them')
    .option('--seed <n>', 'seed of all chance', argument.seed, 1)
    .option('--repeat <n>', 'run every case with so many seeds, to look for races', count, 1)
    .option('--shard <i/n>', 'run the i-th of n parts of the suite (kadec21 test merge joins them)', shard)
    .option('--bail', 'end with the first case that does not pass')
    .option('--only <name>', 'just this case, by name or identifier (repeatable)', several)
    .option('--grep <pattern>', 'just the cases whose identifier has this regular expression', pattern)
    .option('--update', 'write what the cases give now as their snapshots')
    .option('--timeout <duration>', 'give a case up after so much real time', argument.duration)
    .option('--workers <n>', 'cases at the same time', count, availableParallelism())
    .option('--variable <name=value>', 'goes over a variable of the files (repeatable)', variable)
    .addOption(
      new Option('--evidence <when>', 'keep trace, captures, mails and flash images')
        .choices(['failed', 'always'])
        .default('failed'),
    )
    .option('--watch', 'run again when a file changes')
    .option('-q, --quiet', 'nothing but the result')
    .option('-v, --verbose', 'a line for every case')
    .addOption(new Option('--no-color').hideHelp())
    .action(test);
  command.addCommand(mergeCommand());
  return command;
}

async function test(files: readonly string[], options: TestOptions): Promise<void> {
  const interrupt = new AbortController();
  // Instead of ending at once: devices' programs are ended, and what has been found out is told.
  process.removeAllListeners('SIGINT');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) {
        process.exit(130 satisfies ExitStatus);
      }
      interrupt.abort();
    });
  }
  if (options.watch === true) {
    await watchScenarios(files, interrupt.signal, () => runOnce(files, options, interrupt.signal));
    return;
  }
  const suite = await runOnce(files, options, interrupt.signal);
  setExitStatus(interrupt.signal.aborted ? 130 : isGood(suite) ? 0 : 1);
}

async function runOnce(
  files: readonly string[],
  options: TestOptions,
  signal: AbortSignal,
): Promise<SuiteResult> {
  const loaded = await Promise.all(files.map((file) => loadCases(file, { variables: options.variable })));
  const plan = planOf(withoutRepetition(loaded.flat()), options);
  const snapshots = new Snapshots(options.update === true);
  const progress = new Progress(plan.runs.length, options);
  const suite = await runSuite(plan, {
    ...options,
    signal,
    review: (result) => snapshots.review(result),
    keep: (result, replay) => keepEvidence(options.out, result, replay),
    onStart: ({ scenarioCase }: PlannedRun) => progress.start(scenarioCase.id),
    onEnd: (summary) => progress.end(summary),
  });
  progress.clear();
  for (const path of signal.aborted ? [] : snapshots.write()) {
    printNote(`wrote ${path}`);
  }
  reportSuite(suite, options);
  return suite;
}

/** A file that is named twice, or with its folder, is run once. */
function withoutRepetition<Case extends { readonly id: string }>(cases: readonly Case[]): Case[] {
  return [...new Map(cases.map((one) => [one.id, one])).values()];
}

/** A suite that is run more often than this is a programme for a night. */
const LARGEST_COUNT = 10_000;

function count(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > LARGEST_COUNT) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${LARGEST_COUNT}.`);
  }
  return value;
}

function shard(text: string): Shard {
  const [, index, parts] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  if (index === undefined || parts === undefined || Number(index) < 1 || Number(index) > Number(parts)) {
    throw new InvalidArgumentError('Expected i/n with i from 1 to n, such as 1/4.');
  }
  return { index: Number(index), count: Number(parts) };
}

const several = (text: string, before: readonly string[] = []): string[] => [...before, text];

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? cause.message : 'Expected a regular expression.');
  }
}

function variable(text: string, before: Readonly<Record<string, Scalar>> = {}): Record<string, Scalar> {
  const [, name, value] = /^([A-Za-z][A-Za-z0-9_-]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Expected name=value.');
  }
  return { ...before, [name]: scalarFrom(value) };
}

/** As the same value would be read in the file. */
function scalarFrom(text: string): Scalar {
  if (text === 'true' || text === 'false') {
    return text === 'true';
  }
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
