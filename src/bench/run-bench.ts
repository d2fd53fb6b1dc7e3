/**
 * Walks the stations: each within its time, what depends on a failed one is skipped, and at the end, also after Ctrl-C or
 * a pulled cable, the call is hung up and the port released.
 */
import { Kadec21Error } from '../base/errors.ts';
import { type Ms, ms } from '../base/units.ts';
import { now } from '../base/virtual-time.ts';
import { Bench, type BenchOptions } from './bench.ts';
import { BenchError } from './bench-error.ts';
import { type BenchReport, benchReport, type StationReport } from './bench-report.ts';
import { EvidenceLog } from './evidence-log.ts';
import {
  type Cost,
  NOT_APPLICABLE,
  type Station,
  type StationName,
  type StationResult,
  stationNames,
} from './station.ts';
import { stations } from './stations.ts';

export interface BenchRun extends BenchOptions {
  /** Only these, and what they need. */
  readonly only?: readonly StationName[] | undefined;
  readonly skip?: readonly StationName[] | undefined;
  /** What the user has agreed to. */
  readonly allowed: ReadonlySet<Cost>;
  /** Takes the place of every station's own limit. */
  readonly limit?: Ms | undefined;
  /** Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: ((station: Station) => void) | undefined;
  readonly onEnd?: ((report: StationReport) => void) | undefined;
}

/** Runs the bench. Never rejects for what it found: that is in the report. */
export async function runBench(run: BenchRun): Promise<BenchReport> {
  const bench = new Bench(run);
  const walk = new Walk(run, bench);
  try {
    for (const station of chosenStations(run.only)) {
      await walk.visit(station);
    }
  } finally {
    // From here on it is this side that closes the line.
    walk.end();
    await bench.end();
  }
  return benchReport(bench, walk.reports, walk);
}

/** Those that are asked for and all that they need, in their order. */
export function chosenStations(only: readonly StationName[] | undefined): readonly Station[] {
  if (only === undefined) {
    return stations;
  }
  const wanted = new Set<StationName>();
  const want = (name: StationName): void => {
    if (!wanted.has(name)) {
      wanted.add(name);
      stations.find((station) => station.name === name)?.needs.forEach(want);
    }
  };
  only.forEach(want);
  return stations.filter(({ name }) => wanted.has(name));
}

/** How a station was cut short. */
type Cut = 'limit' | 'interrupted' | 'line-lost';

class Walk {
  readonly reports: StationReport[] = [];
  readonly #run: BenchRun;
  readonly #bench: Bench;
  #lineLost: Error | undefined;
  #isOver = false;
  #cut: (cut: Cut) => void = () => {};
  readonly #onAbort = () => this.#cut('interrupted');

