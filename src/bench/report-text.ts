/** A report as text for people and for files: every station, and the dialogue of those that are not good. */
import type { BenchReport, StationReport } from './bench-report.ts';
import { NOT_APPLICABLE, stationNames } from './station.ts';

export const MARKS = { ok: '✔', warning: '!', failed: '✘', skipped: '-' } as const;

export function textReport(report: BenchReport): string {
  return [
    ...headLines(report),
    '',
    ...report.stations.flatMap(stationLines),
    '',
    ...footLines(report),
    '',
  ].join('\n');
}

/** For who has seen the stations go by: who it is, the dialogue of what failed, and what it comes to. */
export function textSummary(report: BenchReport): string {
  const failed = report.stations.filter(({ verdict }) => verdict === 'failed');
  return ['', ...headLines(report), '', ...failed.flatMap(stationLines), ...footLines(report), ''].join('\n');
}

function headLines({ port, startedAt, profile, identity }: BenchReport): string[] {
  const who =
    identity === null
      ? 'unknown module'
      : [identity.manufacturer, identity.model, identity.revision].join(' ').trim() || 'nameless module';
  const sure = profile?.score === undefined ? '' : ` (${profile.score} % sure)`;
  return [
    `bench of ${port}, ${startedAt}`,
    `${who}, profile ${profile === null ? 'none' : profile.name}${sure}`,
  ];
}

function stationLines(station: StationReport): string[] {
  const { verdict, name, summary, code, advice, durationMs, evidence } = station;
  const dialogue = verdict === 'failed' ? evidence.map((line) => `      ${line}`) : [];
  return [
    `${MARKS[verdict]} ${name.padEnd(17)}${(durationMs / 1000).toFixed(1).padStart(7)} s  ${code === undefined || verdict === 'skipped' ? '' : `${code}: `}${summary}`,
    ...(advice === undefined || verdict === 'ok' ? [] : [`    ${advice}`]),
    ...dialogue,
  ];
}

function footLines(report: BenchReport): string[] {
  const counts = (['ok', 'warning', 'failed', 'skipped'] as const)
    .map((verdict) => [verdict, report.stations.filter((one) => one.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  return [`${outcomeInWords(report)} (${counts.join(', ')})`];
}

/** What a run comes to. That nothing bad was found does not make ready what was not looked at. */
export function outcomeInWords({ outcome, stations }: BenchReport): string {
  const isWhole = stationNames.every((name) =>
    stations.some((one) => one.name === name && (one.verdict !== 'skipped' || one.code === NOT_APPLICABLE)),
  );
  switch (outcome) {
    case 'ok':
      return isWhole ? 'ready for the field' : 'good as far as it was checked';
    case 'warning':
      return isWhole ? 'works, with remarks' : 'works as far as it was checked, with remarks';
    case 'failed':
      return 'not ready for the field';
    case 'interrupted':
      return 'interrupted';
  }
}
