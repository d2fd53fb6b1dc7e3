/**
 * What a run has outside of its process: programs, folders, links. A process that is killed lets nothing of it go by
 * itself, so that somebody who stays has to know of it.
 */
import { lstatSync, readlinkSync, rmSync, unlinkSync } from 'node:fs';
import process from 'node:process';
import { removeAtExit } from '../../serial/remove-at-exit.ts';

/** Plain data: it can be told to another process. */
export type Leftover =
  | { readonly kind: 'program'; readonly group: number }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** Takes note of something. @returns what is to be called when it is gone */
export type KeepInMind = (leftover: Leftover) => () => void;

/** Clears away when this process ends. */
export const clearAtExit: KeepInMind = (leftover) => removeAtExit(() => clearAway(leftover));

/** At once; what is gone already is no error. */
export function clearAway(leftover: Leftover): void {
  switch (leftover.kind) {
    case 'program':
      signalGroup(leftover.group, 'SIGKILL');
      return;
    case 'folder':
      rmSync(leftover.path, { recursive: true, force: true });
      return;
    case 'link':
      if (
        lstatSync(leftover.path, { throwIfNoEntry: false })?.isSymbolicLink() &&
        readlinkSync(leftover.path) === leftover.target
      ) {
        unlinkSync(leftover.path);
      }
      return;
  }
}

/**
 * Sends a signal to a program and to those that it has started.
 * @param signal 0: only looks whether one is there
 * @returns false where none is left
 */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