  constructor(run: BenchRun, bench: Bench) {
    this.#run = run;
    this.#bench = bench;
    run.signal?.addEventListener('abort', this.#onAbort);
  }

  get isInterrupted(): boolean {
    return this.#run.signal?.aborted === true;
  }

  get isLineLost(): boolean {
    return this.#lineLost !== undefined;
  }

  end(): void {
    this.#isOver = true;
    this.#run.signal?.removeEventListener('abort', this.#onAbort);
  }

  async visit(station: Station): Promise<void> {
    const startedAt = now();
    const reason = this.#reasonToSkip(station);
    const bench = this.#bench;
    bench.evidence = new EvidenceLog();
    if (reason === undefined) {
      this.#run.onStart?.(station);
    }
    if (reason?.verdict === 'failed') {
      bench.note(reason.summary);
    }
    const result = reason ?? (await this.#make(station));
    const { name, title, costs, isOptional = false } = station;
    const report: StationReport = {
      name,
      title,
      ...(costs === undefined ? {} : { costs }),
      isRequired: !isOptional,
      ...result,
      startedAfterMs: ms(startedAt - bench.startedAt),
      durationMs: ms(now() - startedAt),
      evidence: bench.evidence.lines,
    };
    this.reports.push(report);
    this.#run.onEnd?.(report);
  }

  #reasonToSkip({ name, needs, costs }: Station): StationResult | undefined {
    const skipped = (code: string, summary: string): StationResult => ({ verdict: 'skipped', code, summary });
    if (this.isInterrupted) {
      return skipped('BENCH_INTERRUPTED', 'interrupted');
    }
    if (this.#lineLost !== undefined) {
      return skipped('BENCH_LINE_LOST', 'the line is gone');
    }
    if (this.#run.skip?.includes(name) === true) {
      return skipped('BENCH_LEFT_OUT', 'left out by --skip');
    }
    const lacking = needs.find((need) => {
      const before = this.reports.find((report) => report.name === need);
      return (
        before === undefined ||
        before.verdict === 'failed' ||
        (before.verdict === 'skipped' && before.code !== NOT_APPLICABLE)
      );
    });
    if (lacking !== undefined) {
      return skipped('BENCH_DEPENDS', `needs ${lacking}`);
    }
    if (this.#bench.isModuleGone) {
      return skipped('BENCH_DEPENDS', 'the module is gone');
    }
    const loss = this.#bench.callLostBy;
    if (loss !== undefined && needsCall(name)) {
      // One that broke off unnoticed, between two stations or while one did well, fails the next one.
      const isTold = this.reports.some((report) => needsCall(report.name) && report.verdict === 'failed');
      return isTold
        ? name === 'hang-up'
          ? undefined
          : skipped('BENCH_DEPENDS', 'the call is gone')
        : resultOf(loss);
    }
    return costs !== undefined && !this.#run.allowed.has(costs)
      ? skipped(
          'BENCH_NOT_ALLOWED',
          `${costs === 'money' ? 'costs money' : costs}: not allowed (--yes allows it)`,
        )
      : undefined;
  }

  async #make(station: Station): Promise<StationResult> {
    const cut = new Promise<Cut>((resolve) => {
      this.#cut = resolve;
    });
    const limit = this.#limitOf(station);
    const before = this.#bench.callLostBy;
    const timer = setTimeout(() => this.#cut('limit'), limit);
    try {
      const made = station.run(this.#bench);
      made.catch(() => {});
      const result = await Promise.race([made, cut]);
      return typeof result === 'string'
        ? this.#cutShort(result, limit)
        : await this.#explained(station, result, before);
    } catch (failure) {
      return await this.#explained(station, resultOf(this.#lineLost ?? failure), before);
    } finally {
      clearTimeout(timer);
      this.#watchLine(station);
    }
  }

  /** What fails while the call breaks off, or the module dies, fails because of that. */
  async #explained(
    { name }: Station,
    result: StationResult,
    before: Error | undefined,
  ): Promise<StationResult> {
    const isOwnFault = /^PPP_(?!LINK_LOST)/.test(result.code ?? '');
    const isFine = result.verdict === 'ok' || result.verdict === 'skipped';
    if (isFine || isOwnFault || !needsCall(name) || this.#lineLost !== undefined || this.isInterrupted) {
      return result;
    }
    const loss = await this.#bench.lookForLoss();
    return loss === undefined || loss === before ? result : resultOf(loss);
  }

  #limitOf({ limit }: Station): Ms {
    return this.#run.limit ?? (typeof limit === 'number' ? limit : limit(this.#bench));
  }

  #cutShort(cut: Cut, limit: Ms): StationResult {
    switch (cut) {
      case 'interrupted':
        return { verdict: 'skipped', code: 'BENCH_INTERRUPTED', summary: 'interrupted' };
      case 'line-lost':
        return resultOf(this.#lineLost);
      case 'limit':
        return resultOf(
          new BenchError('BENCH_TIMEOUT', `It has not come to an end within ${limit / 1000} s.`, {
            advice: 'See in the dialogue what was waited for; --timeout gives it longer.',
          }),
        );
    }
  }

  /** From when there is a line: that it goes ends whatever station is at work. */
  #watchLine({ name }: Station): void {
    if (name === 'port' && this.#bench.hasLine) {
      this.#bench.line.on('close', (cause) => {
        if (this.#isOver) {
          return;
        }
        this.#lineLost = cause ?? new BenchError('BENCH_NOTHING_THERE', 'The line was closed.', {}, 'line');
        this.#cut('line-lost');
      });
    }
  }
}

/** Stations that work over the call: from PPP to the end of the call. */
const OVER_THE_CALL: ReadonlySet<StationName> = new Set(
  stationNames.slice(stationNames.indexOf('ppp'), stationNames.indexOf('hang-up') + 1),
);
const needsCall = (name: StationName): boolean => OVER_THE_CALL.has(name);

/** A failure as a result: its own words, code and advice. */
function resultOf(failure: unknown): StationResult {
  if (failure instanceof Kadec21Error) {
    const { code, message, advice } = failure;
    return { verdict: 'failed', code, summary: message, advice };
  }
  return {
    verdict: 'failed',
    code: 'BENCH_UNEXPECTED',
    summary: failure instanceof Error ? failure.message : String(failure),
  };
}
