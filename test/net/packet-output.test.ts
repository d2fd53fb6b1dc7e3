import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { PacketOutput } from '../../src/net/packet-output.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { MemoryLink, memoryLink } from './memory-link.ts';

const packet = (number: number) => Uint8Array.from([number]);

/** A link that takes so many packets before it says no. */
function output(room: number, drainsAtOnce = false) {
  const link = new MemoryLink();
  const sent: number[] = [];
  let left = room;
  link.send = ([number = 0]) => {
    sent.push(number);
    left -= 1;
    if (left === 0 && drainsAtOnce) {
      left = room;
      link.emit('drain');
      return false;
    }
    return left > 0;
  };
  const own = [100, 101, 102, 103, 104];
  const flow = new PacketOutput(link, () => {
    const number = own.shift();
    return number === undefined ? undefined : packet(number);
  });
  const drain = (count: number) => {
    left = count;
    link.emit('drain');
  };
  return { flow, sent, drain };
}

describe('the way out of a host', () => {
  it('leads through what the link takes, and no further until it drains', () => {
    const { flow, sent, drain } = output(2);
    flow.flush();
    expect(sent).toEqual([100, 101]);
    flow.flush();
    expect(sent).toEqual([100, 101]);
    drain(10);
    expect(sent).toEqual([100, 101, 102, 103, 104]);
  });

  it('lets answers pass before what connections have', () => {
    const { flow, sent, drain } = output(1);
    flow.flush();
    flow.send(packet(1));
    flow.send(packet(2));
    drain(10);
    expect(sent).toEqual([100, 1, 2, 101, 102, 103, 104]);
  });

  it('does not miss a drain that comes while it sends', () => {
    const { flow, sent } = output(1, true);
    flow.flush();
    expect(sent).toEqual([100, 101, 102, 103, 104]);
  });

  it('drops answers when too many wait', () => {
    const { flow } = output(1);
    flow.flush();
    const taken = Array.from({ length: 40 }, (_, number) => flow.send(packet(number)));
    expect(taken.filter(Boolean)).toHaveLength(32);
  });

  it('sends everything that was written in one turn together', async () => {
    const { flow, sent } = output(10);
    flow.send(packet(1));
    flow.send(packet(2));
    expect(sent).toEqual([]);
    await Promise.resolve();
    expect(sent.slice(0, 2)).toEqual([1, 2]);
  });

  it('lets a connect time out whose SYN the link never took', () =>
    inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, async () => {
      const link = new MemoryLink();
      link.send = () => false;
      const host = new IpHost({ link, address: ipv4Address(1), random: seededRandom(2) });
      const connecting = [1, 2].map((port) =>
        host.connect({ address: ipv4Address(2), port }, { timeoutMs: ms(30_000) }),
      );
      for (const result of await Promise.allSettled(connecting)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'TCP_TIMED_OUT' } });
      }
      expect(Date.now()).toBe(30_000);
    }));

  it('keeps what waits in the connection while the link is held up, and repeats nothing into its queue', () =>
    inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, async () => {
      const [here, there] = memoryLink({ delayMs: 10 });
      const near = new IpHost({ link: here, address: ipv4Address(1), random: seededRandom(2) });
      new IpHost({
        link: there,
        address: 'any',
        random: seededRandom(3),
        onSyn: () => ({ verdict: 'accept', onSocket: (socket) => socket.resume() }),
      });
      const socket = await near.connect({ address: ipv4Address(2), port: 25 });
      const carry = here.send.bind(here);
      let isHeldUp = false;
      let handedOver = 0;
      here.send = (octets) => {
        handedOver += 1;
        return carry(octets) && !isHeldUp;
      };
      isHeldUp = true;
      socket.write(Buffer.alloc(50_000));
      await new Promise((resolve) => setTimeout(resolve, 30_000));
      expect(handedOver).toBe(1);
      isHeldUp = false;
      here.emit('drain');
      await new Promise((resolve) => setTimeout(resolve, 5000));
      expect(socket.acknowledgedBytes).toBe(50_000);
      expect(handedOver).toBeLessThan(40);
      near.close();
    }));
});
