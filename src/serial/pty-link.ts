/** The name of a pty that stays the same from run to run: a symbolic link, which goes with the line. */
import { lstatSync, readlinkSync, renameSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { LineError } from './line-error.ts';
import { listenFailure } from './offer-tcp.ts';
import { removeAtExit } from './remove-at-exit.ts';

/**
 * Only a link that leads nowhere is replaced: what a program left that was killed. A file, or a link to something
 * that is there, is somebody's.
 * @returns the function that removes it, if it still leads there
 * @throws LineError
 */
export function linkPty(link: string, pty: string): () => void {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there !== undefined && (!there.isSymbolicLink() || leadsSomewhere(link))) {
    throw new LineError('LINE_BUSY', `${link} is there already.`, {
      advice: there.isSymbolicLink()
        ? `It leads to ${readlinkSync(link)}: end the program that offers it, or choose another name.`
        : 'It is no link and is left alone: choose another name.',
    });
  }
  try {
    if (statSync(dirname(link)).isDirectory()) {
      // In one step, so that nobody ever finds half of it.
      const fresh = `${link}.${process.pid}`;
      symlinkSync(pty, fresh);
      renameSync(fresh, link);
    }
  } catch (cause) {
    throw listenFailure(link, cause);
  }
  const remove = () => {
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
