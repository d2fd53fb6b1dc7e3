/** +CCLK (27.007 §8.15): network time where there is some, or what the DTE set. */
import type { Value } from '../../../wire/at/command-line.ts';
import { type Answer, cmeError, done, REFUSED } from '../answer.ts';
import { type ExtendedCommand, numericParameter, textAt } from '../command-set.ts';
import type { ModuleContext } from '../module-context.ts';

/** Japan time in quarters of an hour. */
const ZONE_QUARTERS = 36;
const QUARTER_MS = 15 * 60_000;
/** CDMA system time begins here; a clock that nobody has set shows it. */
const EPOCH = Date.UTC(1980, 0, 6);

export const clock: readonly ExtendedCommand[] = [
  { name: '+CCLK', read: (module) => done(`+CCLK: "${format(time(module))}"`), set },
  numericParameter('+CTZU', { to: 1 }),
  numericParameter('+CTZR', { to: 1 }),
];

function time(module: ModuleContext): number {
  if (module.clockOffsetMs !== undefined) {
    return module.now + module.clockOffsetMs;
  }
  return module.networkTime?.getTime() ?? EPOCH;
}

function set(module: ModuleContext, values: readonly Value[]): Answer {
  const text = textAt(values, 0);
  if (values.length !== 1 || text === undefined) {
    return REFUSED;
  }
  const parsed = parse(text);
  if (parsed === undefined) {
    return cmeError(50);
  }
  module.clockOffsetMs = parsed - module.now;
  return done();
}

function format(time: number): string {
  const local = new Date(time + ZONE_QUARTERS * QUARTER_MS).toISOString();
  return `${local.slice(2, 10).replaceAll('-', '/')},${local.slice(11, 19)}+${ZONE_QUARTERS}`;
}

/** `yy/MM/dd,hh:mm:ss±zz`; years 80 to 99 are of the last century. */
function parse(text: string): number | undefined {
  const match = /^(\d\d)\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d)?$/.exec(text);
  if (match === null) {
    return undefined;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = ZONE_QUARTERS] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const time = Date.UTC(year >= 80 ? 1900 + year : 2000 + year, month - 1, day, hour, minute, second);
  const isReal = new Date(time).getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? time - zone * QUARTER_MS : undefined;
}
