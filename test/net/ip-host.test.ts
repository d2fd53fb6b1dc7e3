import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { IpHost, type IpHostOptions } from '../../src/net/ip-host.ts';
import type { TcpSocket } from '../../src/net/tcp-socket.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { memoryLink } from './memory-link.ts';

const device = ipv4Address(0x0a4d0001);
const server = ipv4Address(0xc0000219);

const virtually = <T>(run: () => Promise<T>) =>
  inVirtualTime({ startAt: ms(Date.UTC(2008, 8, 30)), random: seededRandom(1) }, run);

function hosts(far: Partial<IpHostOptions> = {}) {
  const [here, there] = memoryLink({ delayMs: 10 });
  const near = new IpHost({ link: here, address: device, random: seededRandom(2) });
  const router = new IpHost({ link: there, address: 'any', random: seededRandom(3), ...far });
  return { near, router, here, there };
}

describe('IpHost', () => {
  it('carries bytes both ways between a connect and an accept', () =>
    virtually(async () => {
      const { near } = hosts({
        onSyn: () => ({
          verdict: 'accept',
          allowHalfOpen: true,
          onSocket: (socket: TcpSocket) => socket.pipe(socket),
        }),
      });
      const socket = await near.connect({ address: server, port: 587 });
      const data = Buffer.alloc(300_000, 'abcdefg');
      const got: Buffer[] = [];
      socket.on('data', (chunk) => got.push(chunk));
      socket.end(data);
      await once(socket, 'close');
      expect(Buffer.concat(got).equals(data)).toBe(true);
      expect(near.connections).toBe(1);
    }));
});
