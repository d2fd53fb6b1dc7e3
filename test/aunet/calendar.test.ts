import { describe, expect, it } from 'vitest';
import { isHostOnline, isOnAir, nextRadioChange, op25bStart } from '../../src/aunet/calendar.ts';
import { calendarSchema, defaultCalendar } from '../../src/config/calendar.ts';
import { formatDate } from '../../src/config/japan-time.ts';
import { bandSchema } from '../../src/modem/module-profile.ts';
import { at } from './given.ts';

describe('bands on the air', () => {
  it.each([
    ['2007-07-25', ['bc3', 'bc0']],
    ['2008-10-01', ['bc3', 'bc0']],
    ['2012-07-22T23:59:59', ['bc3', 'bc0']],
    ['2012-07-23', ['bc0']],
    ['2013-01-01', ['bc0', 'lte-b18', 'lte-b26']],
    ['2022-03-31T23:59:59', ['bc0', 'lte-b18', 'lte-b26']],
    ['2022-04-01', ['lte-b18', 'lte-b26']],
    ['2026-01-01', ['lte-b18', 'lte-b26']],
  ])('%s: %j', (date, bands) => {
    expect(bandSchema.options.filter((band) => isOnAir(defaultCalendar, band, at(date)))).toEqual(bands);
  });

  it('names every change once, in order', () => {
    const changes: string[] = [];
    for (
      let change = nextRadioChange(defaultCalendar, at('2006-01-01'));
      change !== undefined;
      change = nextRadioChange(defaultCalendar, change)
    ) {
      changes.push(formatDate(change));
    }
    expect(changes).toEqual(['2007-01-01', '2012-07-23', '2012-09-21', '2022-04-01']);
  });
});

describe('mail servers on the Internet', () => {
  it.each([
    ['kona.co.jp', '2007-07-25', true],
    ['kona.co.jp', '2012-07-22', true],
    ['kona.co.jp', '2012-07-23', false],
    ['mail.north-one.example', '2008-06-30', false],
    ['mail.north-one.example', '2008-07-01', true],
    ['mail.elsewhere.example', '1999-01-01', true],
  ])('%s at %s: %s', (host, date, online) => {
    expect(isHostOnline(defaultCalendar, host, at(date))).toBe(online);
  });
});

describe('the start of OP25B', () => {
  it('steps through the areas from the end of September to the middle of October 2008', () => {
    const starts = Object.keys(defaultCalendar.op25b.areas).map((area) =>
      formatDate(op25bStart(defaultCalendar, area)),
    );
    expect(starts[0]).toBe('2008-09-30');
    expect([...starts].sort()).toEqual(starts);
    expect(starts.at(-1)).toBe('2008-10-14');
  });

  it('reaches an area that nobody named at the completion, and no area later', () => {
    expect(formatDate(op25bStart(defaultCalendar, 'moon'))).toBe('2008-10-31');
    const late = calendarSchema.parse({ op25b: { areas: { kanto: '2009-01-01' } } });
    expect(formatDate(op25bStart(late, 'kanto'))).toBe('2008-10-31');
  });
});
