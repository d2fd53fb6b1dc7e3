/** The name of a pty that stays the same from run to run: a symbolic link, which goes with the line. */
import { lstatSync, readlinkSync, renameSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { LineError } from './line-error.ts';
import { listenFailure } from './offer-tcp.ts';
import { removeAtExit } from './remove-at-exit.ts';

/** Links of this process. */
const offered = new Set<string>();

/**
 * Only a link that leads nowhere is replaced, or to a pty of this process under another name: what a program left
 * that was killed, since the system gives the numbers of ptys again. A file, or a link to something else that is
 * there, is somebody's.
 * @param isOurs whether a path is a pty of this process
 * @returns the function that removes it, if it still leads there
 * @throws LineError
 */
export function linkPty(link: string, pty: string, isOurs: (path: string) => boolean): () => void {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there !== undefined) {
    const target = there.isSymbolicLink() ? readlinkSync(link) : undefined;
    const isLeftOver =
      target !== undefined && !offered.has(resolve(link)) && (isOurs(target) || !leadsSomewhere(link));
    if (!isLeftOver) {
      throw new LineError('LINE_BUSY', `${link} is there already.`, {
        advice:
          target === undefined
            ? 'It is no link and is left alone: choose another name.'
            : `It leads to ${target}: end the program that offers it, remove it, or choose another name.`,
      });
    }
  }
  try {
    if (statSync(dirname(link)).isDirectory()) {
      // In one step, so that nobody ever finds half of it.
      const fresh = `${link}.${process.pid}`;
      symlinkSync(pty, fresh);
      renameSync(fresh, link);
      offered.add(resolve(link));
    }
  } catch (cause) {
    throw listenFailure(link, cause);
  }
  const remove = () => {
    offered.delete(resolve(link));
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === pty) {
      unlinkSync(link);
    }
  };
  const forget = removeAtExit(remove);
  return () => {
    forget();
    remove();
  };
}

const leadsSomewhere = (link: string): boolean => statSync(link, { throwIfNoEntry: false }) !== undefined;
