/** The results of a suite in the formats that CI systems and browsers read. */
import { relative } from 'node:path';
import { ms } from '../../base/units.ts';
import { type Html, html } from '../../report/html.ts';
import { badge, foldedLines, htmlPage } from '../../report/html-page.ts';
import { type JunitCase, junitXml } from '../../report/junit.ts';
import type { Failure } from '../case-result.ts';
import { type CaseSummary, type SuiteResult, tallyOf, waveringCases } from './suite-result.ts';

/** JUnit XML as Jenkins and GitLab read it: a suite for each scenario file. */
export function junitReport(suite: SuiteResult): string {
  const files = byFile(suite.results);
  return junitXml(
    'kadec21',
    [...files].map(([file, results]) => ({
      name: file,
      startedAt: ms(suite.startedAt),
      cases: results.map((result) => junitCase(result, suite.repeat > 1)),
      properties: { seed: String(suite.seed) },
    })),
  );
}

/** In the order of the files; Node 20 has no Map.groupBy. */
function byFile(results: readonly CaseSummary[]): Map<string, CaseSummary[]> {
  const files = new Map<string, CaseSummary[]>();
  for (const result of results) {
    files.set(result.file, [...(files.get(result.file) ?? []), result]);
  }
  return files;
}

function junitCase(result: CaseSummary, isRepeated: boolean): JunitCase {
  const { id, file, seed, verdict, failures, realMs, replay } = result;
  const [first] = failures;
  const details = [...failures.flatMap(failureLines), `run it again: ${replay}`];
  return {
    name: isRepeated ? `${caseTitle(id)} (seed ${seed})` : caseTitle(id),
    className: file.replace(/\.(ya?ml|json)$/, '').replaceAll(/[/\\]/g, '.'),
    durationMs: ms(realMs),
    outcome:
      verdict === 'passed'
        ? undefined
        : {
            outcome: verdict === 'broken' ? 'error' : 'failure',
            type: first?.path ?? verdict,
            message: first?.message ?? verdict,
            details,
          },
  };
}

/** What stands behind the file's name in an identifier: name and parameters. */
export const caseTitle = (id: string): string => id.slice(id.indexOf('#') + 1);

/** What went wrong, where, and what was expected, in lines for people. */
export const failureLines = ({ path, message, expected, found, ...place }: Failure): string[] => [
  message,
  `  at ${placeText(place)}${path === '' ? '' : ` ${path}`}`,
  `  expected ${expected}`,
  `  found    ${found}`,
];

/** `file:line:column`, as editors and terminals make it a link. */
export const placeText = ({ file, line, column }: Pick<Failure, 'file' | 'line' | 'column'>): string =>
  [fromHere(file), line, column].filter((part) => part !== undefined).join(':');

const fromHere = (file: string): string => relative('', file) || file;

/** Workflow commands of GitHub Actions: each failure beside the line of the scenario that it is about. */
export function githubAnnotations({ results }: SuiteResult): string {
  const lines = results.flatMap(({ failures, id, seed, replay }) =>
    failures.map(({ file, line, column, message, expected, found }) => {
      const title = `${caseTitle(id)} (seed ${seed})`;
      const properties = { file: fromHere(file), line, col: column, title };
      const pairs = Object.entries(properties).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${escapedProperty(String(value))}`],
      );
      const text = [message, `expected ${expected}`, `found ${found}`, `run it again: ${replay}`].join('\n');
      return `::error ${pairs.join(',')}::${escapedData(text)}`;
    }),
  );
  return lines.join('\n');
}

/** What the runner takes for its own in a command. */
const escapedData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapedProperty = (text: string): string =>
  escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A job summary in Markdown (GITHUB_STEP_SUMMARY). */
export function markdownSummary(suite: SuiteResult): string {
  const bad = suite.results.filter(({ verdict }) => verdict !== 'passed');
  const rows = bad.map(
    ({ id, seed, verdict, failures }) =>
      `| ${cell(id)} | ${seed} | ${verdict} | ${cell(failures[0]?.message ?? '')} |`,
  );
  const table = ['| scenario | seed | verdict | why |', '| --- | --- | --- | --- |', ...rows];
  const replays = ['', 'Run one again:', '', '```sh', ...bad.slice(0, 10).map(({ replay }) => replay), '```'];
  return [
    `### ${bad.length === 0 ? '✅' : '❌'} kadec21 test: ${summaryText(suite)}`,
    ...(bad.length === 0 ? [] : ['', ...table, ...replays]),
    '',
  ].join('\n');
}

/** In a cell of a table nothing may end the cell or begin markup. */
const cell = (text: string): string =>
  text.replace(/[\\|`*_<>[\]]/g, (character) => `\\${character}`).replace(/\s+/g, ' ');

/** `60 runs: 59 passed, 1 failed · seed 1 · 12.1 s on 2 threads`. */
export function summaryText(suite: SuiteResult): string {
  const { total, passed, failed, broken } = tallyOf(suite.results);
  const parts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(broken > 0 ? [`${broken} broken`] : []),
    ...(suite.leftOut > 0 ? [`${suite.leftOut} not run`] : []),
  ];
  const { shard, seed, repeat, workers, realMs } = suite;
  const seeds = repeat === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + repeat - 1}`;
  const share = shard === undefined ? '' : `shard ${shard.index}/${shard.count}, `;
  const threads = workers === 1 ? '1 thread' : `${workers} threads`;
  return `${share}${total} ${total === 1 ? 'run' : 'runs'}: ${parts.join(', ')} · ${seeds} · ${(realMs / 1000).toFixed(1)} s on ${threads}`;
}

/** A page with every case; what did not pass is open, with a link to its time line. */
export function htmlReport(suite: SuiteResult): string {
  const wavering = waveringCases(suite.results);
  return htmlPage({
    title: 'Scenarios',
    subtitle: `${new Date(suite.startedAt).toISOString()}, ${summaryText(suite)}`,
    style: 'td.figure{white-space:nowrap}',
    body: html`${
      wavering.length === 0
        ? undefined
        : html`<h2>Verdicts that depend on the seed</h2><ul>${wavering.map(
            ({ id, seeds }) =>
              html`<li>${id}: passed with ${seeds.passed.join(', ')}; not with ${[...seeds.failed, ...seeds.broken].join(', ')}</li>`,
          )}</ul>`
    }
<table><thead><tr><th>verdict</th><th>scenario</th><th>seed</th><th>lived</th><th>took</th></tr></thead>
<tbody>${suite.results.map(resultRow)}</tbody></table>`,
  });
}

function resultRow(result: CaseSummary): Html {
  const { id, seed, verdict, failures, virtualMs, realMs, evidence, replay } = result;
  const link =
    evidence === undefined
      ? undefined
      : html` <a href="${`${evidence.split('\\').join('/')}/timeline.html`}">time line</a>`;
  const why =
    failures.length === 0
      ? undefined
      : html`${failures.map(({ message }) => html`<p>${message}</p>`)}
${foldedLines('expected, found, how to run it again', [...failures.flatMap(failureLines), replay])}`;
  return html`<tr><td>${badge(verdict === 'passed' ? 'good' : 'bad', verdict)}</td><td>${id}${link}${why}</td>
<td>${seed}</td><td class="figure">${(virtualMs / 3_600_000).toFixed(1)} h</td><td class="figure">${(realMs / 1000).toFixed(2)} s</td></tr>
`;
}
