/**
 * What lies in the file system for as long as this process runs: taken away when it ends, by a signal too. A program
 * that has its own way to end on a signal does that instead; the `exit` that follows takes away what is left.
 */
import process from 'node:process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const removals = new Set<() => void>();

/** @returns the function that forgets about it: it has been taken away */
export function removeAtExit(remove: () => void): () => void {
  if (removals.size === 0) {
    process.on('exit', removeAll);
    for (const signal of SIGNALS) {
      process.on(signal, endBySignal);
    }
  }
  removals.add(remove);
  return () => {
    removals.delete(remove);
    if (removals.size === 0) {
      process.off('exit', removeAll);
      for (const signal of SIGNALS) {
        process.off(signal, endBySignal);
      }
    }
  };
}

function removeAll(): void {
  for (const remove of removals) {
    try {
      remove();
    } catch {
      // It is gone, or no longer ours: nothing is left to do, and the others wait.
    }
  }
  removals.clear();
}

function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) {
    return;
  }
  removeAll();
  process.off(signal, endBySignal);
  // Without a listener the signal does what it always does, and the shell sees it.
  process.kill(process.pid, signal);
}
