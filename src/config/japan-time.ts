/**
 * Dates as the device and its users write them: ISO 8601, and where no zone is given Japan's, +09:00.
 * Japan has had no daylight saving time since 1951, so that the offset is a constant.
 */
import { type Ms, ms } from '../base/units.ts';

const JAPAN_OFFSET_MINUTES = 540;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3})\d*)?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** What `parseInstant` takes, for messages. */
export const INSTANT_EXPECTED =
  'a date and time in ISO 8601, such as 2008-10-01T09:00:00+09:00 (without a zone: Japan time)';

/**
 * Reads a date (midnight) or a date with a time; 24:00 is the end of the day, as hydrologists write it.
 * @returns milliseconds since 1970, or `undefined` when the text is no such date
 */
export function parseInstant(text: string): Ms | undefined {
  const match = ISO_8601.exec(text.trim());
  if (match === null) {
    return undefined;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  const millisecond = Number((match[7] ?? '0').padEnd(3, '0'));
  const offset = offsetMinutes(match[8]);
  const isEndOfDay = hour === 24 && minute === 0 && second === 0 && millisecond === 0;
  if (offset === undefined || (hour > 23 && !isEndOfDay) || minute > 59 || second > 59) {
    return undefined;
  }
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) {
    return undefined;
  }
  const timeOfDay = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
  return ms(midnight.getTime() + timeOfDay - offset * MINUTE_MS);
}

/** `+09:00`, `+0900`, `+09` or `Z`; nothing means Japan. */
function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined) {
    return JAPAN_OFFSET_MINUTES;
  }
  if (zone.toUpperCase() === 'Z') {
    return 0;
  }
  const hour = Number(zone.slice(1, 3));
  const minute = Number(zone.slice(3).replace(':', '') || 0);
  if (hour > 23 || minute > 59) {
    return undefined;
  }
  return (zone.startsWith('-') ? -1 : 1) * (hour * 60 + minute);
}

/** The parts of an instant on a clock in Japan. */
export interface JapanClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export function japanClock(instant: Ms): JapanClock {
  const shifted = new Date(instant + JAPAN_OFFSET_MINUTES * MINUTE_MS);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
  };
}

/** `2008-10-01T09:00:00+09:00`; a fraction of a second is dropped. */
export function formatInstant(instant: Ms): string {
  const clock = japanClock(instant);
  return `${formatDate(instant)}T${two(clock.hour)}:${two(clock.minute)}:${two(clock.second)}+09:00`;
}

/** `2008-10-01T09:00:00.123+09:00` */
export function formatPreciseInstant(instant: Ms): string {
  const millisecond = String(Math.floor(instant) % 1000).padStart(3, '0');
  return formatInstant(instant).replace('+', `.${millisecond}+`);
}

/** `2008-10-01`, the day in Japan. */
export function formatDate(instant: Ms): string {
  const clock = japanClock(instant);
  return `${String(clock.year).padStart(4, '0')}-${two(clock.month)}-${two(clock.day)}`;
}

/** `2008/10/01 09:00`, as Japanese field reports write it. */
export function formatReportTime(instant: Ms): string {
  const clock = japanClock(instant);
  return `${formatDate(instant).replaceAll('-', '/')} ${two(clock.hour)}:${two(clock.minute)}`;
}

/** The midnight in Japan at or before the instant. */
export function japanMidnight(instant: Ms): Ms {
  const offset = JAPAN_OFFSET_MINUTES * MINUTE_MS;
  return ms(Math.floor((instant + offset) / DAY_MS) * DAY_MS - offset);
}

const two = (value: number) => String(value).padStart(2, '0');
