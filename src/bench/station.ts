/** What a station of the bench is: a named check as data, and the function that makes it. */
import type { Ms } from '../base/units.ts';
import type { Bench } from './bench.ts';

export const stationNames = [
  'port',
  'autobaud',
  'identity',
  'sim',
  'signal',
  'bands',
  'registration',
  'time',
  'dial',
  'ppp',
  'names',
  'latency',
  'throughput',
  'port-25',
  'submission-ports',
  'ehlo',
  'certificate',
  'auth',
  'test-mail',
  'escape',
  'hang-up',
  'reset',
] as const;
export type StationName = (typeof stationNames)[number];

export type Verdict = 'ok' | 'warning' | 'failed' | 'skipped';

/** What a check does beyond asking: it is asked for first. */
export type Cost = 'money' | 'sends mail';

/** A measured value: names tell the unit (`connectMs`, `signalDbm`). */
export type Measurement = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface StationResult {
  readonly verdict: Verdict;
  /** What was seen, in one clause. */
  readonly summary: string;
  /** Stable, for programs; with every verdict but `ok`. */
  readonly code?: string | undefined;
  readonly advice?: string | undefined;
  readonly measurement?: Measurement | undefined;
}

export interface Station {
  readonly name: StationName;
  readonly title: string;
  /** Where one of these did not do, this one is skipped. */
  readonly needs: readonly StationName[];
  readonly costs?: Cost | undefined;
  /** A field unit works without it: a failure is told, and does not decide. */
  readonly isOptional?: boolean | undefined;
  /** What it takes at the most; a longer one has failed. */
  readonly limit: Ms | ((bench: Bench) => Ms);
  /** Failures may also be thrown. */
  run(bench: Bench): Promise<StationResult>;
}

export const ok = (summary: string, measurement?: Measurement): StationResult => ({
  verdict: 'ok',
  summary,
  measurement,
});

/** Of a check that has no object here: what builds on it goes on. */
export const NOT_APPLICABLE = 'BENCH_NOT_APPLICABLE';

/** Something that is not as it should be. */
export const finding = (
  verdict: 'warning' | 'failed' | 'skipped',
  code: string,
  summary: string,
  more: Pick<StationResult, 'advice' | 'measurement'> = {},
): StationResult => ({ verdict, code, summary, ...more });
