/** A Unix socket that a device's program connects to. The file goes with the line. */
import { once } from 'node:events';
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { LineError } from './line-error.ts';
import { listenFailure } from './offer-tcp.ts';
import { OfferedStream } from './offered-stream.ts';
import { removeAtExit } from './remove-at-exit.ts';

/** Whoever may open the socket has a modem: only its owner. */
const OWNER_ONLY = 0o600;

export async function offerUnix(path: string): Promise<OfferedStream> {
  await makeRoom(path);
  const server = createServer();
  server.listen(path);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw listenFailure(path, cause);
  }
  chmodSync(path, OWNER_ONLY);
  // The server unlinks it when it is closed; a signal may come first.
  const own = lstatSync(path).ino;
  const forget = removeAtExit(() => {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === own) {
      unlinkSync(path);
    }
  });
  server.once('close', forget);
  return new OfferedStream(path, server);
}

/** Takes a socket away that a program left behind. What is no socket, or answers, stays. */
async function makeRoom(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) {
    return;
  }
  if (!there.isSocket() || (await answers(path))) {
    throw new LineError('LINE_BUSY', `${path} is there already.`, {
      advice: there.isSocket()
        ? 'Another program offers it: end that one, or choose another name.'
        : 'It is no socket and is left alone: choose another name.',
    });
  }
  unlinkSync(path);
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
