/** What the calendar of the 800 MHz reorganisation means for the bands of a module. Pure. */
import { hours, type Ms, ms } from '../base/units.ts';
import type { Calendar, Period } from '../config/calendar.ts';
import { parseInstant } from '../config/japan-time.ts';
import type { Band } from '../modem/module-profile.ts';

/** An end that is nearer than this is one to prepare for: a change of module takes a season. */
const NEAR = hours(24 * 365 * 2);

const NAMES: Readonly<Record<Band, string>> = {
  bc3: 'old 800 MHz (band class 3)',
  bc0: 'new 800 MHz (band class 0)',
  'lte-b18': 'LTE band 18',
  'lte-b26': 'LTE band 26',
};

export interface BandOutlook {
  /** `ends`: it works, and not for long any more. `ended`: none of the bands is on the air. */
  readonly verdict: 'ok' | 'ends' | 'ended';
  readonly onAir: readonly Band[];
  readonly sentences: readonly string[];
  readonly advice?: string;
}

export function bandOutlook(bands: readonly Band[], calendar: Calendar, at: Ms): BandOutlook {
  const states = bands.map((band) => ({ band, ...stateOf(calendar.bands[band], at) }));
  const onAir = states.filter(({ state }) => state === 'on').map(({ band }) => band);
  const sentences = states.map(({ band, state, day }) => {
    switch (state) {
      case 'ended':
        return `${NAMES[band]} ended on ${day}`;
      case 'future':
        return `${NAMES[band]} begins on ${day}`;
      default:
        return `${NAMES[band]} is on the air${day === undefined ? '' : ` until ${day}`}`;
    }
  });
  if (onAir.length === 0) {
    return { verdict: 'ended', onAir, sentences, advice: adviceFor(bands) };
  }
  // As long as one band stays, the module works.
  const last = states
    .filter(({ state }) => state === 'on')
    .map(({ band }) => endOf(calendar.bands[band]))
    .reduce((one, other) => ms(Math.max(one, other)));
  return last - at < NEAR
    ? { verdict: 'ends', onAir, sentences, advice: adviceFor(bands) }
    : { verdict: 'ok', onAir, sentences };
}

function stateOf(period: Period, at: Ms): { state: 'on' | 'ended' | 'future'; day: string | undefined } {
  const { firstDay, lastDay } = period;
  if (at >= endOf(period)) {
    return { state: 'ended', day: lastDay };
  }
  if (firstDay !== undefined && at < (parseInstant(firstDay) ?? 0)) {
    return { state: 'future', day: firstDay };
  }
  return { state: 'on', day: lastDay };
}

function endOf({ lastDay }: Period): Ms {
  const day = lastDay === undefined ? undefined : parseInstant(lastDay);
  return day === undefined ? ms(Number.POSITIVE_INFINITY) : ms(day + hours(24));
}

/** The way out of the notices: what a module is replaced by. */
function adviceFor(bands: readonly Band[]): string {
  if (bands.every((band) => band === 'bc3')) {
    return 'Fit the dual-band module (a change of model in the carrier’s books) with firmware 2.1, or today’s LTE-M module with firmware 3.0.';
  }
  return bands.some((band) => band === 'bc0' || band === 'bc3')
    ? 'CDMA has ended: fit the LTE-M module, with firmware 3.0.'
    : 'Check the date (--at) and the calendar: LTE is not on the air there.';
}
