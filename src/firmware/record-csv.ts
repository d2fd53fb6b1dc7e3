/** Records as the CSV file that goes along with a mail: the same form as a file of measurements. */
import { formatInstant } from '../config/japan-time.ts';
import { formatValue, type Quantity } from '../config/quantity.ts';
import type { LoggerRecord } from './logger.ts';

/** @returns CRLF line ends (RFC 4180), one row per record, an empty field where a value is missing */
export function recordCsv(quantities: readonly Quantity[], records: readonly LoggerRecord[]): string {
  const heading = ['time', ...quantities.map(({ column }) => column)];
  const rows = records.map(({ time, values }) => [
    formatInstant(time),
    ...values.map((value, index) => (value === undefined ? '' : formatValue(value, quantities[index]))),
  ]);
  return [heading, ...rows].map((fields) => `${fields.join(',')}\r\n`).join('');
}
