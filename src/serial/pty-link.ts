/** The name of a pty that stays the same from run to run: a symbolic link, which goes with the line. */
import { lstatSync, readlinkSync, renameSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { LineError } from './line-error.ts';
import { listenFailure } from './offer-tcp.ts';
import { removeAtExit } from './remove-at-exit.ts';

export interface PtyLink {
  /** Leads to another pty from now on, if it still leads where it did: somebody's own link is left alone. */
  leadTo(pty: string): void;
  /** Removes it, if it still leads there. */
  remove(): void;
}

/** Links of this process. */
const offered = new Set<string>();

/**
 * Only a link that leads nowhere is replaced, or to a pty of this process under another name: what a program left
 * that was killed, since the system gives the numbers of ptys again. A file, or a link to something else that is
 * there, is somebody's.
 * @param isOurs whether a path is a pty of this process
 * @throws LineError
 */
export function linkPty(link: string, pty: string, isOurs: (path: string) => boolean): PtyLink {
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
      place(link, pty);
      offered.add(resolve(link));
    }
  } catch (cause) {
    throw listenFailure(link, cause);
  }
  let target = pty;
  const isThere = () =>
    lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === target;
  const remove = () => {
    offered.delete(resolve(link));
    if (isThere()) {
      unlinkSync(link);
    }
  };
  const forget = removeAtExit(remove);
  return {
    leadTo(other) {
      if (isThere()) {
        place(link, other);
        target = other;
      }
    },
    remove() {
      forget();
      remove();
    },
  };
}

/** In one step, so that nobody ever finds half of it. */
function place(link: string, pty: string): void {
  const fresh = `${link}.${process.pid}`;
  symlinkSync(pty, fresh);
  renameSync(fresh, link);
}

const leadsSomewhere = (link: string): boolean => statSync(link, { throwIfNoEntry: false }) !== undefined;
