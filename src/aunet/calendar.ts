/**
 * Questions to the calendar: pure functions of (calendar, instant). Where it is written: src/config/calendar.ts.
 */
import { hours, type Ms, ms } from '../base/units.ts';
import type { Calendar, Period } from '../config/calendar.ts';
import { parseInstant } from '../config/japan-time.ts';
import type { Band } from '../modem/module-profile.ts';

/** Midnight at which a day of the calendar begins in Japan. */
function startOfDay(day: string): Ms {
  const start = parseInstant(day);
  if (start === undefined) {
    throw new RangeError(`The calendar's schema let pass what is no day: ${day}`);
  }
  return start;
}

/** Midnight at which it ends. */
const endOfDay = (day: string): Ms => ms(startOfDay(day) + hours(24));

const isWithin = ({ firstDay, lastDay }: Period, at: Ms): boolean =>
  (firstDay === undefined || at >= startOfDay(firstDay)) && (lastDay === undefined || at < endOfDay(lastDay));

/** Whether cells of the band carry service. */
export const isOnAir = (calendar: Calendar, band: Band, at: Ms): boolean =>
  isWithin(calendar.bands[band], at);

/** Whether a mail server is on the Internet. @param name lower case */
export function isHostOnline(calendar: Calendar, name: string, at: Ms): boolean {
  const period = calendar.hosts[name];
  return period === undefined || isWithin(period, at);
}

/**
 * The next instant at which a band comes on the air or leaves it.
 * @returns `undefined` when nothing changes any more
 */
export function nextRadioChange(calendar: Calendar, after: Ms): Ms | undefined {
  const edges = Object.values(calendar.bands)
    .flatMap(({ firstDay, lastDay }) => [
      ...(firstDay === undefined ? [] : [startOfDay(firstDay)]),
      ...(lastDay === undefined ? [] : [endOfDay(lastDay)]),
    ])
    .filter((edge) => edge > after)
    .sort((a, b) => a - b);
  return edges[0];
}

/** From when OP25B is in force in an area: its own step, at the latest the completion. */
export function op25bStart(calendar: Calendar, area: string): Ms {
  const { areas, completed } = calendar.op25b;
  const step = areas[area];
  return startOfDay(step === undefined || step > completed ? completed : step);
}
