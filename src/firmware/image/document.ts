/** Walking through a settings document. */
import type { CborValue } from '../../wire/cbor.ts';
import { isDocument } from './settings-record.ts';

/** The same document with `change` applied to every value directly inside a list or a mapping. */
export function mapDocument(
  value: CborValue,
  place: string,
  change: (value: CborValue, place: string) => CborValue,
): CborValue {
  if (Array.isArray(value)) {
    return value.map((item: CborValue, index) => change(item, placeInside(place, index)));
  }
  if (!isDocument(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, inner]) => [name, change(inner, placeInside(place, name))]));
}

/** `mail.auth.password`, `mail.to[1]`. */
export function placeInside(place: string, step: string | number): string {
  if (typeof step === 'number') return `${place}[${step}]`;
  return place === '' ? step : `${place}.${step}`;
}
