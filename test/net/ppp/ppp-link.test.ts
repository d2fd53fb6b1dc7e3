import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import type { TraceEvent } from '../../../src/base/trace.ts';
import { bytes, ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { type PppClientOptions, PppLink, type PppServerOptions } from '../../../src/net/ppp/ppp-link.ts';
import type { ByteChannel } from '../../../src/serial/serial-line.ts';
import { type Ipv4Address, parseIpv4 } from '../../../src/wire/ipv4.ts';

interface ChannelEvents {
  data: [octets: Uint8Array];
  drain: [];
  close: [cause?: Error];
}

/** Two ends of a channel that carries everything a moment later. */
class ChannelEnd extends EventEmitter<ChannelEvents> implements ByteChannel {
  peer: ChannelEnd | undefined;
  isFull = false;
  isImmediate = false;
  write(octets: Uint8Array): boolean {
    if (this.isImmediate) {
      this.peer?.emit('data', octets);
    } else {
      setTimeout(() => this.peer?.emit('data', octets), 1);
    }
    return !this.isFull;
  }
}

function channel(): [ChannelEnd, ChannelEnd] {
  const ends: [ChannelEnd, ChannelEnd] = [new ChannelEnd(), new ChannelEnd()];
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  return ends;
}

function ip(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === undefined) {
    throw new Error(text);
  }
  return address;
}

const client = (overrides: Partial<PppClientOptions> = {}): PppClientOptions => ({
  role: 'client',
  user: 'kadec',
  password: 'tsuchi',
  random: seededRandom(1),
  ...overrides,
});

const server = (overrides: Partial<PppServerOptions> = {}): PppServerOptions => ({
  role: 'server',
  authentication: 'chap-md5',
  secretOf: (user) => (user === 'kadec' ? 'tsuchi' : undefined),
  address: ip('10.0.0.1'),
  peerAddress: ip('10.0.0.2'),
  nameServers: [ip('10.0.0.53'), ip('10.0.1.53')],
  random: seededRandom(2),
  ...overrides,
});

const virtual = <T>(run: () => Promise<T>) =>
  inVirtualTime({ startAt: ms(1_200_000_000_000), random: seededRandom(3) }, run);

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

async function joined(near: Partial<PppClientOptions> = {}, far: Partial<PppServerOptions> = {}) {
  const [device, network] = channel();
  const links = { near: new PppLink(device, client(near)), far: new PppLink(network, server(far)) };
  await Promise.all([links.near.open(), links.far.open()]);
  return { ...links, device, network };
}

