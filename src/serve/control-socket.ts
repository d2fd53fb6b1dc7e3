/** Orders by a Unix socket of this user: a line in, a line of JSON out. `nc -U` will do. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { LineError } from '../serial/line-error.ts';
import type { NetworkSide } from './network-side.ts';
import { type OrderResult, obey } from './orders.ts';

const MAX_CLIENTS = 16;
/** The longest order: a fault with all of its parameters takes some hundred characters. */
const LONGEST_ORDER = 4096;

/** @returns closes it again @throws LineError where the path cannot be listened on */
export async function openControlSocket(
  path: string,
  side: NetworkSide,
  quit: () => void,
): Promise<() => Promise<void>> {
  await removeStale(path);
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    take(client, (order) => obey(side, order, quit));
  });
  server.maxConnections = MAX_CLIENTS;
  await listen(server, path);
  return () =>
    new Promise((resolve) => {
      for (const client of clients) {
        client.destroy();
      }
      // Closing removes the path too.
      server.close(() => resolve());
    });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new LineError('LINE_BUSY', `${path} cannot be a control socket: ${cause.message}`, { cause })),
    );
    // Only for this user, from the first moment on.
    const mask = process.umask(0o177);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(mask);
  });
}

/** A socket that a run left behind makes room; one that is in use, or a file, does not. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSocket() && !(await isAnswered(path))) {
    rmSync(path);
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function take(client: Socket, answer: (order: string) => OrderResult): void {
  let pending = '';
  client.setEncoding('utf8');
  client.on('error', () => {});
  client.on('data', (text: string) => {
    pending += text;
    for (let end = pending.indexOf('\n'); end !== -1; end = pending.indexOf('\n')) {
      const order = pending.slice(0, end).trim();
      pending = pending.slice(end + 1);
      if (order !== '') {
        client.write(`${JSON.stringify(answer(order))}\n`);
      }
    }
    if (pending.length > LONGEST_ORDER) {
      client.end(
        `${JSON.stringify({ ok: false, error: { code: 'TOO_LONG', message: 'The order is too long.' } })}\n`,
      );
      client.removeAllListeners('data');
      pending = '';
    }
  });
}

/**
 * Gives one order to a station that runs.
 * @throws LineError where none answers at the path
 */
export function giveOrder(path: string, order: string): Promise<OrderResult> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(`${order}\n`));
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.endsWith('\n')) {
        socket.destroy();
        resolve(JSON.parse(answer));
      }
    });
    const fail = (cause?: Error) =>
      reject(new LineError('LINE_REFUSED', `No station answers at ${path}.`, { cause }));
    socket.once('error', fail);
    socket.once('end', () => fail());
  });
}
