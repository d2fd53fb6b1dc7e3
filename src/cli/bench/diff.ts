/** `kadec21 bench diff A B`: two JSON reports; status 1 when something got worse. */
import { Command, Option } from 'commander';
import { benchReportSchema } from '../../bench/bench-report.ts';
import { compareReports } from '../../bench/compare.ts';
import { loadUserFile } from '../../config/user-file.ts';
import { printJson, printResult, setExitStatus } from '../console.ts';
import { tableOf } from '../table.ts';

export function diffCommand(): Command {
  return new Command('diff')
    .description('compare two JSON reports, before and after a change; status 1 when something got worse')
    .argument('<before>', 'report of --reporter json, or --json')
    .argument('<after>')
    .option('--json', 'one JSON document on stdout')
    .addOption(new Option('--no-color').hideHelp())
    .action(diff);
}

async function diff(before: string, after: string, _: object, command: Command): Promise<void> {
  // --json is an option of `bench` too, and commander may give it to that one.
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  const [one, other] = await Promise.all(
    [before, after].map(async (file) => (await loadUserFile(file, benchReportSchema)).value),
  );
  if (one === undefined || other === undefined) {
    return;
  }
  const comparison = compareReports(one, other);
  if (json === true) {
    printJson(comparison);
  } else {
    const rows = comparison.changes
      .filter(({ trend }) => trend !== 'same')
      .map(({ name, before: was, after: is, trend, details }) => [
        trend === 'other' ? '' : trend,
        name,
        was === is ? was : `${was} -> ${is}`,
        details.join('; '),
      ]);
    printResult(rows.length === 0 ? 'no difference' : tableOf(rows).join('\n'));
  }
  setExitStatus(comparison.isWorse ? 1 : 0);
}
