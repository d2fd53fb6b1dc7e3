/** A file that grows while a command works: a trace, a capture. Opened before the work, closed after it. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Kadec21Error } from '../base/errors.ts';

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
  try {
    const file = openSync(path, 'w', 0o644);
    // Synchronous, so that what happened before a crash or Ctrl-C is in the file.
    return {
      write: (content) => {
        writeSync(file, typeof content === 'string' ? Buffer.from(content) : content);
      },
      close: () => closeSync(file),
    };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new OutputFileError(`${path} cannot be written: ${said}`, { cause });
  }
}
