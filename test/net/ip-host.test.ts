import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { TraceEvent } from '../../src/base/trace.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { IpHost, type IpHostOptions } from '../../src/net/ip-host.ts';
import type { TcpSocket } from '../../src/net/tcp-socket.ts';
import { decodeIcmp, encodeIcmpEcho, encodeIcmpUnreachable } from '../../src/wire/icmp.ts';
import { decodeIpv4, encodeIpv4, type Ipv4Packet, ipProtocols, ipv4Address } from '../../src/wire/ipv4.ts';
import { isMalformed } from '../../src/wire/malformed.ts';
import {
  decodeTcp,
  encodeTcp,
  formatTcpFlags,
  type TcpSegment,
  tcpFlags,
} from '../../src/wire/tcp-segment.ts';
import { encodeUdp } from '../../src/wire/udp.ts';
import { MemoryLink, type MemoryLinkOptions, memoryLink } from './memory-link.ts';

const device = ipv4Address(0x0a4d0001);
const server = ipv4Address(0xc0000219);
const submission = { address: server, port: 587 };

const virtually = <T>(run: () => Promise<T>) =>
  inVirtualTime({ startAt: ms(Date.UTC(2008, 8, 30)), random: seededRandom(1) }, run);

function hosts(far: Partial<IpHostOptions> = {}, link: MemoryLinkOptions = {}) {
  const traced: TraceEvent[] = [];
  const [here, there] = memoryLink({ delayMs: 10, ...link });
  const near = new IpHost({
    link: here,
    address: device,
    random: seededRandom(2),
    trace: (event) => traced.push(event),
  });
  const router = new IpHost({ link: there, address: 'any', random: seededRandom(3), ...far });
  return { near, router, here, there, traced };
}

const accepting = (onSocket: (socket: TcpSocket) => void, allowHalfOpen = false) => ({
  onSyn: () => ({ verdict: 'accept', allowHalfOpen, onSocket }) as const,
});

