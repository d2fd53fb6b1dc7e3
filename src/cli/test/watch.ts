/** Runs a suite again whenever a file beside its scenarios changes: settings and data lie there too. */
import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kadec21Error } from '../../base/errors.ts';
import { printNote, reportFailure } from '../console.ts';

/** Editors write a file in several steps. */
const SETTLE_MS = 150;

/** What the suite itself writes must not start it again. */
const OWN_FILES = /\.snapshot\.json$|\.part$|(^|[/\\])(kadec21-results|evidence)([/\\]|$)/;

/** @param run rejects with a mistake in a file: it is told, and the next change tried */
export async function watchScenarios(
  files: readonly string[],
  signal: AbortSignal,
  run: () => Promise<unknown>,
): Promise<void> {
  let isChanged = true;
  let wake = () => {};
  const folders = new Set(await Promise.all(files.map(folderOf)));
  for (const folder of folders) {
    const watcher = watch(folder, { recursive: true, signal }, (_, name) => {
      if (name !== null && !OWN_FILES.test(name)) {
        isChanged = true;
        wake();
      }
    });
    // The signal ends it with an error that nobody needs.
    watcher.on('error', () => {});
  }
  signal.addEventListener('abort', () => wake());
  while (!signal.aborted) {
    if (isChanged) {
      isChanged = false;
      await run().catch((failure) => {
        if (!(failure instanceof Kadec21Error)) {
          throw failure;
        }
        reportFailure(failure);
      });
      printNote('waiting for a change; Ctrl-C ends');
    }
    if (!isChanged && !signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  }
}

const folderOf = async (file: string): Promise<string> =>
  (await stat(file)).isDirectory() ? file : dirname(file);
