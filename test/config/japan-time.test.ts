import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ms, ms } from '../../src/base/units.ts';
import {
  formatDate,
  formatInstant,
  formatReportTime,
  japanMidnight,
  parseInstant,
} from '../../src/config/japan-time.ts';

const utc = (text: string) => ms(Date.parse(text));

describe('a date', () => {
  it.each([
    ['2008-10-01', '2008-09-30T15:00:00Z'],
    ['2008-10-01T09:30', '2008-10-01T00:30:00Z'],
    ['2008-10-01 09:30:05', '2008-10-01T00:30:05Z'],
    ['2008-10-01T09:30:05.250', '2008-10-01T00:30:05.250Z'],
    ['2008-10-01T09:30:00+09:00', '2008-10-01T00:30:00Z'],
    ['2008-10-01T09:30:00Z', '2008-10-01T09:30:00Z'],
    ['2008-10-01T09:30:00-0330', '2008-10-01T13:00:00Z'],
    ['2008-10-01T24:00', '2008-10-01T15:00:00Z'],
    ['2004-02-29', '2004-02-28T15:00:00Z'],
    ['0099-01-01T00:00Z', '0099-01-01T00:00:00Z'],
  ])('%s is %s, Japan time where no zone is given', (text, expected) => {
    expect(parseInstant(text)).toBe(utc(expected));
  });

  it.each([
    '',
    '2008',
    '2008-13-01',
    '2008-02-30',
    '2007-02-29',
    '2008-10-01T24:01',
    '2008-10-01T09:60',
    '2008-10-01T09:30+24:00',
    '1/10/2008',
    '2008-10-01T',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('is written as it is read, whatever the zone of this computer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (second) => {
        const instant = ms(second * 1000);
        expect(parseInstant(formatInstant(instant))).toBe(instant);
      }),
    );
  });

  it('looks as people in Japan write it', () => {
    const instant = parseInstant('2008-10-01T09:05:07') ?? (0 as Ms);
    expect(formatInstant(instant)).toBe('2008-10-01T09:05:07+09:00');
    expect(formatDate(instant)).toBe('2008-10-01');
    expect(formatReportTime(instant)).toBe('2008/10/01 09:05');
    expect(japanMidnight(instant)).toBe(parseInstant('2008-10-01'));
    expect(japanMidnight(japanMidnight(instant))).toBe(japanMidnight(instant));
  });
});
