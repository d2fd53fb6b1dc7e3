/** Lines with something else than a module at their end, lines that go, and Ctrl-C. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/base/units.ts';
import { type StationName, stationNames } from '../../src/bench/station.ts';
import { LineError } from '../../src/serial/line-error.ts';
import { createMemoryLine } from '../../src/serial/memory-line.ts';
import type { DceLine, DteLine } from '../../src/serial/serial-line.ts';
import { bench, station } from './given.ts';

/** A line to something that is no module. */
function lineTo(
  thing: (dce: DceLine) => void,
  baudRate = 115_200,
): { line: DteLine; isReleased: () => boolean } {
  const { dte, dce } = createMemoryLine(baudRate);
  let isClosed = false;
  dte.on('close', () => {
    isClosed = true;
  });
  thing(dce);
  return { line: dte, isReleased: () => isClosed };
}

const every = (milliseconds: number, dce: DceLine, bytes: () => Uint8Array) => {
  const timer = setInterval(() => dce.write(bytes()), milliseconds);
  dce.on('close', () => clearInterval(timer));
};

describe('a device that is no modem', () => {
  it.each([
    [
      'prints NMEA',
      (dce: DceLine) => every(1000, dce, () => Buffer.from('$GPGGA,092750.000,5321.6802,N*76\r\n')),
      'NMEA',
    ],
    ['echoes everything', (dce: DceLine) => dce.on('data', (bytes) => dce.write(bytes)), 'sends back'],
    [
      'sends binary',
      (dce: DceLine) => every(100, dce, () => Uint8Array.of(0, 0xff, 0x9c, 1, 2, 0xe3)),
      'no text',
    ],
    [
      'prints text',
      (dce: DceLine) => every(500, dce, () => Buffer.from('login: \r\n')),
      'does not answer AT',
    ],
    ['says nothing', () => {}, 'Nothing answers'],
  ] as const)('%s: told within 30 s, the port is released', async (_, thing, told) => {
    let isReleased = () => false;
    const report = await bench({
      openLine: async () => {
        const made = lineTo((dce) => void thing(dce));
        isReleased = made.isReleased;
        return made.line;
      },
    });
    expect(station(report, 'autobaud')).toMatchObject({
      verdict: 'failed',
      summary: expect.stringContaining(told),
    });
    expect(report.stations.filter(({ verdict }) => verdict === 'failed')).toHaveLength(1);
    expect(report.durationMs).toBeLessThan(seconds(30));
    expect(isReleased()).toBe(true);
  });

  it('answers two seconds late, at whatever rate: called slow, not good', async () => {
    const { line } = lineTo((dce) =>
      dce.on('data', () => setTimeout(() => dce.write(Buffer.from('\r\nOK\r\n')), 2000)),
    );
    // As a pty, and as a module that finds the rate of each AT.
    line.setBaudRate = () => {};
    const report = await bench({ openLine: async () => line });
    expect(station(report, 'autobaud')).toMatchObject({ verdict: 'failed', code: 'BENCH_SLOW_ANSWERS' });
    expect(report.durationMs).toBeLessThan(seconds(30));
  });

  it('starts just then, and misses the first AT: good', async () => {
    let hears = false;
    const { line } = lineTo((dce) =>
      dce.on('data', () => {
        if (hears) {
          dce.write(Buffer.from('\r\nOK\r\n'));
        }
        hears = true;
      }),
    );
    line.setBaudRate = () => {};
    const report = await bench({ openLine: async () => line });
    expect(station(report, 'autobaud')).toMatchObject({ verdict: 'ok' });
  });

  it('hears only at a rate that is not tried: told within 30 s', async () => {
    const { dte, dce } = createMemoryLine();
    dce.setBaudRate(300);
    dce.on('data', () => dce.write(Buffer.from('\r\nERROR\r\n')));
    const report = await bench({ openLine: async () => dte });
    expect(station(report, 'autobaud')).toMatchObject({
      verdict: 'failed',
      summary: expect.stringContaining('no text'),
    });
    expect(report.durationMs).toBeLessThan(seconds(30));
  });
});

describe('a port', () => {
  it.each(['LINE_NOT_FOUND', 'LINE_BUSY', 'LINE_NO_PERMISSION'] as const)(
    'that cannot be opened: %s',
    async (code) => {
      const report = await bench({
        openLine: () => Promise.reject(new LineError(code, 'It cannot be opened.', { advice: 'Do this.' })),
      });
      expect(station(report, 'port')).toMatchObject({ verdict: 'failed', code, advice: 'Do this.' });
      expect(report.stations.filter(({ verdict }) => verdict === 'skipped')).toHaveLength(
        stationNames.length - 1,
      );
    },
  );

  it.each(stationNames.slice(1))(
    'is unplugged at station %s: that one fails, the rest is skipped',
    async (name) => {
      const unplug = new EventEmitter();
      const report = await bench({
        openLine: async ({ connect }) => {
          const line = connect((await import('./given.ts')).profileOf('3gpp'));
          unplug.once('now', () => void line.close());
          return line;
        },
        onStart: (begun) => begun.name === name && setTimeout(() => unplug.emit('now'), 0),
      });
      const after = report.stations.slice(report.stations.findIndex((one) => one.name === name) + 1);
      expect(report.stations.filter(({ verdict }) => verdict === 'failed').length).toBeLessThanOrEqual(1);
      expect(after.every(({ verdict }) => verdict === 'skipped' || verdict === 'failed')).toBe(true);
      expect(report.outcome).toBe('failed');
    },
  );
});

describe('Ctrl-C', () => {
  it.each(stationNames)('at station %s: hangs up first, releases the port', async (name: StationName) => {
    const control = new AbortController();
    const calls: string[] = [];
    let isReleased = false;
    const report = await bench({
      signal: control.signal,
      onStart: (begun) => begun.name === name && setTimeout(() => control.abort(), 50),
      openLine: async ({ auNet, connect }) => {
        const line = connect((await import('./given.ts')).profileOf('3gpp'));
        auNet.on('call', ({ result }) => calls.push(result));
        auNet.on('session', ({ state }) => calls.push(state));
        line.on('close', () => {
          isReleased = true;
          calls.push('released');
        });
        return line;
      },
    });
    const isInstant = report.outcome !== 'interrupted';
    expect(isReleased).toBe(true);
    if (!isInstant) {
      expect(report.stations.at(-1)).toMatchObject({ verdict: 'skipped', code: 'BENCH_INTERRUPTED' });
    }
    expect(report.stations.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    // A session that was there has ended in order, before the port was released: a release alone would end it too.
    expect(calls.at(-1)).toBe('released');
    const count = (state: string) => calls.filter((one) => one === state).length;
    expect(count('down')).toBeGreaterThanOrEqual(count('up'));
  });
});
