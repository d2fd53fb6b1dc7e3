/** Payload through TCP over PPP over a line in memory, against a TCP socket of the kernel over loopback. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { requireIpv4 } from '../../src/aunet/addresses.ts';
import { seededRandom } from '../../src/base/random.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { PppLink } from '../../src/net/ppp/ppp-link.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { cpuTime, type Figure } from './figure.ts';

const PAYLOAD = 32 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 'discharge 4.22 m3/s; ');
const PORT = 587;
const CARRIER = requireIpv4('192.0.2.1');
const DEVICE = requireIpv4('100.64.0.2');

export async function throughput(): Promise<Figure[]> {
  const ours = await overPpp();
  const kernel = await overLoopback();
  return [
    { name: 'ppp-tcp-throughput', value: megabytesPerSecond(ours.ms), unit: 'MB/s' },
    { name: 'ppp-tcp-cpu', value: ours.cpuMs / (PAYLOAD / 1e6), unit: 'ms/MB' },
    { name: 'ppp-tcp-throughput-ratio', value: kernel.ms / ours.ms, unit: 'of loopback' },
  ];
}

const megabytesPerSecond = (duration: number) => PAYLOAD / 1e6 / (duration / 1000);

async function overPpp() {
  const { dte, dce } = createMemoryLine();
  const random = seededRandom(1);
  const network = new PppLink(dce, {
    role: 'server',
    authentication: 'none',
    secretOf: () => undefined,
    address: CARRIER,
    peerAddress: DEVICE,
    nameServers: [],
    random: random.fork('network'),
  });
  const device = new PppLink(dte, { role: 'client', user: '', password: '', random: random.fork('device') });
  await Promise.all([network.open(), device.open()]);
  const accepted = new Promise<Duplex>((resolve) => {
    new IpHost({
      link: network,
      address: CARRIER,
      random,
      onSyn: () => ({ verdict: 'accept', onSocket: resolve }),
    });
  });
  const host = new IpHost({ link: device, address: DEVICE, random });
  const socket = await host.connect({ address: CARRIER, port: PORT });
  const figures = await transfer(socket, await accepted);
  host.close();
  await device.close();
  return figures;
}

async function overLoopback() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = boundTo(server.address());
  const accepted = once(server, 'connection');
  const socket = connect(port, '127.0.0.1');
  const [peer]: Duplex[] = await accepted;
  if (peer === undefined) {
    throw new Error('no connection over loopback');
  }
  const figures = await transfer(socket, peer);
  socket.destroy();
  server.close();
  return figures;
}

function boundTo(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') {
    throw new Error('not bound to a port');
  }
  return address;
}

async function transfer(from: Duplex, to: Readable): Promise<{ ms: number; cpuMs: number }> {
  const startedAt = performance.now();
  const cpuMs = await cpuTime(async () => {
    const received = countUntilEnd(to);
    for (let sent = 0; sent < PAYLOAD; sent += CHUNK.length) {
      if (!from.write(CHUNK)) {
        await once(from, 'drain');
      }
    }
    from.end();
    if ((await received) !== PAYLOAD) {
      throw new Error('octets were lost');
    }
  });
  return { ms: performance.now() - startedAt, cpuMs };
}

async function countUntilEnd(stream: Readable): Promise<number> {
  let octets = 0;
  for await (const chunk of stream) {
    octets += chunk.length;
  }
  return octets;
}
