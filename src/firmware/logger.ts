/**
 * The recorder: at every measuring instant it writes down what the sensor gives. Here the sensor plays a series
 * of measurements; between two of them it holds the last one.
 */
import { type Ms, ms } from '../base/units.ts';
import type { Measurement, Measurements } from '../config/measurements.ts';
import type { Quantity } from '../config/quantity.ts';
import { alignedInstants, type Rhythm } from './schedule.ts';

export interface LoggerRecord {
  readonly time: Ms;
  /** One value per quantity; `undefined` where the sensor gave none. */
  readonly values: readonly (number | undefined)[];
}

/** A series that has ended is a sensor that has failed: its last value is not held for ever. */
const LONGEST_HOLD_INTERVALS = 1.5;

export class Logger {
  readonly quantities: readonly Quantity[];
  readonly #rows: readonly Measurement[];
  readonly #longestHold: number;

  constructor(measurements: Measurements) {
    this.quantities = measurements.quantities;
    this.#rows = measurements.rows;
    this.#longestHold = LONGEST_HOLD_INTERVALS * usualInterval(measurements.rows);
  }

  /** What the sensor gives at an instant. */
  record(time: Ms): LoggerRecord {
    const row = this.#rows[this.#countUpTo(time) - 1];
    const isFresh = row !== undefined && time - row.time <= this.#longestHold;
    return { time, values: isFresh ? row.values : this.quantities.map(() => undefined) };
  }

  /** The records of a period: after `from`, up to and including `to`. */
  records(rhythm: Rhythm, from: Ms, to: Ms): LoggerRecord[] {
    return alignedInstants(rhythm, from, to).map((time) => this.record(time));
  }

  /** Binary search: how many rows are at or before an instant. */
  #countUpTo(time: Ms): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle]?.time ?? 0) <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

/** The median distance of two rows; a single row holds for an hour. */
function usualInterval(rows: readonly Measurement[]): Ms {
  const distances = rows.slice(1).map((row, index) => row.time - (rows[index]?.time ?? row.time));
  return ms(distances.sort((left, right) => left - right)[distances.length >>> 1] ?? 3_600_000);
}
