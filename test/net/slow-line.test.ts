/** TCP over PPP over a serial line with a bit rate: nothing is sent twice because the line is slow. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { PppLink } from '../../src/net/ppp/ppp-link.ts';
import type { TcpSocket } from '../../src/net/tcp-socket.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { pacedDce, pacedDte } from '../../src/serial/paced-line.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';

const random = seededRandom(5);
const server = { address: ipv4Address(0xc0000219), port: 587 };

async function dialled(bitRate: number, onSocket: (socket: TcpSocket) => void) {
  const { dte, dce } = createMemoryLine(bitRate);
  const device = new PppLink(pacedDte(dte), {
    role: 'client',
    user: 'au@au-win.ne.jp',
    password: 'au',
    random: random.fork('device'),
    bitRate,
  });
  const carrier = new PppLink(pacedDce(dce), {
    role: 'server',
    authentication: 'pap',
    secretOf: () => 'au',
    address: ipv4Address(0x0a4d0001),
    peerAddress: ipv4Address(0x0a4d0002),
    nameServers: [],
    random: random.fork('carrier'),
    bitRate,
  });
  void carrier.open();
  const { address } = await device.open();
  const near = new IpHost({ link: device, address, random: random.fork('near') });
  const far = new IpHost({
    link: carrier,
    address: 'any',
    random: random.fork('far'),
    onSyn: () => ({ verdict: 'accept', onSocket, allowHalfOpen: true }),
  });
  return { near, far };
}

describe('TCP over PPP on a slow line', () => {
  for (const bitRate of [2400, 9600, 14_400, 115_200]) {
    it(`sends every octet once at ${bitRate} bit/s, and keeps the line busy`, () =>
      inVirtualTime({ startAt: ms(0), random }, async () => {
        const { near, far } = await dialled(bitRate, (socket) => socket.pipe(socket));
        const socket = await near.connect(server);
        const size = bitRate * 8;
        const started = Date.now();
        let got = 0;
        socket.on('data', (chunk) => {
          got += chunk.length;
        });
        socket.end(Buffer.alloc(size, 'abcdefghij'));
        await once(socket, 'end');
        const elapsed = Date.now() - started;
        expect(got).toBe(size);
        const segments = Math.ceil(size / 1460);
        // Data once, about an acknowledgment for every second segment, handshake and end.
        expect(near.counters.packetsSent).toBeLessThan(segments * 1.7 + 12);
        expect(far.counters.packetsSent).toBeLessThan(segments * 1.7 + 12);
        // The pipe has to fill first: the echo begins when the first packets have passed.
        const fillsWithinMs = (5 * 1500 * 10_000) / bitRate;
        expect(elapsed).toBeLessThan(((size * 10_000) / bitRate) * 1.25 + fillsWithinMs);
      }));
  }

  it('lets a second connection in while the first sends in bulk', () =>
    inVirtualTime({ startAt: ms(0), random }, async () => {
      const { near } = await dialled(9600, (socket) => socket.on('data', () => {}).on('error', () => {}));
      const bulk = await near.connect(server);
      bulk.on('error', () => {});
      bulk.write(Buffer.alloc(100_000));
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      const started = Date.now();
      await near.connect(server);
      // Behind two full packets in the line, not behind the whole window.
      expect(Date.now() - started).toBeLessThan(6000);
      near.close();
    }));
});
