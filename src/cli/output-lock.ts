/**
 * A file that grows belongs to one program at a time: two would cut off what the other has written. Beside FILE lies
 * FILE.lock with the number of the process that writes; one that a killed process has left counts for nothing.
 */
import { readFileSync, realpathSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { removeAtExit } from '../serial/remove-at-exit.ts';

/** @returns lets go of it, or who has it */
export function lockOutput(path: string): (() => void) | { readonly heldBy: number; readonly lock: string } {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) {
    // A pipe or a terminal may have many writers.
    return () => {};
  }
  const lock = `${there === undefined ? path : realpathSync(path)}.lock`;
  const holder = holderOf(lock);
  if (holder !== undefined) {
    return { heldBy: holder, lock };
  }
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
  } catch {
    // Somebody was faster, or the folder takes no new file: then who may write is told by the file itself.
    const faster = holderOf(lock);
    return faster === undefined ? () => {} : { heldBy: faster, lock };
  }
  const remove = () => rmSync(lock, { force: true });
  const forget = removeAtExit(remove);
  return () => {
    forget();
    remove();
  };
}

/** The process that holds a lock. What a process has left that is gone, is taken away. */
function holderOf(lock: string): number | undefined {
  try {
    const holder = Number(readFileSync(lock, 'latin1'));
    if (Number.isSafeInteger(holder) && holder > 0 && isAlive(holder)) {
      return holder;
    }
    unlinkSync(lock);
  } catch {
    // There is none.
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: it is there, and somebody else's.
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
  }
}
