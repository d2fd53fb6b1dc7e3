/** Two reports side by side: before and after a change of firmware or module. Pure. */
import type { BenchReport, StationReport } from './bench-report.ts';
import type { Verdict } from './station.ts';

export interface StationChange {
  readonly name: string;
  readonly before: Verdict | 'absent';
  readonly after: Verdict | 'absent';
  readonly trend: 'better' | 'worse' | 'same' | 'other';
  /** What has changed in what was measured. */
  readonly details: readonly string[];
}

export interface Comparison {
  readonly schema: 'kadec21/bench-diff/1';
  readonly isWorse: boolean;
  readonly changes: readonly StationChange[];
}

const RANK: Readonly<Record<Verdict, number>> = { ok: 0, warning: 1, failed: 2, skipped: 3 };

/** Durations scatter: what counts is twice as long, and by half a second at least. */
const LONGER_FACTOR = 2;
const LONGER_BY_MS = 500;
/** Two steps of +CSQ are 4 dB; less is the weather. */
const WEAKER_BY_DB = 6;

export function compareReports(before: BenchReport, after: BenchReport): Comparison {
  const names = new Set([...before.stations, ...after.stations].map(({ name }) => name));
  const find = ({ stations }: BenchReport, name: string) => stations.find((station) => station.name === name);
  const changes = [...names].map((name) => changeOf(name, find(before, name), find(after, name)));
  return { schema: 'kadec21/bench-diff/1', isWorse: changes.some(({ trend }) => trend === 'worse'), changes };
}

function changeOf(
  name: string,
  before: StationReport | undefined,
  after: StationReport | undefined,
): StationChange {
  const states = { name, before: before?.verdict ?? 'absent', after: after?.verdict ?? 'absent' } as const;
  if (before === undefined || after === undefined) {
    return { ...states, trend: 'other', details: [] };
  }
  const measured = measurementChanges(before, after);
  const details = [
    ...(before.code === after.code || after.code === undefined ? [] : [`${after.code}: ${after.summary}`]),
    ...measured.map(({ text }) => text),
  ];
  const isComparable = before.verdict !== 'skipped' && after.verdict !== 'skipped';
  const step = isComparable ? RANK[after.verdict] - RANK[before.verdict] : 0;
  if (step !== 0) {
    return { ...states, trend: step > 0 ? 'worse' : 'better', details };
  }
  if (!isComparable) {
    return { ...states, trend: before.verdict === after.verdict ? 'same' : 'other', details };
  }
  const trend = measured.some(({ isWorse }) => isWorse) ? 'worse' : details.length > 0 ? 'other' : 'same';
  return { ...states, trend, details };
}

function measurementChanges(before: StationReport, after: StationReport) {
  const keys = new Set([...Object.keys(before.measurement ?? {}), ...Object.keys(after.measurement ?? {})]);
  return [...keys].flatMap((key) => {
    const [one, other] = [before.measurement?.[key], after.measurement?.[key]];
    if (String(one) === String(other)) {
      return [];
    }
    const isWorse = typeof one === 'number' && typeof other === 'number' && isWorseNumber(key, one, other);
    return [{ text: `${key}: ${String(one ?? '-')} -> ${String(other ?? '-')}`, isWorse }];
  });
}

function isWorseNumber(key: string, before: number, after: number): boolean {
  if (/Dbm$/.test(key)) {
    return before - after >= WEAKER_BY_DB;
  }
  // An offset of a clock has a sign: it is no duration.
  return (
    /Ms$/.test(key) && key !== 'offsetMs' && after > before * LONGER_FACTOR && after - before >= LONGER_BY_MS
  );
}
