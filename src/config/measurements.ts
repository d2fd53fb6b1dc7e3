/**
 * Measurements from a CSV file: a heading `time,<quantity>[,<quantity>...]`, then one row per instant. Times are
 * ISO 8601, without a zone Japan's; an empty field is a value that is missing.
 */

import type { Ms } from '../base/units.ts';
import { CommonDecimals } from './common-decimals.ts';
import { INSTANT_EXPECTED, parseInstant } from './japan-time.ts';
import { type Quantity, quantityOf } from './quantity.ts';
import { readUserFile } from './user-file.ts';
import { type FileProblem, UserFileError } from './user-file-error.ts';

export interface Measurement {
  readonly time: Ms;
  /** One value per quantity, in their order; `undefined` where it is missing. */
  readonly values: readonly (number | undefined)[];
}

export interface Measurements {
  readonly quantities: readonly Quantity[];
  /** In the order of time; no two at one instant. */
  readonly rows: readonly Measurement[];
}

/** A value every ten minutes over ten years is half a million rows of some thirty octets. */
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
const MOST_QUANTITIES = 16;
/** After so many wrong lines the file is of another kind. */
const MOST_PROBLEMS = 20;

const COLUMN = /^[\p{L}][\p{L}\p{N}_./%-]{0,31}$/u;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** @throws UserFileError that names file and line */
export async function loadMeasurements(path: string): Promise<Measurements> {
  return parseMeasurements(path, await readUserFile(path, LARGEST_FILE_BYTES));
}

/**
 * @param source how messages call it
 * @throws UserFileError
 */
export function parseMeasurements(source: string, text: string): Measurements {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const quantities = parseHeading(source, lines[0] ?? '');
  const decimals = quantities.map(() => new CommonDecimals());
  const rows: Measurement[] = [];
  const problems: FileProblem[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') {
      continue;
    }
    const row = parseRow(line, quantities, decimals, rows.at(-1)?.time);
    if (typeof row !== 'string') {
      rows.push(row);
    } else if (problems.push({ path: '', line: index + 1, text: row }) === MOST_PROBLEMS) {
      break;
    }
  }
  if (problems.length > 0) {
    throw new UserFileError('FILE_INVALID', source, problems);
  }
  if (rows.length === 0) {
    throw new UserFileError('FILE_INVALID', source, [
      { path: '', line: 2, text: 'found no row, expected at least one measurement below the heading' },
    ]);
  }
  return {
    quantities: quantities.map((quantity, index) => ({ ...quantity, decimals: decimals[index]?.value })),
    rows,
  };
}

function parseHeading(source: string, heading: string): Quantity[] {
  const [time, ...columns] = fieldsOf(heading);
  const problem =
    time?.toLowerCase() !== 'time' || columns.length === 0
      ? `found heading ${quote(heading)}, expected time,<quantity>, such as time,discharge_m3s`
      : columns.length > MOST_QUANTITIES
        ? `found ${columns.length} quantities, expected at most ${MOST_QUANTITIES}`
        : headingProblem(columns);
  if (problem !== undefined) {
    throw new UserFileError('FILE_INVALID', source, [{ path: '', line: 1, text: problem }]);
  }
  return columns.map(quantityOf);
}

function headingProblem(columns: readonly string[]): string | undefined {
  const odd = columns.find((column, index) => !COLUMN.test(column) || columns.indexOf(column) !== index);
  return odd === undefined
    ? undefined
    : `found quantity ${quote(odd)}, expected distinct names of letters, digits and _, such as discharge_m3s`;
}

/** @returns the row, or what is wrong with it */
function parseRow(
  line: string,
  quantities: readonly Quantity[],
  decimals: readonly CommonDecimals[],
  last: Ms | undefined,
): Measurement | string {
  const [timeText = '', ...texts] = fieldsOf(line);
  if (texts.length !== quantities.length) {
    return `found ${texts.length + 1} fields, expected ${quantities.length + 1} as in the heading`;
  }
  const time = parseInstant(timeText);
  if (time === undefined) {
    return `time: found ${quote(timeText)}, expected ${INSTANT_EXPECTED}`;
  }
  if (last !== undefined && time <= last) {
    return `time: found ${quote(timeText)}, expected a time after that of the row before`;
  }
  const values: (number | undefined)[] = [];
  for (const [index, text] of texts.entries()) {
    if (text !== '' && !NUMBER.test(text)) {
      return `${quantities[index]?.column}: found ${quote(text)}, expected a number such as 0.45, or nothing`;
    }
    values.push(text === '' ? undefined : Number(text));
    if (text !== '') {
      decimals[index]?.see(text);
    }
  }
  return { time, values };
}

/** No field of this format holds a comma; quotes around a field are taken off. */
const fieldsOf = (line: string) => line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));

const quote = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
