import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../src/base/units.ts';
import { parseMeasurements } from '../../src/config/measurements.ts';
import { Logger } from '../../src/firmware/logger.ts';
import { at, winter } from './unit.ts';

describe('the logger', () => {
  const logger = new Logger(winter);

  it('records what was measured last, at its own instants', () => {
    const records = logger.records({ every: minutes(30) }, at('2004-02-01T03:30'), at('2004-02-01T05:00'));
    expect(records).toEqual([
      { time: at('2004-02-01T04:00'), values: [4.22] },
      { time: at('2004-02-01T04:30'), values: [4.22] },
      { time: at('2004-02-01T05:00'), values: [0.52] },
    ]);
  });

  it('keeps a gap a gap', () => {
    expect(logger.record(at('2004-02-01T03:10')).values).toEqual([undefined]);
  });

  it('has nothing before the first measurement, and does not hold the last one for ever', () => {
    expect(logger.record(at('2004-02-01T00:59')).values).toEqual([undefined]);
    expect(logger.record(at('2004-02-01T06:30')).values).toEqual([0.52]);
    expect(logger.record(at('2004-02-01T06:31')).values).toEqual([undefined]);
  });

  it('takes a period as after its beginning, up to its end: periods that follow each other share no record', () => {
    const first = logger.records({ every: hours(1) }, at('2004-02-01'), at('2004-02-01T03:00'));
    const second = logger.records({ every: hours(1) }, at('2004-02-01T03:00'), at('2004-02-01T05:00'));
    expect(first).toHaveLength(3);
    expect(second).toHaveLength(2);
  });

  it('holds a single measurement for an hour and a half', () => {
    const single = new Logger(parseMeasurements('one.csv', 'time,rain_mm\n2008-10-01T09:00,1\n'));
    expect(single.record(at('2008-10-01T10:30')).values).toEqual([1]);
    expect(single.record(at('2008-10-01T10:31')).values).toEqual([undefined]);
  });
});
