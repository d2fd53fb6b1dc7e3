/** When the device wakes: instants in a rhythm that is counted from midnight in Japan. */
import { type Ms, ms } from '../base/units.ts';
import { japanMidnight } from '../config/japan-time.ts';

export interface Rhythm {
  readonly every: Ms;
  readonly offset?: Ms;
}

const DAY_MS = 86_400_000;

/** A device holds no more records than these in one go: a year of ten-minute values. */
const MOST_INSTANTS = 53_000;

/**
 * The first instant of the rhythm after `time`. A rhythm that divides a day starts anew at every midnight, a longer
 * one (7d) counts its days from 1970-01-01 in Japan.
 */
export function nextInstant({ every, offset = ms(0) }: Rhythm, time: Ms): Ms {
  const shifted = time - offset;
  const epoch = DAY_MS % every === 0 ? japanMidnight(ms(shifted)) : japanMidnight(ms(0));
  return ms(epoch + (Math.floor((shifted - epoch) / every) + 1) * every + offset);
}

/** The instants of the rhythm after `from`, up to and including `to`: the latest ones where they are too many. */
export function alignedInstants(rhythm: Rhythm, from: Ms, to: Ms): Ms[] {
  const earliest = Math.max(from, to - MOST_INSTANTS * rhythm.every);
  const instants: Ms[] = [];
  for (let next = nextInstant(rhythm, ms(earliest)); next <= to; next = nextInstant(rhythm, next)) {
    instants.push(next);
  }
  return instants;
}
