import { describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import { coverageAt, defaultSite, isPacketNumber } from '../../src/aunet/cells.ts';
import { seededRandom } from '../../src/base/random.ts';
import { hours, seconds } from '../../src/base/units.ts';
import { defaultCalendar } from '../../src/config/calendar.ts';
import { formatInstant } from '../../src/config/japan-time.ts';
import type { Coverage } from '../../src/modem/dce/radio.ts';
import type { Band } from '../../src/modem/module-profile.ts';
import { dial, dualBandModule, goOnLine, inVirtualTimeAt, lteModule, oldModule, pause } from './device.ts';
import { at } from './given.ts';

const seen = (coverage: Coverage): string => ('band' in coverage ? coverage.band : coverage.service);

describe('what a module hears', () => {
  it.each([
    ['2008-10-01', oldModule, 'bc3'],
    ['2012-07-22T23:59', oldModule, 'bc3'],
    ['2012-07-23', oldModule, 'none'],
    ['2008-10-01', dualBandModule, 'bc3'],
    ['2012-07-23', dualBandModule, 'bc0'],
    ['2022-03-31T23:59', dualBandModule, 'bc0'],
    ['2022-04-01', dualBandModule, 'none'],
    ['2008-10-01', lteModule, 'none'],
    ['2022-04-01', lteModule, 'lte-b18'],
    ['2022-04-01', ['lte-b26'], 'lte-b26'],
  ] as const)('%s with bands %j: %s', (date, bands, expected) => {
    expect(seen(coverageAt(defaultCalendar, defaultSite, bands, at(date)))).toBe(expected);
  });

  it('depends on the site', () => {
    const valley = { signalDbm: { bc0: -105 } };
    expect(coverageAt(defaultCalendar, valley, ['bc3', 'bc0'], at('2008-10-01'))).toMatchObject({
      band: 'bc0',
      signalDbm: -105,
    });
    expect(coverageAt(defaultCalendar, valley, ['bc3'], at('2008-10-01')).service).toBe('none');
  });
});

describe('numbers', () => {
  it.each([
    ['bc3', '*99**24#', true],
    ['bc0', '#777', true],
    ['bc0', '*99***1#', false],
    ['bc0', '0312345678', false],
    ['lte-b18', '*99***1#', true],
    ['lte-b18', '*99#', true],
    ['lte-b26', '*99**PPP*2#', true],
    ['lte-b18', '#777', false],
    ['lte-b18', '', false],
  ] as const)('on %s, %s reaches the packet service: %s', (band, number, reaches) => {
    expect(isPacketNumber(band, number)).toBe(reaches);
  });
});

describe('the air as time goes on', () => {
  /** Every coverage a module is told between two dates. */
  const listen = (from: string, durationMs: number, bands: readonly Band[], registrationMs = 0) =>
    inVirtualTimeAt(from, async () => {
      const network = new AuNet({ random: seededRandom(1), registrationMs });
      const attachment = network.attach({ bands });
      const told = [`now ${seen(attachment.coverage)}`];
      attachment.on('coverage', (coverage) =>
        told.push(`${formatInstant(at(new Date().toISOString()))} ${seen(coverage)}`),
      );
      await pause(durationMs);
      attachment.detach();
      told.push(`detached ${seen(attachment.coverage)}`);
      await pause(hours(24 * 365));
      return told;
    });

  it('falls silent for an old module at the end of 22 July 2012', async () => {
    expect(await listen('2012-07-22T12:00', hours(24), oldModule)).toEqual([
      'now bc3',
      '2012-07-23T00:00:00+09:00 none',
      'detached none',
    ]);
  });

  it('moves a dual-band module to the new band, and ends for it in 2022', async () => {
    expect(await listen('2012-01-01', hours(24 * 365 * 11), dualBandModule, seconds(20))).toEqual([
      'now searching',
      '2012-01-01T00:00:20+09:00 bc3',
      '2012-07-23T00:00:00+09:00 searching',
      '2012-07-23T00:00:20+09:00 bc0',
      '2022-04-01T00:00:00+09:00 none',
      'detached none',
    ]);
  });

  it('comes up for a module that waited', async () => {
    expect(await listen('2012-09-01', hours(24 * 60), lteModule)).toEqual([
      'now none',
      '2012-09-21T00:00:00+09:00 lte-b18',
      'detached none',
    ]);
  });

  it('gives network time only where there is service', () =>
    inVirtualTimeAt('2012-07-22T23:59:59', async () => {
      const attachment = new AuNet({ random: seededRandom(1) }).attach({ bands: oldModule });
      expect(attachment.networkTime?.toJSON()).toBe('2012-07-22T14:59:59.000Z');
      await pause(1000);
      expect(attachment.networkTime).toBeUndefined();
    }));
});

describe('calls', () => {
  it.each([
    ['2008-10-01', oldModule, '0312345678', 'no-carrier'],
    ['2012-07-23', oldModule, '*99**24#', 'no-carrier'],
  ] as const)('%s with bands %j to %s: %s', (date, bands, number, result) =>
    inVirtualTimeAt(date, async () => {
      const network = new AuNet({ random: seededRandom(1) });
      expect(await dial(network.attach({ bands }), number)).toBe(result);
      expect(network.counters.call).toBe(1);
    }),
  );

  it('are one at a time', () =>
    inVirtualTimeAt('2008-10-01', async () => {
      const attachment = new AuNet({ random: seededRandom(1) }).attach({ bands: oldModule });
      const call = await dial(attachment, '#777');
      expect(await dial(attachment, '#777')).toBe('busy');
      if (typeof call === 'string') {
        throw new Error(call);
      }
      call.hangUp();
      expect(await dial(attachment, '#777')).toMatchObject({});
    }));

  it('are not placed any more once the attempt is given up', () =>
    inVirtualTimeAt('2008-10-01', async () => {
      const network = new AuNet({ random: seededRandom(1), callSetupMs: 500 });
      const giveUp = network.attach({ bands: oldModule }).dial('#777', () => {
        throw new Error('answered');
      });
      giveUp();
      await pause(10_000);
      expect(network.counters.call).toBe(0);
    }));

  it('break off when the cells of their band go off the air', () =>
    inVirtualTimeAt('2012-07-22T23:59:30', async () => {
      const network = new AuNet({ random: seededRandom(1) });
      const sessions: { state: string; reason?: string | undefined }[] = [];
      network.on('session', ({ state, reason }) => sessions.push({ state, reason }));
      const line = await goOnLine(network);
      const [cause] = await new Promise<unknown[]>((resolve) =>
        line.call.on('close', (...seen) => resolve(seen)),
      );
      expect(cause).toMatchObject({ code: 'RADIO_COVERAGE_LOST' });
      expect(formatInstant(at(new Date().toISOString()))).toBe('2012-07-23T00:00:00+09:00');
      expect(sessions.map(({ state }) => state)).toEqual(['up', 'down']);
    }));

  it('break off when the signal does', () =>
    inVirtualTimeAt('2008-10-01', async () => {
      const network = new AuNet({ random: seededRandom(1) });
      const line = await goOnLine(network);
      const down = new Promise<Error>((resolve) => line.link.on('down', resolve));
      network.loseCalls();
      expect(await down).toMatchObject({ code: 'PPP_LINK_LOST' });
    }));
});
