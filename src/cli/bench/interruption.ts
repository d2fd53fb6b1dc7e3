/** Ctrl-C and SIGTERM while the bench works. */
import process from 'node:process';
import { type ExitStatus, printNote } from '../console.ts';

/** Ctrl-C hangs up first; a second one does not wait for that. */
export function interruption(): { readonly signal: AbortSignal; readonly end: () => void } {
  const control = new AbortController();
  const before = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  const onSignal = () => {
    if (control.signal.aborted) {
      process.exit(130 satisfies ExitStatus);
    }
    printNote('\nhanging up (Ctrl-C once more leaves at once)');
    control.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: control.signal,
    end: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      for (const listener of before) {
        process.on('SIGINT', listener);
      }
    },
  };
}
