/** `kadec21 test merge`: the results of all shards as one suite. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { UserFileError } from '../../config/user-file-error.ts';
import { mergeResults, type NamedResult } from '../../scenario/suite/merge.ts';
import { isGood, suiteResultSchema } from '../../scenario/suite/suite-result.ts';
import { setExitStatus } from '../console.ts';
import { type ReportOptions, reportSuite, withReportOptions } from './report.ts';

export function mergeCommand(): Command {
  return withReportOptions(new Command('merge'))
    .description('join the result files of all shards; exits 1 when one of them is missing or did not pass')
    .argument('<results...>', 'results-I-of-N.json of every shard')
    .addOption(new Option('--no-color').hideHelp())
    .action(merge);
}

async function merge(files: readonly string[], options: ReportOptions): Promise<void> {
  const suite = mergeResults(await Promise.all(files.map(resultFrom)));
  reportSuite(suite, options);
  setExitStatus(isGood(suite) ? 0 : 1);
}

/** Made by a program and as large as the suite: plain JSON, not the YAML of files that people write. */
async function resultFrom(file: string): Promise<NamedResult> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const text =
      error instanceof SyntaxError ? 'this is not JSON' : 'there is no such file, or it cannot be read';
    throw new UserFileError('FILE_UNREADABLE', file, [{ path: '', text }]);
  }
  const parsed = suiteResultSchema.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      text: message,
    }));
    throw new UserFileError(
      'FILE_INVALID',
      file,
      problems,
      'Name files that kadec21 test --shard has written.',
    );
  }
  return { file, result: parsed.data };
}
