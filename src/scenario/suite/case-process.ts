/** A process that runs one case in real time: native code of lines, and the shifted clock, are its own. */
import process from 'node:process';
import type { Leftover } from '../real/leftovers.ts';
import { clearAtExit } from '../real/leftovers.ts';
import { runCase } from '../run-case.ts';
import type { ProcessReport } from './case-processes.ts';
import type { CaseOrder } from './worker-pool.ts';

const tell = (report: ProcessReport): void => {
  if (process.connected) {
    process.send?.(report);
  }
};
let lastNumber = 0;

/** This process clears away when it ends; who started it, where it was killed. */
function keepInMind(leftover: Leftover): () => void {
  lastNumber += 1;
  const number = lastNumber;
  tell({ kind: 'there', number, leftover });
  const forget = clearAtExit(leftover);
  return () => {
    forget();
    tell({ kind: 'gone', number });
  };
}

const over = new AbortController();
// Who started this has gone, or wants no result any more.
process.once('disconnect', () => over.abort());

process.once('message', async ({ scenarioCase, seed, evidence }: CaseOrder) => {
  const result = await runCase(scenarioCase, { seed, evidence, keepInMind, signal: over.signal });
  if (process.connected) {
    process.send?.({ kind: 'result', result } satisfies ProcessReport, () => process.exit(0));
  } else {
    process.exit(0);
  }
});
