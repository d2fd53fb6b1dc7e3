/** Runs cases with real devices, each in a process of its own, and leaves nothing of any of them behind. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Ms, seconds } from '../../base/units.ts';
import { removeAtExit } from '../../serial/remove-at-exit.ts';
import type { CaseResult } from '../case-result.ts';
import { clearAway, type Leftover } from '../real/leftovers.ts';
import { brokenCase, type CaseOrder, GRACE } from './worker-pool.ts';

/** `there` and `gone`: what it has outside of itself. */
export type ProcessReport =
  | { readonly kind: 'result'; readonly result: CaseResult }
  | { readonly kind: 'there'; readonly number: number; readonly leftover: Leftover }
  | { readonly kind: 'gone'; readonly number: number };

/** A process that is to break off ends its devices' programs first, which may take their time with SIGTERM. */
const PATIENCE = seconds(6);

export class CaseProcesses {
  readonly #running = new Set<{ readonly child: ChildProcess; readonly ended: Promise<void> }>();

  /** Never rejects. */
  run(order: CaseOrder, limit: Ms): Promise<CaseResult> {
    const startedAt = performance.now();
    const child = start();
    const clear = clearedAway(child);
    let endedNow = () => {};
    const running = { child, ended: new Promise<void>((resolve) => (endedNow = resolve)) };
    this.#running.add(running);
    return new Promise((resolve) => {
      let found: CaseResult | undefined;
      let hangs = false;
      const timer = setTimeout(() => {
        hangs = true;
        child.kill('SIGKILL');
      }, limit + GRACE);
      const end = (how: string) => {
        clearTimeout(timer);
        clear();
        this.#running.delete(running);
        endedNow();
        const message = hangs ? 'The scenario hangs in a loop that never waits.' : `The scenario ${how}.`;
        resolve(found ?? brokenCase(order, message, how, performance.now() - startedAt));
      };
      child.on('message', (report: ProcessReport) => {
        if (report.kind === 'result') {
          found = report.result;
        }
      });
      child.once('error', (error) => end(`could not be given to a process: ${error.message}`));
      child.once('exit', (status, signal) =>
        end(`ended its process ${signal === null ? `with ${status}` : `by ${signal}`}`),
      );
      child.send(order, () => {});
    });
  }

  /** Breaks off what still runs; ends it where it does not end by itself. */
  async close(): Promise<void> {
    const running = [...this.#running];
    for (const { child } of running) {
      if (child.connected) {
        child.disconnect();
      }
    }
    const timer = setTimeout(() => {
      for (const { child } of running) {
        child.kill('SIGKILL');
      }
    }, PATIENCE);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(timer);
  }
}

/** @returns clears away what the process has left */
function clearedAway(child: ChildProcess): () => void {
  const kept = new Map<number, { readonly leftover: Leftover; readonly forget: () => void }>();
  const forgetProcess = removeAtExit(() => child.kill('SIGKILL'));
  child.on('message', (report: ProcessReport) => {
    if (report.kind === 'there') {
      const { number, leftover } = report;
      kept.set(number, { leftover, forget: removeAtExit(() => clearAway(leftover)) });
    } else if (report.kind === 'gone') {
      kept.get(report.number)?.forget();
      kept.delete(report.number);
    }
  });
  return () => {
    forgetProcess();
    for (const { leftover, forget } of kept.values()) {
      forget();
      clearAway(leftover);
    }
    kept.clear();
  };
}

/** A checkout runs its sources, as bin/kadec21.js does. */
function start(): ChildProcess {
  const isCheckout = import.meta.url.endsWith('.ts');
  const script = new URL(isCheckout ? './case-process.ts' : './case-process.js', import.meta.url);
  return fork(fileURLToPath(script), {
    execArgv: isCheckout ? ['--import', import.meta.resolve('tsx')] : [],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
