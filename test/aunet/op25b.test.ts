import { describe, expect, it } from 'vitest';
import { isBlocked, type Op25bMode } from '../../src/aunet/op25b.ts';
import { defaultCalendar } from '../../src/config/calendar.ts';
import type { Ipv4Address } from '../../src/wire/ipv4.ts';
import { address, at } from './given.ts';

const own = address('192.0.2.25');
const outside = address('198.51.100.25');

const verdict = (mode: Op25bMode, day: string, area: string, to: Ipv4Address, port: number) =>
  isBlocked(
    { mode, calendar: defaultCalendar, area, isOwnMailServer: (candidate) => candidate === own },
    { address: to, port },
    at(day),
  )
    ? 'cut'
    : 'passes';

describe('OP25B', () => {
  it.each([
    ['2008-09-29', 'hokkaido', outside, 25, 'passes'],
    ['2008-09-30', 'hokkaido', outside, 25, 'cut'],
    ['2008-09-30', 'kanto', outside, 25, 'passes'],
    ['2008-10-13', 'kanto', outside, 25, 'passes'],
    ['2008-10-14', 'kanto', outside, 25, 'cut'],
    ['2026-01-01', 'kanto', outside, 25, 'cut'],
    ['2008-10-14', 'kanto', own, 25, 'passes'],
    ['2008-10-14', 'kanto', outside, 587, 'passes'],
    ['2008-10-14', 'kanto', outside, 465, 'passes'],
    ['2008-10-14', 'kanto', outside, 110, 'passes'],
  ] as const)('by the calendar on %s in %s, to %s port %i: %s', (day, area, to, port, expected) => {
    expect(verdict('calendar', day, area, to, port)).toBe(expected);
  });

  it.each([
    ['on', '2001-01-01', outside, 'cut'],
    ['on', '2001-01-01', own, 'passes'],
    ['off', '2026-01-01', outside, 'passes'],
  ] as const)('switched %s at %s, to %s: %s', (mode, day, to, expected) => {
    expect(verdict(mode, day, 'kanto', to, 25)).toBe(expected);
  });
});
