/** A folder for the files of one measure, gone when the measure is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function inScratchFolder<Result>(work: (path: (name: string) => string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'kadec21-perf-'));
  try {
    return work((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
