/** Devices that do what no device should: the other line goes on, memory stays bounded, the log says what it was. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { minutes, ms, seconds } from '../../src/base/units.ts';
import { handOver } from '../../src/base/virtual-time.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { PppLink } from '../../src/net/ppp/ppp-link.ts';
import type { DteLine } from '../../src/serial/serial-line.ts';
import type { Happening } from '../../src/serve/happening.ts';
import type { NetworkSide } from '../../src/serve/network-side.ts';
import { parseIpv4 } from '../../src/wire/ipv4.ts';
import { atStation, mailOfNow, pause, taskOn, unitCalled } from './given.ts';
import { MemoryOffer } from './memory-offer.ts';

/** A station with a line for the hostile device, and one for a device that works. */
function beside(hostile: (line: DteLine, side: NetworkSide) => Promise<void>) {
  return atStation(async (side) => {
    const [bad, good] = [new MemoryOffer(), new MemoryOffer()];
    side.addLine('bad', bad);
    side.addLine('good', good);
    const happenings: Happening[] = [];
    side.on('happening', (happening) => happenings.push(happening));
    const settings = unitCalled('good');
    const task = taskOn(settings, () => good.open());
    const work = async () => {
      for (const mail of mailOfNow(settings)) {
        task.queue(mail);
      }
      await task.run();
    };
    await Promise.all([hostile(bad.open(), side), work()]);
    return { happenings, failures: side.failures, mails: side.mails.matching({ line: 'good' }).length };
  });
}

/** Writes, and lets the others have their turn. */
async function pour(line: DteLine, octets: Uint8Array, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    line.write(octets);
    await pause(ms(1));
  }
}

async function dial(line: DteLine): Promise<void> {
  let heard = '';
  const onData = (bytes: Uint8Array) => {
    heard += Buffer.from(bytes).toString('latin1');
  };
  line.on('data', onData);
  // It has to register first.
  await pause(seconds(10));
  line.write(Buffer.from('ATD*99***1#\r'));
  for (let tries = 0; !heard.includes('CONNECT') && tries < 600; tries += 1) {
    await pause(ms(100));
  }
  line.off('data', onData);
  expect(heard).toContain('CONNECT');
}

async function goOnLine(line: DteLine): Promise<IpHost> {
  await dial(line);
  const random = seededRandom(4);
  const link = new PppLink(line, { role: 'client', user: 'user@au.au-net.ne.jp', password: 'au', random });
  const { address, nameServers } = await link.open();
  return new IpHost({ link, address, nameServers, random });
}

const submission = { address: parseIpv4('203.0.113.25') ?? (0 as never), port: 587 };
const kona = { address: parseIpv4('192.0.2.25') ?? (0 as never), port: 25 };

/** Octets in use, as far as a test can tell. */
const inUse = () => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const LARGEST_GROWTH = 64 * 1024 * 1024;
/** A mail that does not end; 1024 MiB take some minutes. */
const POURED = Number(process.env.KADEC21_POURED_MIB ?? 12) * 1024 * 1024;

describe('beside a device that', () => {
  it.each([
    ['floods the command line with text', Buffer.alloc(4096, 'A')],
    ['sends binary', Buffer.from(seededRandom(1).octets(4096))],
    ['repeats commands', Buffer.from('ATI\r'.repeat(1000))],
    ['sends nothing but ends of lines', Buffer.alloc(4096, '\r')],
  ])('%s, the other one delivers its mail', async (_, octets) => {
    const before = inUse();
    const { mails, failures } = await beside((line) => pour(line, octets, 2000));
    expect(mails).toBe(1);
    expect(failures).toBe(0);
    expect(inUse() - before).toBeLessThan(LARGEST_GROWTH);
  });

  it('is silent for ever, the other one delivers its mail', async () => {
    const { mails } = await beside(() => pause(minutes(60)));
    expect(mails).toBe(1);
  });

  it('floods a call with binary, and never ends a PPP frame: the network ends the call', async () => {
    const before = inUse();
    const { mails, failures } = await beside(async (line) => {
      await dial(line);
      line.write(Uint8Array.of(0x7e));
      await pour(line, Buffer.alloc(1024, 0x41), 3000);
      await pause(minutes(5));
    });
    expect(mails).toBe(1);
    expect(failures).toBe(0);
    expect(inUse() - before).toBeLessThan(LARGEST_GROWTH);
  });

  it('opens a thousand connections, the other one delivers its mail', async () => {
    const { mails, failures, happenings } = await beside(async (line) => {
      const host = await goOnLine(line);
      const opened = Array.from({ length: 1000 }, () =>
        host.connect(submission).then(
          (socket) => {
            socket.on('error', () => {});
            socket.resume();
          },
          () => {},
        ),
      );
      await Promise.race([Promise.all(opened), pause(minutes(10))]);
    });
    expect(mails).toBe(1);
    expect(failures).toBe(0);
    const accepted = happenings.filter((each) => each.type === 'connection' && each.verdict === 'accepted');
    expect(accepted.length).toBeGreaterThan(10);
  });

  it.each(['with its SIZE', 'without'])(
    'sends a mail without end (%s): refused, and nothing is kept',
    async (how) => {
      const before = inUse();
      let said = '';
      const { failures, mails } = await beside(async (line, side) => {
        const host = await goOnLine(line);
        const socket = await host.connect(kona);
        socket.on('error', () => {});
        socket.on('data', (part: Buffer) => {
          said += part.toString('latin1');
        });
        // A server lets nobody speak before it has greeted.
        await pause(seconds(10));
        const size = how === 'without' ? '' : ' SIZE=1073741824';
        socket.write(`EHLO a\r\nMAIL FROM:<a@b.example>${size}\r\nRCPT TO:<c@d.example>\r\nDATA\r\n`);
        await pause(seconds(20));
        const octets = Buffer.alloc(16_384, `${'x'.repeat(70)}\r\n`);
        // More than the server takes, at the pace of the air.
        for (let sent = 0; sent < POURED && how === 'without' && !socket.destroyed; sent += octets.length) {
          handOver();
          if (!socket.write(octets)) {
            await Promise.race([new Promise((drained) => socket.once('drain', drained)), pause(minutes(2))]);
          }
        }
        socket.end('\r\n.\r\nQUIT\r\n');
        await pause(minutes(2));
        expect(side.mails.matching({ line: 'bad' })).toEqual([]);
      });
      expect(said).toMatch(/^552 /m);
      expect(mails).toBe(1);
      expect(failures).toBe(0);
      expect(inUse() - before).toBeLessThan(LARGEST_GROWTH);
    },
  );
});
