/** A file that grows while a command works: a trace, a capture. Opened before the work, closed after it. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Kadec21Error } from '../base/errors.ts';
import { lockOutput } from './output-lock.ts';

export class OutputFileError extends Kadec21Error {
  readonly code = 'OUTPUT_FILE';
  readonly layer = 'usage';
}

export interface OutputFile {
  write(content: string | Uint8Array): void;
  close(): void;
}

/**
 * @param path `-` writes to stderr
 * @throws OutputFileError that says why the file cannot be written
 */
export function openOutputFile(path: string): OutputFile {
  if (path === '-') {
    return { write: (content) => process.stderr.write(content), close: () => {} };
  }
  const unlock = lockOutput(path);
  if (typeof unlock !== 'function') {
    throw unlock.heldBy === process.pid
      ? new OutputFileError(`${path} is asked for twice: each needs a file of its own.`)
      : new OutputFileError(`${path} is written to already, by process ${unlock.heldBy}.`, {
          advice: `Name another file, or end that process. If it is no kadec21, remove ${unlock.lock}.`,
        });
  }
  try {
    const file = openSync(path, 'w', 0o644);
    // Synchronous, so that what happened before a crash or Ctrl-C is in the file.
    return {
      write: (content) => {
        writeSync(file, typeof content === 'string' ? Buffer.from(content) : content);
      },
      close: () => {
        closeSync(file);
        unlock();
      },
    };
  } catch (cause) {
    unlock();
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new OutputFileError(`${path} cannot be written: ${said}`, { cause });
  }
}
