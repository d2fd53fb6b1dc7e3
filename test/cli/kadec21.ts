/** Runs the command as a user does: in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The checkout's, unless the run has built one (test/docs/build-once.ts). */
export const command =
  process.env.KADEC21_COMMAND ?? fileURLToPath(new URL('../../bin/kadec21.js', import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const kadec21 = (...args: readonly string[]): Promise<Finished> => kadec21In(process.cwd(), args);

/** The same in another folder, or of another build. */
export function kadec21In(folder: string, args: readonly string[], script = command): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, [script, ...args], { cwd: folder, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
