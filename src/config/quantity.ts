/** What is measured: titles and units by the name of a CSV column, `discharge_m3s`. */

export interface Quantity {
  /** The column's name, by which alarms call it. */
  readonly column: string;
  /** As people in Japan read it; the column's own words where no title is known. */
  readonly title: string;
  /** In ASCII, so that every charset carries it; empty where unknown. */
  readonly unit: string;
  /** Digits after the point, where every value has as many: the resolution of the instrument. */
  readonly decimals?: number | undefined;
}

const TITLES: Readonly<Record<string, string>> = {
  battery: '電池電圧',
  discharge: '流量',
  humidity: '湿度',
  pressure: '気圧',
  rain: '雨量',
  snow_depth: '積雪深',
  temperature: '気温',
  water_level: '水位',
  water_temperature: '水温',
  wind_direction: '風向',
  wind_speed: '風速',
};

const UNITS: Readonly<Record<string, string>> = {
  cm: 'cm',
  deg: 'deg',
  degc: 'degC',
  hpa: 'hPa',
  m: 'm',
  m3s: 'm3/s',
  mm: 'mm',
  ms: 'm/s',
  pct: '%',
  v: 'V',
};

/** @param column `discharge_m3s`: the quantity, and after the last `_` its unit, where that is a known one */
export function quantityOf(column: string): Quantity {
  const split = column.lastIndexOf('_');
  const unit = split < 0 ? undefined : UNITS[column.slice(split + 1).toLowerCase()];
  const name = unit === undefined ? column : column.slice(0, split);
  return { column, title: TITLES[name.toLowerCase()] ?? name, unit: unit ?? '' };
}

/** A value as the instrument gives it: `1.40`; where its resolution is not known, as short as possible. */
export const formatValue = (value: number, quantity: Pick<Quantity, 'decimals'> | undefined): string =>
  quantity?.decimals === undefined ? String(value) : value.toFixed(quantity.decimals);
