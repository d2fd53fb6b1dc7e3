/** The clock of the module, which the network sets (3GPP TS 27.007 8.15). */
import { type Ms, ms } from '../base/units.ts';
import type { ModuleProfile } from './module-profile.ts';
import { inquire, type Procedure } from './procedure.ts';

/** A module that never heard the network starts somewhere before its making. */
const EARLIEST_YEAR = 2004;

/** @returns undefined where the module has no clock, or has not been told the time yet */
export function* readNetworkClock(profile: ModuleProfile): Procedure<Ms | undefined> {
  const lines = yield* inquire('AT+CCLK?', ms(profile.timeoutsMs.command));
  return lines?.map(parseClock).find((time) => time !== undefined);
}

/** Reads `+CCLK: "yy/MM/dd,hh:mm:ss+zz"`, zone in quarters of an hour; without zone it is UTC. */
export function parseClock(line: string): Ms | undefined {
  const parts = /"(\d\d|\d{4})\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d)?"/.exec(line);
  if (parts === null) {
    return undefined;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  // A cdma2000 module that has not heard the network begins at 80/01/06, the first day of system time.
  const fullYear = year >= 100 ? year : year < 70 ? 2000 + year : 1900 + year;
  const time = Date.UTC(fullYear, month - 1, day, hour, minute, second);
  // Date.UTC carries 31 February over into March: such a date was never sent by a network.
  const isDate = new Date(time).getUTCMonth() === month - 1 && hour < 24 && minute < 60 && second < 61;
  return isDate && fullYear >= EARLIEST_YEAR ? ms(time - Number(parts[7] ?? 0) * 15 * 60_000) : undefined;
}
