import { describe, expect, it } from 'vitest';
import { calendarSchema, defaultCalendar } from '../../src/config/calendar.ts';

describe('the calendar file', () => {
  it('may change one date and keeps the others', () => {
    const calendar = calendarSchema.parse({
      bands: { bc3: { lastDay: '2012-07-24' } },
      hosts: { 'mail.example.jp': { firstDay: '2010-01-01' } },
    });
    expect(calendar.bands.bc3).toEqual({ lastDay: '2012-07-24' });
    expect(calendar.bands.bc0).toEqual(defaultCalendar.bands.bc0);
    expect(Object.keys(calendar.hosts).sort()).toEqual([
      'kona.co.jp',
      'mail.example.jp',
      'mail.north-one.example',
    ]);
  });

  it('reads its own defaults back', () => {
    expect(calendarSchema.parse(defaultCalendar)).toEqual(defaultCalendar);
  });

  it.each([
    [{ bands: { bc3: { lastDay: '2012-02-30' } } }, 'bands.bc3.lastDay'],
    [{ bands: { bc3: { firstDay: '2012-02-02', lastDay: '2012-02-01' } } }, 'bands.bc3'],
    [{ op25b: { areas: { 'No Such': '2008-10-01' } } }, 'op25b.areas.No Such'],
    [{ op25b: { complete: '2008-10-31' } }, 'op25b'],
  ])('refuses %j and says where', (input, path) => {
    const result = calendarSchema.safeParse(input);
    expect(result.error?.issues[0]?.path.join('.')).toBe(path);
  });
});