describe('IpHost', () => {
  it('carries bytes both ways between a connect and an accept', () =>
    virtually(async () => {
      const { near } = hosts(accepting((socket) => socket.pipe(socket), true));
      const socket = await near.connect(submission);
      const data = Buffer.alloc(300_000, 'abcdefg');
      const got: Buffer[] = [];
      socket.on('data', (chunk) => got.push(chunk));
      socket.end(data);
      await once(socket, 'close');
      expect(Buffer.concat(got).equals(data)).toBe(true);
    }));

  it('tells both ends who they are talking to', () =>
    virtually(async () => {
      const accepted: TcpSocket[] = [];
      const { near } = hosts(accepting((socket) => accepted.push(socket)));
      const socket = await near.connect(submission);
      expect(socket).toMatchObject({
        remoteAddress: '192.0.2.25',
        remotePort: 587,
        localAddress: '10.77.0.1',
        readyState: 'open',
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(accepted[0]).toMatchObject({
        remoteAddress: '10.77.0.1',
        remotePort: socket.localPort,
        localAddress: '192.0.2.25',
        localPort: 587,
      });
    }));

  it('holds several connections at once, each with its own port', () =>
    virtually(async () => {
      const { near } = hosts(accepting((socket) => socket.pipe(socket), true));
      const sockets = await Promise.all(Array.from({ length: 20 }, () => near.connect(submission)));
      expect(new Set(sockets.map(({ localPort }) => localPort)).size).toBe(20);
      await Promise.all(
        sockets.map(async (socket, index) => {
          const text = `${index}`.repeat(5000);
          socket.end(text);
          const got: Buffer[] = [];
          socket.on('data', (chunk) => got.push(chunk));
          await once(socket, 'end');
          expect(Buffer.concat(got).toString()).toBe(text);
        }),
      );
    }));

  it('forgets a connection after TIME-WAIT', () =>
    virtually(async () => {
      const { near, router } = hosts(accepting((socket) => socket.resume()));
      const socket = await near.connect(submission);
      socket.resume().end();
      await once(socket, 'close');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect([near.connections, router.connections]).toEqual([1, 0]);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      expect(near.connections).toBe(0);
    }));

  it('has no more connections than its bound', () =>
    virtually(async () => {
      const { near } = hosts(accepting(() => {}));
      const results = await Promise.allSettled(Array.from({ length: 300 }, () => near.connect(submission)));
      const refused = results.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(44);
      expect(refused[0]).toMatchObject({ reason: { code: 'TCP_NO_ROOM' } });
      near.close();
    }));

  it('traces one line for each event of a connection', () =>
    virtually(async () => {
      const { near, traced } = hosts(accepting((socket) => socket.resume()));
      const socket = await near.connect(submission);
      socket.resume().end('x'.repeat(1000));
      await once(socket, 'close');
      await new Promise((resolve) => setTimeout(resolve, 90_000));
      expect(traced.map(({ direction, text }) => `${direction} ${text}`)).toEqual([
        `> SYN to 192.0.2.25:587 from port ${socket.localPort}`,
        '< connected to 192.0.2.25:587 after 20 ms',
        '- 192.0.2.25:587: closed, 1000 octets sent, 0 received',
      ]);
    }));
});

describe('a connect', () => {
  it('is refused where nobody listens', () =>
    virtually(async () => {
      const { near } = hosts();
      await expect(near.connect(submission)).rejects.toMatchObject({ code: 'TCP_REFUSED', layer: 'tcp' });
      expect(near.connections).toBe(0);
    }));

  it('times out where SYNs are dropped, at the time that was asked for', () =>
    virtually(async () => {
      const { near } = hosts({ onSyn: () => ({ verdict: 'drop' }) });
      const before = Date.now();
      await expect(near.connect(submission, { timeoutMs: ms(20_000) })).rejects.toMatchObject({
        code: 'TCP_TIMED_OUT',
        evidence: ['SYN sent 5 times to 192.0.2.25:587 within 20000 ms'],
      });
      expect(Date.now() - before).toBe(20_000);
    }));

  it('fails at once where a router says unreachable', () =>
    virtually(async () => {
      const { near } = hosts({ onSyn: () => ({ verdict: 'unreachable', code: 13 }) });
      await expect(near.connect(submission)).rejects.toMatchObject({ code: 'TCP_UNREACHABLE' });
    }));

  it('fails when the link goes down', () =>
    virtually(async () => {
      const { near, here } = hosts({ onSyn: () => ({ verdict: 'drop' }) });
      setTimeout(() => here.cut(), 5000);
      await expect(near.connect(submission)).rejects.toMatchObject({ code: 'TCP_LINK_DOWN' });
      await expect(near.connect(submission)).rejects.toMatchObject({ code: 'TCP_LINK_DOWN' });
    }));

  it('survives the loss of the first SYN', () =>
    virtually(async () => {
      let count = 0;
      const { near } = hosts(
        accepting(() => {}),
        { passes: () => count++ > 0 },
      );
      const before = Date.now();
      await near.connect(submission);
      expect(Date.now() - before).toBe(1020);
    }));
});

describe('a connection', () => {
  it('breaks with an error when the link goes down', () =>
    virtually(async () => {
      const { near, here } = hosts(accepting((socket) => socket.on('error', () => {})));
      const socket = await near.connect(submission);
      setTimeout(() => here.cut(), 1000);
      const [error] = await once(socket, 'error');
      expect(error).toMatchObject({ code: 'TCP_LINK_DOWN' });
    }));

  it('closes without an error when its own host is closed', () =>
    virtually(async () => {
      const { near } = hosts(accepting((socket) => socket.on('error', () => {})));
      const socket = await near.connect(submission);
      setTimeout(() => near.close(), 1000);
      await once(socket, 'close');
      expect(socket.errored).toBeNull();
    }));

  it('does not break because of an ICMP unreachable', () =>
    virtually(async () => {
      const { near, here } = hosts(accepting((socket) => socket.pipe(socket), true));
      const socket = await near.connect(submission);
      const segment = encodeTcp(segmentOf({ sourcePort: socket.localPort }), device, server, 0);
      const message = encodeIcmpUnreachable(1, segment);
      here.emit(
        'packet',
        encodeIpv4({ source: server, destination: device, protocol: 1, identification: 0 }, message),
      );
      socket.end('still here');
      const [chunk] = await once(socket, 'data');
      expect(String(chunk)).toBe('still here');
    }));
});

const segmentOf = (fields: Partial<TcpSegment>): TcpSegment => ({
  sourcePort: 40_000,
  destinationPort: 587,
  sequence: 1000,
  acknowledgment: 0,
  flags: tcpFlags.syn,
  window: 8192,
  mss: undefined,
  payload: new Uint8Array(0),
  ...fields,
});

/** A host whose link a test holds: puts packets in, sees what comes out. */
function lonely(options: Partial<IpHostOptions> = {}) {
  const link = new MemoryLink({ passes: () => false });
  const sent: Ipv4Packet[] = [];
  link.send = (packet) => {
    const decoded = decodeIpv4(packet);
    if (!isMalformed(decoded)) {
      sent.push(decoded);
    }
    return true;
  };
  const host = new IpHost({ link, address: device, random: seededRandom(4), ...options });
  const receive = async (packet: Uint8Array) => {
    link.emit('packet', packet);
    await Promise.resolve();
    return sent.splice(0);
  };
  return { host, receive };
}

const segmentIn = (packet: Ipv4Packet | undefined) => {
  if (packet === undefined) {
    return undefined;
  }
  const segment = decodeTcp(packet.payload, packet.source, packet.destination);
  return isMalformed(segment)
    ? undefined
    : {
        flags: formatTcpFlags(segment.flags),
        sequence: segment.sequence,
        acknowledgment: segment.acknowledgment,
      };
};

const toDevice = { source: server, destination: device, identification: 7 };

describe('what belongs to nobody', () => {
  it('is a SYN: RST,ACK of the SYN', async () => {
    const { receive } = lonely();
    const [reply] = await receive(encodeTcp(segmentOf({}), server, device, 0));
    expect(segmentIn(reply)).toEqual({ flags: 'RST,ACK', sequence: 0, acknowledgment: 1001 });
  });

  it('is an ACK: RST at the number that was acknowledged', async () => {
    const { receive } = lonely();
    const segment = segmentOf({ flags: tcpFlags.ack, acknowledgment: 0xffff_fff0 });
    const [reply] = await receive(encodeTcp(segment, server, device, 0));
    expect(segmentIn(reply)).toMatchObject({ flags: 'RST', sequence: 0xffff_fff0 });
  });

  it('is data and a FIN without an ACK: RST,ACK of all of it', async () => {
    const { receive } = lonely();
    const segment = segmentOf({ flags: tcpFlags.fin, payload: new Uint8Array(9) });
    const [reply] = await receive(encodeTcp(segment, server, device, 0));
    expect(segmentIn(reply)).toEqual({ flags: 'RST,ACK', sequence: 0, acknowledgment: 1010 });
  });

  it('is a RST: silence', async () => {
    const { receive } = lonely();
    expect(await receive(encodeTcp(segmentOf({ flags: tcpFlags.rst }), server, device, 0))).toEqual([]);
  });

  it('is a datagram: port unreachable, with its header', async () => {
    const { receive } = lonely();
    const datagram = { sourcePort: 5000, destinationPort: 9, payload: new Uint8Array(100) };
    const packet = encodeUdp(datagram, server, device, 0);
    const [reply] = await receive(packet);
    expect(reply && decodeIcmp(reply.payload)).toMatchObject({
      type: 'destination-unreachable',
      code: 3,
      quoted: Buffer.from(packet.subarray(0, 28)),
    });
  });

  it('is an unknown protocol: protocol unreachable', async () => {
    const { receive } = lonely();
    const [reply] = await receive(encodeIpv4({ ...toDevice, protocol: 47 }, new Uint8Array(30)));
    expect(reply && decodeIcmp(reply.payload)).toMatchObject({ type: 'destination-unreachable', code: 2 });
  });

  it('is addressed to somebody else: counted and dropped', async () => {
    const { host, receive } = lonely();
    expect(await receive(encodeTcp(segmentOf({}), server, ipv4Address(0x0a4d0009), 0))).toEqual([]);
    expect(host.counters.misaddressed).toBe(1);
  });

  it('is a fragment: both parts counted and dropped', async () => {
    const { host, receive } = lonely();
    const whole = encodeIpv4({ ...toDevice, protocol: 1 }, new Uint8Array(64));
    for (const bits of [0x2000, 0x0008]) {
      const fragment = Buffer.from(whole);
      fragment.writeUInt16BE(bits, 6);
      fragment.writeUInt16BE(0, 10);
      let sum = 0;
      for (let index = 0; index < 20; index += 2) {
        sum += fragment.readUInt16BE(index);
      }
      fragment.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 10);
      expect(await receive(fragment)).toEqual([]);
    }
    expect(host.counters.fragmentsRejected).toBe(2);
  });
});

describe('an echo', () => {
  const echo = {
    type: 'echo-request',
    identifier: 1,
    sequence: 3,
    data: new Uint8Array([110, 111, 45]),
  } as const;
  const request = (destination = device) =>
    encodeIpv4({ ...toDevice, destination, protocol: ipProtocols.icmp }, encodeIcmpEcho(echo));

  it('is answered with the same data', async () => {
    const { receive } = lonely();
    const [reply] = await receive(request());
    expect(reply && decodeIcmp(reply.payload)).toMatchObject({
      type: 'echo-reply',
      identifier: 1,
      sequence: 3,
      data: Buffer.from(echo.data),
    });
  });

  it('is answered for any address by a router, from that address', async () => {
    const { receive } = lonely({ address: 'any' });
    const asked = ipv4Address(0x08080808);
    const [reply] = await receive(request(asked));
    expect(reply).toMatchObject({ source: asked, destination: server });
  });

  it('is answered as the router decides', async () => {
    const unreachable = lonely({ address: 'any', onEcho: () => 'unreachable' });
    const [reply] = await unreachable.receive(request());
    expect(reply && decodeIcmp(reply.payload)).toMatchObject({ type: 'destination-unreachable', code: 1 });
    const silent = lonely({ address: 'any', onEcho: () => 'ignore' });
    expect(await silent.receive(request())).toEqual([]);
  });

  it('to a group of hosts is not answered', async () => {
    const { receive } = lonely({ address: 'any' });
    expect(await receive(request(ipv4Address(0xe0000001)))).toEqual([]);
    expect(await receive(request(ipv4Address(0xffffffff)))).toEqual([]);
  });

  it('measures the round trip, or says that nothing came back', () =>
    virtually(async () => {
      const { near } = hosts();
      expect(await near.ping(server)).toBe(20);
      const deaf = hosts({ onEcho: () => 'ignore' });
      await expect(deaf.near.ping(server, { timeoutMs: ms(3000) })).rejects.toMatchObject({
        code: 'PING_NO_ANSWER',
      });
    }));
});

describe('octets from outside', () => {
  it('never make a host throw, and are counted', async () => {
    const { host, receive } = lonely();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (octets) => {
        await receive(octets);
      }),
      { numRuns: 500 },
    );
    expect(host.counters.malformed + host.counters.misaddressed).toBeGreaterThan(490);
  });

  it('never make a host throw when only the headers are sound', async () => {
    const { receive } = lonely();
    const protocol = fc.constantFrom(1, 6, 17, 99);
    await fc.assert(
      fc.asyncProperty(protocol, fc.uint8Array({ maxLength: 80 }), async (number, octets) => {
        await receive(encodeIpv4({ ...toDevice, protocol: number }, octets));
      }),
      { numRuns: 500 },
    );
  });
});
