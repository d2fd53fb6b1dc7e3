/**
 * Threads that run cases, each one at a time. A case that takes its thread down, or never ends, is `broken`; the others
 * go on in a fresh thread.
 */
import { Worker } from 'node:worker_threads';
import { type Ms, ms, seconds } from '../../base/units.ts';
import type { CaseResult } from '../case-result.ts';
import type { ScenarioCase } from '../cases.ts';

export interface CaseOrder {
  readonly scenarioCase: ScenarioCase;
  readonly seed: number;
  readonly evidence: 'always' | 'failed';
}

export type CaseReport = CaseResult;

/** A case ends itself at its limit; a thread that has not come back so much later is stuck in a loop. */
export const GRACE = seconds(30);

/** Largest limit that a scenario can ask for, for cases whose limit cannot be read. */
const LONGEST_LIMIT = seconds(3600);

export class WorkerPool {
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();

  /** @param size threads that work at the same time */
  constructor(size: number) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** Runs one case in a thread that is free. Call it at most `size` times at once. Never rejects. */
  async run(order: CaseOrder, limit: Ms = LONGEST_LIMIT): Promise<CaseResult> {
    const worker = this.#idle.pop() ?? this.#start();
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const broken = (message: string, found: string) => {
        settle();
        this.#discard(worker);
        resolve(brokenCase(order, message, found, performance.now() - startedAt));
      };
      const onReport = (result: CaseReport) => {
        settle();
        this.#idle.push(worker);
        resolve(result);
      };
      const onError = (error: Error) =>
        broken(`The scenario took its thread down: ${error.message}`, error.stack ?? error.message);
      const onExit = (code: number) =>
        broken(`The scenario ended its thread with ${code}.`, `exit status ${code}`);
      const timer = setTimeout(
        () => broken('The scenario hangs in a loop that never waits.', `no sign for ${limit + GRACE} ms`),
        limit + GRACE,
      );
      const settle = () => {
        clearTimeout(timer);
        worker.off('message', onReport).off('error', onError).off('exit', onExit);
      };
      worker.on('message', onReport).on('error', onError).on('exit', onExit);
      worker.postMessage(order);
    });
  }

  /** Ends all threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = startWorker();
    this.#all.add(worker);
    worker.on('exit', () => this.#all.delete(worker));
    return worker;
  }

  #discard(worker: Worker): void {
    // What it still says is of no interest to anybody.
    worker.on('error', () => {});
    void worker.terminate();
  }
}

/**
 * A mail through the whole path leaves more than a megabyte of short-lived objects. In V8's nursery of 16 MB many of
 * them are copied before they die; in one of 64 MB (a third of this limit) a mail takes about a tenth less of CPU time.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 192 };

/** A checkout runs its sources: the thread registers the loader that the process has, as bin/kadec21.js does. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./case-worker.js', import.meta.url), { resourceLimits });
  }
  const script = new URL('./case-worker.ts', import.meta.url).href;
  const loader = import.meta.resolve('tsx/esm/api');
  const start = [
    `import { register } from ${JSON.stringify(loader)};`,
    'register();',
    `await import(${JSON.stringify(script)});`,
  ].join('\n');
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(start)}`), { resourceLimits });
}

/** The result of a case that did not come back. @param found what was seen instead */
export function brokenCase(order: CaseOrder, message: string, found: string, realMs: number): CaseResult {
  const { id, file, name, parameters } = order.scenarioCase;
  return {
    schema: 'kadec21/case-result/1',
    id,
    file,
    name,
    parameters,
    seed: order.seed,
    verdict: 'broken',
    failures: [{ path: '', file, message, expected: 'a scenario that can be run', found }],
    startedAt: 0,
    endedAt: 0,
    virtualMs: ms(0),
    realMs,
    devices: [],
    mails: [],
    calls: 0,
    evidence: { events: [], eventsDropped: 0, captures: {}, flashes: {} },
  };
}
