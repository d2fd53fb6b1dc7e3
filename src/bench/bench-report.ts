/** What a run of the bench came to: one document for every reporter, and for comparing two runs. */
import { z } from 'zod';
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { formatInstant } from '../config/japan-time.ts';
import type { Bench } from './bench.ts';
import { stationNames } from './station.ts';

const measured = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()]);
const duration = z.number().transform((value): Ms => ms(value));

const stationReportSchema = z.object({
  name: z.enum(stationNames),
  title: z.string(),
  verdict: z.enum(['ok', 'warning', 'failed', 'skipped']),
  summary: z.string(),
  code: z.string().optional(),
  advice: z.string().optional(),
  costs: z.enum(['money', 'sends mail']).optional(),
  isRequired: z.boolean(),
  measurement: z.record(z.string(), measured).readonly().optional(),
  startedAfterMs: duration,
  durationMs: duration,
  evidence: z.array(z.string()).readonly(),
});
export type StationReport = z.output<typeof stationReportSchema>;

export const benchReportSchema = z.object({
  schema: z.literal('kadec21/bench/1'),
  port: z.string(),
  /** `interrupted`: Ctrl-C. */
  outcome: z.enum(['ok', 'warning', 'failed', 'interrupted']),
  startedAt: z.string(),
  durationMs: duration,
  /** The day that the calendar was asked for. */
  at: z.string(),
  profile: z
    .object({
      name: z.string(),
      title: z.string(),
      /** Of `auto`: how sure it is, 0 to 100, and why. */
      score: z.number().optional(),
      reasons: z.array(z.string()).readonly().optional(),
    })
    .nullable(),
  identity: z
    .object({
      manufacturer: z.string(),
      model: z.string(),
      revision: z.string(),
      serialNumber: z.string(),
      capabilities: z.string(),
    })
    .nullable(),
  stations: z.array(stationReportSchema).readonly(),
  signals: z.array(z.object({ afterMs: duration, dbm: z.number() })).readonly(),
});
/** `kadec21/bench/1` */
export type BenchReport = z.output<typeof benchReportSchema>;

export function benchReport(
  bench: Bench,
  stations: readonly StationReport[],
  { isInterrupted, isLineLost }: { readonly isInterrupted: boolean; readonly isLineLost: boolean },
): BenchReport {
  const { options, startedAt, identity, match } = bench;
  const profile = bench.knownProfile;
  return {
    schema: 'kadec21/bench/1',
    port: options.port,
    outcome: isInterrupted ? 'interrupted' : isLineLost ? 'failed' : outcomeOf(stations),
    startedAt: formatInstant(startedAt),
    durationMs: ms(now() - startedAt),
    at: formatInstant(options.at),
    profile:
      profile === undefined
        ? null
        : {
            name: profile.name,
            title: profile.title,
            ...(match === undefined ? {} : { score: match.score, reasons: match.reasons }),
          },
    identity: identity === undefined ? null : { ...identity },
    stations,
    signals: bench.signals.map(({ at, dbm }) => ({ afterMs: ms(at - startedAt), dbm })),
  };
}

function outcomeOf(stations: readonly StationReport[]): BenchReport['outcome'] {
  if (stations.some(({ verdict, isRequired }) => verdict === 'failed' && isRequired)) {
    return 'failed';
  }
  return stations.some(({ verdict }) => verdict === 'warning' || verdict === 'failed') ? 'warning' : 'ok';
}
