/** A port of an emulated host as a port of this machine: for a mail program, or a monitor that picks mail up. */
import { createServer, type Socket } from 'node:net';
import type { ServerMapping } from '../aunet/server-mapping.ts';
import { LineError } from '../serial/line-error.ts';
import type { NetworkSide } from './network-side.ts';

/** A monitoring program opens one or two. */
const MAX_CONNECTIONS = 64;

/**
 * @param mapping `host` and `port` of the emulation, reachable at `real`
 * @returns closes it again @throws LineError where it cannot listen there
 */
export function publish(
  side: NetworkSide,
  { host, port, real }: ServerMapping,
): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    if (!side.auNet.visit(host, port, socket)) {
      socket.resetAndDestroy();
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new LineError('LINE_BUSY', `${real.address}:${real.port} cannot be listened on: ${cause.message}`, {
          cause,
        }),
      ),
    );
    server.listen(real.port, real.address, () =>
      resolve(
        () =>
          new Promise((closed) => {
            for (const socket of sockets) {
              socket.destroy();
            }
            server.close(() => closed());
          }),
      ),
    );
  });
}
