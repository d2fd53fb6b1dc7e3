import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ms } from '../../src/base/units.ts';
import { durationSchema, formatDuration, parseDuration } from '../../src/config/duration.ts';

it.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5 min', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['5', undefined],
  ['-5s', undefined],
  ['1.5h', undefined],
  ['5m', undefined],
])('%s is %s milliseconds', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

it('a duration is written as it is read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (value) => {
      expect(parseDuration(formatDuration(ms(value)))).toBe(value);
    }),
  );
});

it('a duration outside its bounds is refused with the bounds', () => {
  const result = durationSchema('1min', '24h').safeParse('59s');
  expect(result.error?.issues[0]?.message).toContain('a duration from 1min to 24h');
  expect(durationSchema('1min', '24h').parse('24h')).toBe(86_400_000);
});
