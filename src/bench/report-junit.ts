/** A report as JUnit XML: a station is a case; a warning passes and is told in its output. */
import { ms } from '../base/units.ts';
import { parseInstant } from '../config/japan-time.ts';
import { type JunitCase, type JunitOutcome, junitXml } from '../report/junit.ts';
import type { BenchReport, StationReport } from './bench-report.ts';

export function junitReport(report: BenchReport): string {
  const { port, profile, identity } = report;
  return junitXml('kadec21 bench', [
    {
      name: `bench of ${port}`,
      startedAt: parseInstant(report.startedAt) ?? ms(0),
      properties: {
        port,
        profile: profile?.name ?? 'none',
        module: identity === null ? '' : `${identity.manufacturer} ${identity.model} ${identity.revision}`,
        outcome: report.outcome,
      },
      cases: report.stations.map((station) => caseOf(station)),
    },
  ]);
}

function caseOf(station: StationReport): JunitCase {
  const { name, durationMs, summary, measurement = {}, verdict, evidence } = station;
  const measured = Object.entries(measurement).map(([key, value]) => `${key}: ${String(value)}`);
  return {
    name,
    className: 'kadec21.bench',
    durationMs,
    outcome: outcomeOf(station),
    output: [`${verdict}: ${summary}`, ...measured, ...(verdict === 'failed' ? [] : evidence)],
  };
}

function outcomeOf(station: StationReport): JunitOutcome | undefined {
  const { verdict, isRequired, summary, code = 'BENCH', advice, evidence } = station;
  if (verdict === 'skipped') {
    return { outcome: 'skipped', message: summary };
  }
  return verdict === 'failed' && isRequired
    ? {
        outcome: 'failure',
        type: code,
        message: summary,
        details: [...(advice === undefined ? [] : [advice]), ...evidence],
      }
    : undefined;
}
