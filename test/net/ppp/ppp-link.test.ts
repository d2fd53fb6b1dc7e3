import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import type { TraceEvent } from '../../../src/base/trace.ts';
import { ms } from '../../../src/base/units.ts';
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
  write(octets: Uint8Array): boolean {
    setTimeout(() => this.peer?.emit('data', octets), 1);
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

  it('rejects a wrong password at both ends, and shows it nowhere', () =>
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

  it('tells of a silent line', () =>
    virtual(async () => {
      const [device] = channel();
      device.peer = undefined;
      await expect(new PppLink(device, client()).open()).rejects.toMatchObject({ code: 'PPP_NO_ANSWER' });
    }));

  it('tells of a looped line', () =>
    virtual(async () => {
      const [device] = channel();
      device.peer = device;
      await expect(new PppLink(device, client()).open()).rejects.toMatchObject({ code: 'PPP_LOOPBACK' });
      const [, network] = channel();
      network.peer = network;
      await expect(new PppLink(network, server()).open()).rejects.toMatchObject({ code: 'PPP_LOOPBACK' });
    }));
});
