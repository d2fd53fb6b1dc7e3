/** A TCP port that a device's program connects to. On loopback unless the user writes another address. */
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Server } from 'node:net';
import { LineError } from './line-error.ts';
import { OfferedStream } from './offered-stream.ts';

/** @param port 0: the system chooses one; the line's name tells which */
export async function offerTcp(host: string, port: number): Promise<OfferedStream> {
  const server = createServer({ noDelay: true });
  return new OfferedStream(await listenOnTcp(server, host, port), server);
}

/** @returns `HOST:PORT` as a client writes it @throws LineError */
export async function listenOnTcp(server: Server, host: string, port: number): Promise<string> {
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw listenFailure(`${host}:${port}`, cause);
  }
  const bound = server.address();
  const boundPort = isAddress(bound) ? bound.port : port;
  return isIPv6(host) ? `[${host}]:${boundPort}` : `${host}:${boundPort}`;
}

const isAddress = (bound: AddressInfo | string | null): bound is AddressInfo =>
  typeof bound === 'object' && bound !== null;

/** Names what the system said when a line could not be offered. */
export function listenFailure(name: string, cause: unknown): LineError {
  const said = cause instanceof Error ? cause.message : String(cause);
  if (/EADDRINUSE/.test(said)) {
    return new LineError('LINE_BUSY', `${name} is in use by another program.`, {
      cause,
      advice: 'Choose another one, or end the program that has it.',
    });
  }
  if (/EACCES|EPERM/.test(said)) {
    return new LineError('LINE_NO_PERMISSION', `No permission to offer ${name}.`, {
      cause,
      advice: 'Choose a port above 1023, or a folder that is yours.',
    });
  }
  if (/EADDRNOTAVAIL|ENOTFOUND|EAI_/.test(said)) {
    return new LineError('LINE_NOT_FOUND', `${name} is no address of this machine.`, {
      cause,
      advice: 'Write 127.0.0.1, or an address that `ip address` shows.',
    });
  }
  if (/ENOENT|ENOTDIR/.test(said)) {
    return new LineError('LINE_NOT_FOUND', `The folder of ${name} is not there.`, { cause });
  }
  return new LineError('LINE_LOST', `${name} could not be offered: ${said}`, { cause });
}
