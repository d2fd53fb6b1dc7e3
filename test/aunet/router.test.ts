import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import type { CarrierEvent } from '../../src/aunet/carrier-event.ts';
import { parseServerMapping } from '../../src/aunet/server-mapping.ts';
import { seededRandom } from '../../src/base/random.ts';
import { seconds } from '../../src/base/units.ts';
import { goOnLine, inVirtualTimeAt } from './device.ts';
import { address } from './given.ts';

const autumn = <T>(run: () => Promise<T>) => inVirtualTimeAt('2008-10-01T12:00', run);

async function onLine(options: Partial<ConstructorParameters<typeof AuNet>[0]> = {}) {
  const network = new AuNet({ random: seededRandom(1), ...options });
  const events: CarrierEvent[] = [];
  network.on('event', (event) => events.push(event));
  const line = await goOnLine(network);
  events.length = 0;
  return { network, events, line };
}

describe('the router', () => {
  it('answers pings for who is there, and says so where nobody is', () =>
    autumn(async () => {
      const { line } = await onLine();
      await line.host.ping(address('198.51.100.25'));
      await expect(line.host.ping(address('198.51.100.99'))).rejects.toThrow();
    }));

  it('resolves names at both name servers, and counts', () =>
    autumn(async () => {
      const { line, network, events } = await onLine();
      expect(await line.host.resolve('kona.co.jp')).toBe(address('198.51.100.25'));
      await expect(line.host.resolve('nowhere.example')).rejects.toMatchObject({ code: 'DNS_NO_SUCH_NAME' });
      expect(events).toMatchObject([
        { type: 'lookup', name: 'kona.co.jp', outcome: 'found' },
        { type: 'lookup', name: 'nowhere.example', outcome: 'no-such-name' },
      ]);
      expect(network.counters.lookup).toBe(2);
    }));

  it('tells a blocked connection once, however often its SYN comes', () =>
    autumn(async () => {
      const { line, events } = await onLine();
      const to = { address: address('198.51.100.25'), port: 25 };
      await expect(line.host.connect(to, { timeoutMs: seconds(60) })).rejects.toMatchObject({
        code: 'TCP_TIMED_OUT',
      });
      expect(events).toMatchObject([{ type: 'blocked', host: 'kona.co.jp', port: 25 }]);
    }));

  it('lets nobody in at the provider’s own addresses', () =>
    autumn(async () => {
      const { line, events } = await onLine();
      for (const own of ['192.0.2.1', '192.0.2.53']) {
        await expect(line.host.connect({ address: address(own), port: 80 })).rejects.toMatchObject({
          code: 'TCP_REFUSED',
        });
      }
      expect(events).toMatchObject([{ verdict: 'reset' }, { verdict: 'reset' }]);
    }));
});

describe('a mapped server', () => {
  async function realServer() {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      socket.write('220 real\r\n');
      socket.on('data', (chunk) => socket.write(chunk));
      socket.on('end', () => socket.end('bye\r\n'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = server.address();
    if (at === null || typeof at === 'string') {
      throw new Error('no port');
    }
    return { server, port: at.port };
  }

  it('is reached by its name through everything, once it has answered', async () => {
    const { server, port } = await realServer();
    const text = await autumn(async () => {
      const mappings = [parseServerMapping(`mail.example.jp:587=127.0.0.1:${port}`)];
      const { line, events, network } = await onLine({ mappings });
      const found = await line.host.resolve('mail.example.jp');
      const socket = await line.host.connect({ address: found, port: 587 }, { allowHalfOpen: true });
      let seen = '';
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString();
      });
      socket.end(`EHLO\r\n${'x'.repeat(5000)}`);
      await once(socket, 'end');
      expect(events.at(-1)).toMatchObject({
        type: 'connection',
        verdict: 'accepted',
        host: 'mail.example.jp',
      });
      await line.hangUp();
      await network.close();
      return seen;
    });
    expect(text).toBe(`220 real\r\nEHLO\r\n${'x'.repeat(5000)}bye\r\n`);
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses what the real server refuses, and is blocked like any other on port 25', async () => {
    const { server, port } = await realServer();
    await new Promise((resolve) => server.close(resolve));
    await autumn(async () => {
      const mappings = ['587', '25'].map((from) =>
        parseServerMapping(`mail.example.jp:${from}=127.0.0.1:${port}`),
      );
      const { line, events } = await onLine({ mappings });
      const found = await line.host.resolve('mail.example.jp');
      await expect(line.host.connect({ address: found, port: 587 })).rejects.toMatchObject({
        code: 'TCP_REFUSED',
      });
      await expect(
        line.host.connect({ address: found, port: 25 }, { timeoutMs: seconds(30) }),
      ).rejects.toMatchObject({ code: 'TCP_TIMED_OUT' });
      expect(events.map(({ type }) => type)).toEqual(['lookup', 'connection', 'blocked']);
    });
  });
});
