import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { inVirtualTime } from '../../src/base/virtual-time.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import { pacedDce, pacedDte } from '../../src/serial/paced-line.ts';

const virtually = <T>(run: () => Promise<T>) =>
  inVirtualTime({ startAt: ms(0), random: seededRandom(1) }, run);

const wait = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, time));

describe('a paced line', () => {
  it('carries 960 bytes a second at 9600 bit/s', async () => {
    const arrivals = await virtually(async () => {
      const { dte, dce } = createMemoryLine(9600);
      const line = pacedDte(dte);
      const seen: [number, number][] = [];
      dce.on('data', (bytes) => seen.push([Date.now(), bytes.length]));
      line.write(new Uint8Array(480));
      line.write(new Uint8Array(960));
      await wait(5000);
      return seen;
    });
    expect(arrivals).toEqual([
      [500, 480],
      [1500, 960],
    ]);
  });

  it('does not lose time between pieces to the rounding of timers', async () => {
    const end = await virtually(async () => {
      const { dte, dce } = createMemoryLine(921_600);
      const line = pacedDte(dte);
      let last = 0;
      dce.on('data', () => {
        last = Date.now();
      });
      for (let piece = 0; piece < 1000; piece += 1) {
        line.write(new Uint8Array(100));
      }
      await wait(10_000);
      return last;
    });
    expect(end).toBe(Math.ceil((100_000 * 10_000) / 921_600));
  });

  it('says when it is full and when there is room again', async () => {
    const events = await virtually(async () => {
      const { dte } = createMemoryLine(9600);
      const line = pacedDte(dte);
      const seen: string[] = [];
      line.on('drain', () => seen.push('drain'));
      seen.push(`first ${line.write(new Uint8Array(1500))}`, `second ${line.write(new Uint8Array(1600))}`);
      await wait(10_000);
      return seen;
    });
    expect(events).toEqual(['first true', 'second false', 'drain']);
  });

  it('holds back while the other end is not ready to receive', async () => {
    const arrivals = await virtually(async () => {
      const { dte, dce } = createMemoryLine(9600);
      const line = pacedDte(dte);
      const seen: number[] = [];
      dce.on('data', () => seen.push(Date.now()));
      dce.drive({ cts: false });
      line.write(new Uint8Array(96));
      await wait(1000);
      dce.drive({ cts: true });
      await wait(1000);
      return seen;
    });
    expect(arrivals).toEqual([1100]);
  });

  it('changes its bit rate behind what was written before', async () => {
    const received = await virtually(async () => {
      const { dte, dce } = createMemoryLine(9600);
      const line = pacedDce(dce);
      const seen: [number, string][] = [];
      dte.on('data', (bytes) => {
        seen.push([Date.now(), Buffer.from(bytes).toString()]);
        dte.setBaudRate(115_200);
      });
      line.write(Buffer.from('OK'.padEnd(96)));
      line.setBaudRate(115_200);
      line.write(Buffer.from('OK'.padEnd(1152)));
      seen.push([line.baudRate, '']);
      await wait(1000);
      return seen.map(([at, text]) => [at, text.trim()]);
    });
    expect(received).toEqual([
      [115_200, ''],
      [100, 'OK'],
      [200, 'OK'],
    ]);
  });

  it('forgets what it holds when it is closed', async () => {
    const arrivals = await virtually(async () => {
      const { dte, dce } = createMemoryLine(9600);
      const line = pacedDce(dce);
      const seen: number[] = [];
      dte.on('data', () => seen.push(Date.now()));
      line.write(new Uint8Array(96));
      await line.close();
      await wait(1000);
      return seen;
    });
    expect(arrivals).toEqual([]);
  });
});

describe('a line in memory', () => {
  it('makes noise of bytes that come at another bit rate', async () => {
    const seen = await virtually(async () => {
      const { dte, dce } = createMemoryLine(9600);
      const received: number[] = [];
      dce.on('data', (bytes) => received.push(...bytes));
      dte.setBaudRate(115_200);
      dte.write(Buffer.from('AT\r'));
      dte.setBaudRate(9600);
      dte.write(Buffer.from('AT\r'));
      await wait(1);
      return received;
    });
    expect(seen.slice(0, 3).every((octet) => octet >= 0x80)).toBe(true);
    expect(Buffer.from(seen.slice(3)).toString()).toBe('AT\r');
  });

  it('ends at both ends', async () => {
    const { dte, dce } = createMemoryLine();
    const ended: string[] = [];
    dte.on('close', () => ended.push('DTE'));
    dce.on('close', () => ended.push('DCE'));
    await dce.close();
    await dte.close();
    expect(ended).toEqual(['DCE', 'DTE']);
  });

  it('shows each end the signals of the other', async () => {
    const seen = await virtually(async () => {
      const { dte, dce } = createMemoryLine();
      const changes: unknown[] = [];
      dte.on('signals', (signals) => changes.push(signals));
      dce.drive({ dcd: true });
      await wait(1);
      return [changes, dte.signals, dce.signals];
    });
    const withCarrier = { dcd: true, dsr: true, cts: true, ri: false };
    expect(seen).toEqual([[withCarrier], withCarrier, { dtr: true, rts: true }]);
  });
});