describe('two PPP links back to back', () => {
  for (const authentication of ['pap', 'chap-md5', 'any', 'none'] as const) {
    it(`come up with authentication ${authentication} and carry packets both ways`, () =>
      virtual(async () => {
        const [device, network] = channel();
        const near = new PppLink(device, client());
        const far = new PppLink(network, server({ authentication }));
        const packets: string[] = [];
        near.on('packet', (packet) => packets.push(`near ${Buffer.from(packet)}`));
        far.on('packet', (packet) => packets.push(`far ${Buffer.from(packet)}`));
        const [assignment] = await Promise.all([near.open(), far.open()]);
        expect(assignment).toEqual({
          address: ip('10.0.0.2'),
          peerAddress: ip('10.0.0.1'),
          nameServers: [ip('10.0.0.53'), ip('10.0.1.53')],
        });
        expect(far.user).toBe(authentication === 'none' ? undefined : 'kadec');
        near.send(Buffer.from('}~ up'));
        far.send(Buffer.from('down'));
        await new Promise((resolve) => setTimeout(resolve, 10));
        expect(packets).toEqual(['far }~ up', 'near down']);
        await near.close();
      }));
  }

  it('reject a wrong password at both ends, and show it nowhere', () =>
    virtual(async () => {
      const [device, network] = channel();
      const trace: TraceEvent[] = [];
      const near = new PppLink(
        device,
        client({ password: 'hirake-goma', trace: (event) => trace.push(event) }),
      );
      const far = new PppLink(network, server({ authentication: 'pap' }));
      const results = await Promise.allSettled([near.open(), far.open()]);
      for (const result of results) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'PPP_AUTH_REJECTED' } });
      }
      expect(JSON.stringify([trace, results])).not.toContain('hirake-goma');
      expect(trace.map(({ direction, text }) => `${direction} ${text}`)).toContain(
        '> PAP Authenticate-Request id 1 user "kadec" password ********',
      );
    }));

  it('are told when the other end closes, and let go of the channel', () =>
    virtual(async () => {
      const { near, far, device, network } = await joined();
      const downs: unknown[] = [];
      near.on('down', (cause) => downs.push(cause));
      far.on('down', (cause) => downs.push(cause));
      await near.close();
      await pause(10);
      expect(downs).toMatchObject([{ code: 'PPP_PEER_TERMINATED' }, { code: 'PPP_CLOSED' }]);
      for (const end of [device, network]) {
        expect(end.eventNames()).toEqual([]);
      }
    }));

  it('close even where the other end is silent', () =>
    virtual(async () => {
      const { near, device } = await joined();
      device.peer = undefined;
      const before = Date.now();
      await near.close();
      expect(Date.now() - before).toBe(6000);
    }));

  it('leave no timer behind: virtual time has nothing more to wait for', async () => {
    const run = virtual(async () => {
      const { near, far } = await joined({ echoIntervalMs: ms(1000) }, { echoIntervalMs: ms(1000) });
      await pause(5000);
      await Promise.all([near.close(), far.close()]);
      await new Promise(() => {});
    });
    await expect(run).rejects.toMatchObject({ code: 'VIRTUAL_TIME_STALLED' });
  });

  it('tell of a call that was lost', () =>
    virtual(async () => {
      const { near, device } = await joined();
      const lost = new Error('NO CARRIER');
      const down = once(near, 'down');
      device.emit('close', lost);
      expect(await down).toMatchObject([{ code: 'PPP_LINK_LOST', cause: lost }]);
      expect(near.send(Uint8Array.of(0x45))).toBe(true);
    }));

  it('pass on that the channel is full, and that it drains', () =>
    virtual(async () => {
      const { near, device } = await joined();
      device.isFull = true;
      expect(near.send(Uint8Array.of(0x45))).toBe(false);
      const drain = once(near, 'drain');
      device.emit('drain');
      await drain;
    }));

  it('lose packets that come before the link is up, or that the peer does not take', () =>
    virtual(async () => {
      const [device, network] = channel();
      const near = new PppLink(device, client());
      const far = new PppLink(network, server({ mru: bytes(576) }));
      const lengths: number[] = [];
      far.on('packet', (packet) => lengths.push(packet.length));
      expect(near.send(Uint8Array.of(0x45))).toBe(true);
      await Promise.all([near.open(), far.open()]);
      expect([near.mtu, near.mru, far.mtu, far.mru]).toEqual([576, 1500, 1500, 576]);
      near.send(new Uint8Array(577));
      near.send(new Uint8Array(576));
      await pause(10);
      expect(lengths).toEqual([576]);
    }));

  it('come up on a channel that calls back at once', () =>
    virtual(async () => {
      const [device, network] = channel();
      device.isImmediate = true;
      network.isImmediate = true;
      const near = new PppLink(device, client());
      const far = new PppLink(network, server());
      const [assignment] = await Promise.all([near.open(), far.open()]);
      expect(assignment.address).toBe(ip('10.0.0.2'));
    }));

  it('survive noise on the line', () =>
    virtual(async () => {
      const { near, far, device, network } = await joined();
      const noise = seededRandom(99);
      for (let burst = 0; burst < 500; burst += 1) {
        device.emit('data', noise.octets(noise.integer(0, 300)));
        network.emit('data', noise.octets(noise.integer(0, 300)));
      }
      const arrived = once(far, 'packet');
      near.send(Uint8Array.of(0x45, 1, 2, 3));
      expect((await arrived).map((packet) => [...packet])).toEqual([[0x45, 1, 2, 3]]);
      expect(near.counters.badFcs).toBeGreaterThan(0);
    }));

  it('tell their story as the device sees it', () =>
    virtual(async () => {
      const story: string[] = [];
      const tell = ({ direction, text }: TraceEvent) =>
        story.push(`${direction} ${text.split(' ', 3).join(' ')}`);
      const [device, network] = channel();
      const near = new PppLink(device, client());
      const far = new PppLink(network, server({ authentication: 'pap', trace: tell }));
      await Promise.all([near.open(), far.open()]);
      expect(story).toContain('> PAP Authenticate-Request id');
      expect(story).toContain('< PAP Authenticate-Ack id');
    }));

  it('tell of a silent line', () =>
    virtual(async () => {
      const [device] = channel();
      device.peer = undefined;
      await expect(new PppLink(device, client()).open()).rejects.toMatchObject({ code: 'PPP_NO_ANSWER' });
    }));

  it('tell of a looped line', () =>
    virtual(async () => {
      const [device] = channel();
      device.peer = device;
      await expect(new PppLink(device, client()).open()).rejects.toMatchObject({ code: 'PPP_LOOPBACK' });
      const [, network] = channel();
      network.peer = network;
      await expect(new PppLink(network, server()).open()).rejects.toMatchObject({ code: 'PPP_LOOPBACK' });
    }));
});
