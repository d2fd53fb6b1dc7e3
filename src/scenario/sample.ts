/** What a unit of the story has recorded: the day of the snow-melt flood, out of a real series. */
import { fileURLToPath } from 'node:url';
import { hours } from '../base/units.ts';
import { parseInstant } from '../config/japan-time.ts';
import { loadMeasurements, type Measurements } from '../config/measurements.ts';

const SERIES = new URL('../../fixtures/data/moshiri-2004-02.csv', import.meta.url);
const FLOOD_DAY = '2004-02-23';

/** Hourly discharge of a river in Hokkaido on the day of the flood: 24 records. */
export async function sampleMeasurements(): Promise<Measurements> {
  const { quantities, rows } = await loadMeasurements(fileURLToPath(SERIES));
  const midnight = parseInstant(FLOOD_DAY) ?? 0;
  const isOfTheDay = (time: number) => time > midnight && time <= midnight + hours(24);
  return { quantities, rows: rows.filter(({ time }) => isOfTheDay(time)) };
}
