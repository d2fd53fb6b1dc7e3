import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/config/japan-time.ts';
import { loadMeasurements, parseMeasurements } from '../../src/config/measurements.ts';
import { UserFileError } from '../../src/config/user-file-error.ts';

const parse = (text: string) => parseMeasurements('data.csv', text);

describe('measurements', () => {
  it('of Moshiri in February 2004 are read in full', async () => {
    const { quantities, rows } = await loadMeasurements(join('fixtures', 'data', 'moshiri-2004-02.csv'));
    expect(quantities).toEqual([{ column: 'discharge_m3s', title: '流量', unit: 'm3/s', decimals: 2 }]);
    expect(rows).toHaveLength(696);
    expect(rows[0]).toEqual({ time: parseInstant('2004-02-01T01:00:00+09:00'), values: [0.45] });
    expect(rows.at(-1)?.time).toBe(parseInstant('2004-03-01'));
    expect(Math.max(...rows.map(({ values }) => values[0] ?? 0))).toBe(4.22);
  });

  it.each([
    ['as many digits in every value', ['0.45', '1.40', '12.00'], 2],
    ['whole numbers', ['3', '-12'], 0],
    ['values of different length', ['1.4', '0.45'], undefined],
    ['another notation', ['1.40', '+1.40'], undefined],
    ['gaps', ['', '1.5'], 1],
    ['nothing but gaps', ['', ''], undefined],
  ])('keep the resolution of the instrument: %s', (_, values, decimals) => {
    const rows = values.map((value, hour) => `2008-10-01T0${hour}:00,${value}`);
    expect(parse(['time,discharge_m3s', ...rows].join('\n')).quantities[0]?.decimals).toBe(decimals);
  });

  it('may have several quantities, gaps, another line end, and times without a zone', () => {
    const { quantities, rows } = parse(
      '\uFEFFtime,wind_speed_ms,wind_direction_deg\r\n2008-10-01T09:00,3.5,\r\n2008-10-01T09:10,,270\r\n',
    );
    expect(quantities.map(({ title, unit }) => title + unit)).toEqual(['風速m/s', '風向deg']);
    expect(rows.map(({ values }) => values)).toEqual([
      [3.5, undefined],
      [undefined, 270],
    ]);
    expect(rows[0]?.time).toBe(parseInstant('2008-10-01T09:00:00+09:00'));
  });

  it.each([
    ['', 'data.csv:1: found heading "", expected time,<quantity>'],
    ['date,x\n', 'data.csv:1: found heading "date,x"'],
    ['time\n', 'data.csv:1: found heading "time"'],
    ['time,x,x\n', 'data.csv:1: found quantity "x", expected distinct names'],
    ['time,x\n', 'data.csv:2: found no row'],
    ['time,x\n2008-10-01,1\n\n2008-10-02,1,2\n', 'data.csv:4: found 3 fields, expected 2'],
    ['time,x\nyesterday,1\n', 'data.csv:2: time: found "yesterday", expected a date and time in ISO 8601'],
    ['time,x\n2008-10-01,high\n', 'data.csv:2: x: found "high", expected a number'],
    ['time,x\n2008-10-01,0x10\n', 'data.csv:2: x: found "0x10"'],
    ['time,x\n2008-10-02,1\n2008-10-01,1\n', 'data.csv:3: time: found "2008-10-01", expected a time after'],
    ['time,x\n2008-10-02,1\n2008-10-02,1\n', 'data.csv:3: time: found "2008-10-02", expected a time after'],
  ])('%j are refused with the line', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('are read or refused, never more, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'time,x\n\r2008-1T:Z. "') }), (rest) => {
        try {
          parse(`time,x\n${rest}`);
        } catch (error) {
          expect(error).toBeInstanceOf(UserFileError);
        }
      }),
    );
  });
});
