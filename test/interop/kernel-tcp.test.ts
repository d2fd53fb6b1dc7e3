/** Our TCP against Linux's own. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { IpHost, type IpHostOptions } from '../../src/net/ip-host.ts';
import type { TcpSocket } from '../../src/net/tcp-socket.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { KernelPeer, kernelPorts, reasonToSkip } from './kernel-peer.ts';

const reason = reasonToSkip();
const here = ipv4Address(0x0a4d0001);
const there = ipv4Address(0x0a4d0002);

let peer: KernelPeer | undefined;
afterEach(() => peer?.stop());

async function host(
  options: Partial<IpHostOptions> & { mtu?: number; passes?: () => boolean } = {},
): Promise<IpHost> {
  peer = await KernelPeer.start(options.mtu ?? 1500, options.passes);
  return new IpHost({ link: peer, address: here, random: seededRandom(Date.now()), ...options });
}

/** Every nth packet is lost. */
const losing = (everyNth: number) => {
  let count = 0;
  return () => {
    count += 1;
    return count % everyNth !== 0;
  };
};

async function everything(socket: TcpSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

const connect = (from: IpHost, service: keyof typeof kernelPorts) =>
  from.connect(
    { address: there, port: kernelPorts[service] },
    { timeoutMs: ms(10_000), allowHalfOpen: true },
  );

const data = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');

describe.skipIf(reason !== undefined)(`Linux TCP${reason === undefined ? '' : ` (${reason})`}`, () => {
  it.each([
    ['1500, nothing lost', 1500, undefined],
    ['576, nothing lost', 576, undefined],
    ['1500, every 29th packet lost', 1500, losing(29)],
    ['296, every 53rd packet lost', 296, losing(53)],
  ])(
    'sends a megabyte back, MTU %s',
    async (_, mtu, passes) => {
      const near = await host({ mtu, ...(passes && { passes }) });
      const socket = await connect(near, 'echo');
      socket.end(data);
      expect(sha256(await everything(socket))).toBe(sha256(data));
    },
    60_000,
  );

  it('answers after we have half closed', async () => {
    const socket = await connect(await host(), 'digest');
    socket.end(data);
    expect(String(await everything(socket))).toBe(sha256(data));
  });

  it('shuts its window and opens it again', async () => {
    const socket = await connect(await host(), 'sleepy');
    socket.end(data);
    expect(String(await everything(socket))).toBe(sha256(data));
  });

  it('stops at our window while nobody reads', async () => {
    const near = await host();
    const socket = await connect(near, 'send');
    socket.write('500000');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(near.counters.packetsReceived).toBeLessThan(120);
    const got = await everything(socket);
    expect(got.length).toBe(500_000);
    socket.end();
  });

  it('refuses where nobody listens', async () => {
    await expect(connect(await host(), 'nobody')).rejects.toMatchObject({ code: 'TCP_REFUSED' });
  });

  it('resets', async () => {
    const socket = await connect(await host(), 'reset');
    socket.write('x');
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('connects to us, ends first, and gets the answer', async () => {
    const near = await host({
      onSyn: ({ destination }) =>
        destination.port === 2525
          ? {
              verdict: 'accept',
              allowHalfOpen: true,
              onSocket: async (socket) => socket.end(`${(await everything(socket)).length} octets`),
            }
          : { verdict: 'reset' },
    });
    const order = async (text: string) => {
      const socket = await connect(near, 'call');
      socket.write(text);
      const answer = String(await everything(socket));
      socket.end();
      return answer;
    };
    expect(await order('2525 300000')).toBe('got 300000 octets');
    expect(await order('2526 10')).toBe('ConnectionRefusedError');
  });

  it('takes our ICMP: an unreachable ends its connect', async () => {
    const near = await host({ onSyn: () => ({ verdict: 'unreachable', code: 3 }) });
    const socket = await connect(near, 'call');
    socket.write('2525 10');
    expect(String(await everything(socket))).toBe('ConnectionRefusedError');
  });

  it('answers our ping', async () => {
    expect(await (await host()).ping(there)).toBeLessThan(1000);
  });
});
