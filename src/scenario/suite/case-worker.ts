/** A thread that runs one case after the other: virtual time and seeded chance are the whole thread's. */
import { parentPort } from 'node:worker_threads';
import { runCase } from '../run-case.ts';
import type { CaseOrder, CaseReport } from './worker-pool.ts';

parentPort?.on('message', async ({ scenarioCase, seed, evidence }: CaseOrder) => {
  const result = await runCase(scenarioCase, { seed, evidence });
  parentPort?.postMessage(result satisfies CaseReport);
});
