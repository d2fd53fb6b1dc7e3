/** Programs that others wrote: whether they are here, and which Debian package brings those that are not. */
import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** By program: its Debian package. */
export type Programs = Readonly<Record<string, string>>;

/**
 * Says on stderr what is left out, once for a test file.
 * @returns why, `undefined` where every program is here
 */
export function reasonToSkip(what: string, programs: Programs): string | undefined {
  const missing = Object.entries(programs).filter(([program]) => !isHere(program));
  if (missing.length === 0) {
    return undefined;
  }
  const reason = missing
    .map(([program, name]) => `${program} is missing (Debian package ${name})`)
    .join(', ');
  process.stderr.write(`left out: ${what}: ${reason}\n`);
  return reason;
}

/**
 * Some tests take minutes each; they run where KADEC21_INTEROP_LONG is set. Says so on stderr.
 * @returns why it is left out, `undefined` where it is wanted
 */
export function reasonAgainstLong(what: string): string | undefined {
  if ((process.env.KADEC21_INTEROP_LONG ?? '') !== '') {
    return undefined;
  }
  const reason = 'it takes minutes (KADEC21_INTEROP_LONG=1 runs it)';
  process.stderr.write(`left out: ${what}: ${reason}\n`);
  return reason;
}

/** Daemons stand in a folder that is not in everybody's path. */
export const withDaemons = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

const isHere = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$0"', program], { env: withDaemons }).status === 0;

/** @returns what it wrote to stdout @throws Error with what it wrote to stderr, unless it ends with 0 */
export function run(program: string, args: readonly string[], input?: string | Uint8Array): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    env: withDaemons,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    throw new Error(`${program} ended with ${status}: ${error?.message ?? stderr.toString()}`);
  }
  return stdout;
}
