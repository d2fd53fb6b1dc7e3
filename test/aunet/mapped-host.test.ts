import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { connectReal } from '../../src/aunet/mapped-host.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { socketPair } from './memory-socket.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
  }
});

/** A real server on this machine. @returns where it listens */
async function listen(onConnection: (socket: Socket) => void): Promise<{ address: string; port: number }> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  if (at === null || typeof at === 'string') {
    throw new Error('no port');
  }
  return { address: '127.0.0.1', port: at.port };
}

/** A device's end of a connection that is bridged to the real server. */
async function bridged(real: { address: string; port: number }) {
  const connection = await connectReal(real);
  if (connection.result !== 'connected') {
    throw new Error(connection.result);
  }
  const { client, server } = socketPair();
  connection.bridge(server);
  return client;
}

/** Everything until the other end's FIN; a `for await` would close both directions at it. */
function text(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    stream.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    stream.on('end', () => resolve(seen)).on('error', reject);
  });
}

describe('a real server behind an emulated port', () => {
  it('gets every byte and answers, also after the device has ended its direction', async () => {
    const real = await listen(async (socket) => {
      const asked = await text(socket);
      socket.end(`${asked.length} bytes`);
    });
    const client = await bridged(real);
    client.write('x'.repeat(200_000));
    client.end('y');
    expect(await text(client)).toBe('200001 bytes');
  });

  it('may end its direction first', async () => {
    const received = new Promise<string>((resolve) => {
      listen(async (socket) => {
        socket.end('bye');
        resolve(await text(socket));
      }).then(async (real) => {
        const client = await bridged(real);
        expect(await text(client)).toBe('bye');
        client.end('thanks');
      });
    });
    expect(await received).toBe('thanks');
  });

  it('is seen to reset the connection', async () => {
    const real = await listen((socket) => {
      socket.on('data', () => socket.resetAndDestroy());
      socket.on('error', () => {});
    });
    const client = await bridged(real);
    client.write('hello');
    const [error] = await once(client, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('sees the device reset the connection', async () => {
    const failed = new Promise<unknown>((resolve) => {
      listen((socket) => socket.on('error', resolve).resume()).then(async (real) => {
        const client = await bridged(real);
        client.write('hello');
        setTimeout(() => client.destroy(), 20);
      });
    });
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  });

  it('refuses what it refuses', async () => {
    const { port } = await listen(() => {});
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    expect(await connectReal({ address: '127.0.0.1', port })).toEqual({ result: 'refused' });
  });

  it('is waited for in virtual time', async () => {
    const real = await listen((socket) => {
      socket.on('error', () => {}).on('data', (chunk) => socket.end(chunk));
    });
    const took = await inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, async () => {
      const deadline = setTimeout(() => {
        throw new Error('time ran ahead of the real server');
      }, 60_000);
      const client = await bridged(real);
      client.end('echo');
      expect(await text(client)).toBe('echo');
      clearTimeout(deadline);
      return Date.now();
    });
    expect(took).toBeLessThan(5_000);
  });
});
