/** Notices a case that never ends: no timer of this thread would run any more, so another thread looks. */
import { Worker } from 'node:worker_threads';

const LONGEST_CASE_MS = 20_000;

/** Runs in the other thread. */
const LOOKING = `
  const { workerData: { cells, limitMs } } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  const state = new Int32Array(cells);
  let last = -1, since = Date.now();
  setInterval(() => {
    if (state[0] !== last) { last = state[0]; since = Date.now(); return; }
    if (Date.now() - since > limitMs) {
      writeSync(2, 'HANG: target number ' + state[1] + ', case ' + state[2] + ' has not ended\\n');
      process.kill(process.pid, 'SIGKILL');
    }
  }, 500);
`;

export interface Watchdog {
  /** A case begins. */
  beat(targetNumber: number, caseSeed: number): void;
  stop(): Promise<void>;
}

/** Kills this process with a message when a case runs for more than 20 s. */
export function startWatchdog(): Watchdog {
  const cells = new SharedArrayBuffer(12);
  const state = new Int32Array(cells);
  const worker = new Worker(LOOKING, { eval: true, workerData: { cells, limitMs: LONGEST_CASE_MS } });
  worker.unref();
  return {
    beat(targetNumber, caseSeed) {
      state[1] = targetNumber;
      state[2] = caseSeed;
      state[0] = ((state[0] ?? 0) + 1) | 0;
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
