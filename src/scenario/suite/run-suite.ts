/** Runs a plan on the threads of a pool and keeps the evidence of what did not pass. */
import { type Ms, ms } from '../../base/units.ts';
import { parseDuration } from '../../config/duration.ts';
import { isMapping } from '../../config/scenario-layers.ts';
import type { CaseResult } from '../case-result.ts';
import type { ScenarioCase } from '../cases.ts';
import { CaseProcesses } from './case-processes.ts';
import type { Plan, PlannedRun } from './plan.ts';
import { replayCommand } from './replay-command.ts';
import { type CaseSummary, type Shard, SUITE_SCHEMA, type SuiteResult } from './suite-result.ts';
import { WorkerPool } from './worker-pool.ts';

export interface SuiteOptions {
  readonly seed: number;
  readonly repeat: number;
  readonly shard?: Shard | undefined;
  /** Threads at the same time. */
  readonly workers: number;
  /** Ends with the first case that does not pass. */
  readonly bail?: boolean | undefined;
  /** Real time after which a case is given up, instead of its own `timeout`. */
  readonly timeout?: Ms | undefined;
  readonly evidence: 'always' | 'failed';
  readonly signal?: AbortSignal | undefined;
  /** Looks at a result, evidence and all, before it is summed up; may judge it anew. */
  readonly review?: ((result: CaseResult) => CaseResult) | undefined;
  /** Keeps the evidence. @returns its folder, seen from the result file */
  readonly keep?: ((result: CaseResult, replay: string) => string | undefined) | undefined;
  readonly onStart?: ((run: PlannedRun) => void) | undefined;
  readonly onEnd?: ((summary: CaseSummary) => void) | undefined;
}

/** Results are in the order of the plan, however the threads took turns. */
export async function runSuite({ runs, planned }: Plan, options: SuiteOptions): Promise<SuiteResult> {
  const startedAt = Date.now();
  const began = performance.now();
  const pool = new WorkerPool(Math.max(1, Math.min(options.workers, runs.length)));
  const processes = new CaseProcesses();
  const summaries: (CaseSummary | undefined)[] = runs.map(() => undefined);
  const turns = new Turns();
  let next = 0;
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  options.signal?.addEventListener('abort', end, { once: true });
  if (options.signal?.aborted === true) {
    end();
  }

  const work = async () => {
    for (let index = next; index < runs.length && !isOver; index = next) {
      next += 1;
      const run = runs[index];
      if (run === undefined) {
        break;
      }
      const endTurn = hasOwnLine(run.scenarioCase) ? await turns.take() : () => {};
      if (isOver) {
        endTurn();
        break;
      }
      options.onStart?.(run);
      const scenarioCase = withLimit(run.scenarioCase, options.timeout);
      const order = { scenarioCase, seed: run.seed, evidence: options.evidence };
      const place = isInRealTime(scenarioCase) ? processes : pool;
      const result = await place.run(order, limitOf(scenarioCase));
      endTurn();
      if (options.signal?.aborted === true) {
        break;
      }
      const summary = summed(options.review?.(result) ?? result, options.keep);
      summaries[index] = summary;
      options.onEnd?.(summary);
      if (options.bail === true && summary.verdict !== 'passed') {
        end();
      }
    }
  };
  try {
    const interrupted = new Promise<void>((resolve) =>
      options.signal?.addEventListener('abort', () => resolve(), { once: true }),
    );
    await Promise.race([Promise.all(Array.from({ length: pool.size }, work)), interrupted]);
  } finally {
    await Promise.all([pool.close(), processes.close()]);
  }
  const results = summaries.filter((summary) => summary !== undefined);
  return {
    schema: SUITE_SCHEMA,
    seed: options.seed,
    repeat: options.repeat,
    shard: options.shard,
    planned,
    leftOut: runs.length - results.length,
    startedAt,
    realMs: performance.now() - began,
    workers: pool.size,
    results,
  };
}

/** Cases at a line of this machine take turns: a real device and a port are there once. */
class Turns {
  #last: Promise<void> = Promise.resolve();

  /** @returns ends the turn */
  async take(): Promise<() => void> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    return end;
  }
}

const hasOwnLine = (scenarioCase: ScenarioCase): boolean => hasDeviceWith(scenarioCase, 'line');
const isInRealTime = (scenarioCase: ScenarioCase): boolean =>
  hasOwnLine(scenarioCase) || hasDeviceWith(scenarioCase, 'command');

function hasDeviceWith({ document }: ScenarioCase, key: 'line' | 'command'): boolean {
  const devices = isMapping(document) ? document.devices : undefined;
  return (
    isMapping(devices) &&
    Object.values(devices).some((device) => isMapping(device) && device[key] !== undefined)
  );
}

function summed(result: CaseResult, keep: SuiteOptions['keep']): CaseSummary {
  const replay = replayCommand(result);
  const folder =
    result.evidence.events.length > 0 || result.verdict !== 'passed' ? keep?.(result, replay) : undefined;
  const { evidence: _, ...rest } = result;
  return { ...rest, replay, evidence: folder };
}

/** `--timeout` goes over what the scenario says. */
function withLimit(scenarioCase: ScenarioCase, timeout: Ms | undefined): ScenarioCase {
  const { document } = scenarioCase;
  return timeout === undefined || typeof document !== 'object' || document === null
    ? scenarioCase
    : { ...scenarioCase, document: { ...document, timeout: `${Math.max(1000, timeout)}ms` } };
}

function limitOf({ document }: ScenarioCase): Ms {
  const written =
    typeof document === 'object' && document !== null && 'timeout' in document ? document.timeout : undefined;
  return (typeof written === 'string' ? parseDuration(written) : undefined) ?? ms(60_000);
}
