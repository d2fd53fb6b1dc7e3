/** A report as text for people and for files: every station, and the dialogue of those that are not good. */
import type { BenchReport, StationReport } from './bench-report.ts';

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

export function headLines({ port, startedAt, profile, identity }: BenchReport): string[] {
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

export function footLines(report: BenchReport): string[] {
  const counts = (['ok', 'warning', 'failed', 'skipped'] as const)
    .map((verdict) => [verdict, report.stations.filter((one) => one.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  return [`${OUTCOMES[report.outcome]} (${counts.join(', ')})`];
}

export const OUTCOMES = {
  ok: 'ready for the field',
  warning: 'works, with remarks',
  failed: 'not ready for the field',
  interrupted: 'interrupted',
} as const satisfies Record<BenchReport['outcome'], string>;
