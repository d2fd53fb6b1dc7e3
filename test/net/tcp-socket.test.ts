import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import type { TcpSocket } from '../../src/net/tcp-socket.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { memoryLink } from './memory-link.ts';

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** Two sockets at the ends of one connection. */
function pair(
  run: (near: TcpSocket, far: TcpSocket, cut: () => void) => Promise<void>,
  options: { allowHalfOpen?: boolean; passes?: (packet: Uint8Array) => boolean } = {},
) {
  const { allowHalfOpen = true, passes = () => true } = options;
  return inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, async () => {
    const [here, there] = memoryLink({ delayMs: 10, passes });
    let accept: (socket: TcpSocket) => void = () => {};
    const accepted = new Promise<TcpSocket>((resolve) => {
      accept = resolve;
    });
    const host = new IpHost({ link: here, address: ipv4Address(1), random: seededRandom(2) });
    const other = new IpHost({
      link: there,
      address: ipv4Address(2),
      random: seededRandom(3),
      onSyn: () => ({ verdict: 'accept', onSocket: accept, allowHalfOpen }),
    });
    const near = await host.connect({ address: ipv4Address(2), port: 25 }, { allowHalfOpen });
    const far = await accepted;
    await run(near, far, () => here.cut());
    host.close();
    other.close();
  });
}

const quiet = (...sockets: TcpSocket[]) => {
  for (const socket of sockets) {
    socket.on('error', () => {});
  }
};

describe('TcpSocket', () => {
  it('holds a writer back whose reader does not read, and lets it go on when it does', () =>
    pair(async (near, far) => {
      let written = 0;
      const chunk = Buffer.alloc(10_000, 'x');
      const write = () => {
        while (written < 1_000_000 && near.write(chunk)) {
          written += chunk.length;
        }
        written += chunk.length;
      };
      near.on('drain', write);
      write();
      await pause(60_000);
      // Both socket buffers, the window and the streams' own buffers, not the megabyte.
      expect(written).toBeLessThan(200_000);
      let got = 0;
      far.on('data', (data) => {
        got += data.length;
      });
      await pause(60_000);
      expect(got).toBeGreaterThanOrEqual(1_000_000);
    }));

  it('ends one direction and leaves the other open', () =>
    pair(async (near, far) => {
      near.end('question');
      // The end may come with the last data.
      const ended = once(far, 'end');
      const [question] = await once(far, 'data');
      far.resume();
      await ended;
      expect(far.readyState).toBe('writeOnly');
      await pause(5000);
      far.end(`answer to ${question}`);
      const [answer] = await once(near, 'data');
      expect(String(answer)).toBe('answer to question');
    }));

  it('ends by itself when the peer ends, unless it may stay half open', () =>
    pair(
      async (near, far) => {
        near.resume().end();
        far.resume();
        await Promise.all([once(near, 'close'), once(far, 'close')]);
        expect(far.readyState).toBe('closed');
      },
      { allowHalfOpen: false },
    ));

  it('is destroyed with ECONNRESET by a RST', () =>
    pair(async (near, far) => {
      far.resetAndDestroy();
      const [error] = await once(near, 'error');
      expect(error).toMatchObject({ code: 'ECONNRESET', layer: 'tcp' });
      expect(near.destroyed).toBe(true);
    }));

  it('sends a RST when it is destroyed with data unread', () =>
    pair(async (near, far) => {
      near.write('nobody reads this');
      await pause(100);
      far.destroy();
      const [error] = await once(near, 'error');
      expect(error).toMatchObject({ code: 'ECONNRESET' });
    }));

  it('sends a FIN, not a RST, when it is destroyed with everything read', () =>
    pair(async (near, far) => {
      far.destroy();
      near.resume();
      await once(near, 'end');
      expect(near.errored).toBeNull();
      near.end();
    }));

  it('delivers what was written before destroy', () =>
    pair(async (near, far) => {
      near.write('last words');
      near.destroy();
      const [words] = await once(far, 'data');
      expect(String(words)).toBe('last words');
      far.resume().end();
    }));

  it('calls back destroy in a later turn, and fails the write that was under way', () =>
    pair(async (near) => {
      quiet(near);
      const failed = new Promise((resolve) => near.write(Buffer.alloc(500_000), resolve));
      await pause(1000);
      let isClosed = false;
      near.on('close', () => {
        isClosed = true;
      });
      near.destroy();
      await Promise.resolve();
      expect(isClosed).toBe(false);
      expect(await failed).toMatchObject({ code: 'TCP_ABORTED' });
    }));

  it('knows what has arrived', () => {
    let isDead = false;
    return pair(
      async (near, far) => {
        quiet(near, far);
        far.resume();
        near.write(Buffer.alloc(5000));
        await pause(1000);
        expect([near.acknowledgedBytes, near.unacknowledgedBytes, near.bytesWritten]).toEqual([
          5000, 0, 5000,
        ]);
        isDead = true;
        near.write(Buffer.alloc(200_000));
        await pause(1000);
        expect([near.acknowledgedBytes, near.unacknowledgedBytes]).toEqual([5000, 200_000]);
        const [error] = await once(near, 'error');
        expect(error).toMatchObject({
          code: 'TCP_TIMED_OUT',
          evidence: [expect.stringMatching(/^5000 octets acknowledged/)],
        });
        expect(near.acknowledgedBytes).toBe(5000);
      },
      { passes: () => !isDead },
    );
  });

  it('emits timeout when nothing went in or out for so long, again after every activity', () =>
    pair(async (near, far) => {
      const times: number[] = [];
      const start = Date.now();
      near.setTimeout(10_000, () => times.push(0)).on('timeout', () => times.push(Date.now() - start));
      await pause(4000);
      far.write('x');
      near.resume();
      await pause(26_000);
      expect(times).toEqual([0, 14_010]);
      near.write('y');
      await pause(20_000);
      expect(times).toEqual([0, 14_010, 40_000]);
      near.setTimeout(0);
      near.write('z');
      await pause(20_000);
      expect(times).toHaveLength(3);
    }));

  it('breaks off what waits when the link goes down', () =>
    pair(async (near, far, cut) => {
      quiet(far);
      near.write(Buffer.alloc(500_000), () => {});
      await pause(100);
      cut();
      const [error] = await once(near, 'error');
      expect(error).toMatchObject({ code: 'TCP_LINK_DOWN' });
    }));
});
