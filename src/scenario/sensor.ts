/**
 * What a device measures: a series of measurements at its own dates, or played over and over. Nothing in it changes,
 * so that any number of devices share one.
 */
import { type Ms, ms } from '../base/units.ts';
import { japanMidnight } from '../config/japan-time.ts';
import type { Measurements } from '../config/measurements.ts';
import type { Quantity } from '../config/quantity.ts';
import { Logger, type LoggerRecord } from '../firmware/logger.ts';
import { alignedInstants, type Rhythm } from '../firmware/schedule.ts';

export interface Sensor {
  readonly quantities: readonly Quantity[];
  /** What it gives at an instant. */
  record(time: Ms): LoggerRecord;
  /** The records of a period: after `from`, up to and including `to`. */
  records(rhythm: Rhythm, from: Ms, to: Ms): LoggerRecord[];
}

const DAY_MS = 86_400_000;

/** @param replay `as-is`: outside its dates the series gives nothing */
export function sensorOf(measurements: Measurements, replay: 'repeat' | 'as-is'): Sensor {
  const logger = new Logger(measurements);
  return replay === 'as-is' ? logger : new RepeatingSensor(logger, measurements);
}

/** Plays whole days again, so that the time of the day stays what it was. */
class RepeatingSensor implements Sensor {
  readonly quantities: readonly Quantity[];
  readonly #logger: Logger;
  readonly #firstDay: number;
  readonly #period: number;

  constructor(logger: Logger, { rows }: Measurements) {
    const first = rows[0]?.time ?? ms(0);
    const last = rows.at(-1)?.time ?? first;
    this.quantities = logger.quantities;
    this.#logger = logger;
    // A day's last value is that of 24:00.
    this.#firstDay = japanMidnight(ms(first - 1));
    this.#period = Math.max(1, Math.ceil((last - this.#firstDay) / DAY_MS)) * DAY_MS;
  }

  record(time: Ms): LoggerRecord {
    const since = time - this.#firstDay;
    const within = since - Math.floor((since - 1) / this.#period) * this.#period;
    return { time, values: this.#logger.record(ms(this.#firstDay + within)).values };
  }

  records(rhythm: Rhythm, from: Ms, to: Ms): LoggerRecord[] {
    return alignedInstants(rhythm, from, to).map((time) => this.record(time));
  }
}
