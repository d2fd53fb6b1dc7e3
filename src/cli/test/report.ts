/** Hands the results of a suite to the reporters that were asked for. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type Command, InvalidArgumentError } from 'commander';
import { writeWholeFile } from '../../firmware/image/output-file.ts';
import {
  failureLines,
  githubAnnotations,
  htmlReport,
  junitReport,
  markdownSummary,
  summaryText,
} from '../../scenario/suite/reports.ts';
import { isGood, type SuiteResult, waveringCases } from '../../scenario/suite/suite-result.ts';
import { paint, printJson, printNote, printResult } from '../console.ts';

export const reporterNames = ['text', 'junit', 'json', 'html', 'github'] as const;
export type ReporterName = (typeof reporterNames)[number];

export interface ReportOptions {
  readonly reporter: readonly ReporterName[];
  readonly out: string;
  /** JSON on stdout, which then has nothing else. */
  readonly json?: boolean | undefined;
}

export const withReportOptions = (command: Command): Command =>
  command
    .option('--reporter <names>', `${reporterNames.join(', ')}; several with commas`, reporters, ['text'])
    .option('--out <folder>', 'where reports and the evidence of failures go', 'kadec21-results')
    .option('--json', 'one JSON document on stdout');

function reporters(text: string): ReporterName[] {
  return text.split(',').map((word) => {
    const known = reporterNames.find((name) => name === word.trim());
    if (known === undefined) {
      throw new InvalidArgumentError(`Expected some of ${reporterNames.join(', ')}.`);
    }
    return known;
  });
}

/** A shard always writes its results: they are what `kadec21 test merge` reads. */
export function reportSuite(suite: SuiteResult, { reporter, out, json }: ReportOptions): void {
  const wanted = new Set(reporter);
  const write = (name: string, text: string) => {
    mkdirSync(out, { recursive: true });
    writeWholeFile(join(out, name), [Buffer.from(text)]);
    printNote(`wrote ${join(out, name)}`);
  };
  if (wanted.has('json') || suite.shard !== undefined) {
    write(resultName(suite), `${JSON.stringify(suite, null, 2)}\n`);
  }
  if (wanted.has('junit')) {
    write(sharded('junit', suite, 'xml'), junitReport(suite));
  }
  if (wanted.has('html')) {
    write(sharded('index', suite, 'html'), htmlReport(suite));
  }
  if (wanted.has('github')) {
    reportToGithub(suite);
  }
  if (json === true) {
    printJson(suite);
  } else if (wanted.has('text')) {
    printResult(textReport(suite));
  }
}

const resultName = (suite: SuiteResult): string => sharded('results', suite, 'json');

const sharded = (name: string, { shard }: SuiteResult, extension: string): string =>
  shard === undefined ? `${name}.${extension}` : `${name}-${shard.index}-of-${shard.count}.${extension}`;

/** Annotations go to the job's log, the summary to the file that GitHub Actions names. */
function reportToGithub(suite: SuiteResult): void {
  const annotations = githubAnnotations(suite);
  if (annotations !== '') {
    printResult(annotations);
  }
  const summaryFile = process.env.GITHUB_STEP_SUMMARY;
  if (summaryFile !== undefined && summaryFile !== '') {
    appendFileSync(summaryFile, markdownSummary(suite));
  }
}

/** On a terminal what did not pass has been told as it came; a file gets it here. */
function textReport(suite: SuiteResult): string {
  const bad = suite.results.filter(({ verdict }) => verdict !== 'passed');
  const told = (process.stdout.isTTY ? [] : bad).flatMap(({ id, seed, failures, replay }) => [
    `${paint('red', '✘', process.stdout)} ${id} (seed ${seed})`,
    ...failures.flatMap(failureLines).map((line) => `    ${line}`),
    `    ${replay}`,
  ]);
  const wavering = waveringCases(suite.results).map(({ id, seeds }) => {
    const others = [...seeds.failed, ...seeds.broken].join(', ');
    return `! ${id}: the verdict depends on the seed (passed with ${seeds.passed.join(', ') || 'none'}; not with ${others})`;
  });
  const mark = isGood(suite) ? paint('green', '✔', process.stdout) : paint('red', '✘', process.stdout);
  return [...told, ...wavering, `${mark} ${summaryText(suite)}`].join('\n');
}
