/** A unit and its data for the tests of the firmware. */
import { readFileSync } from 'node:fs';
import { type Ms, ms } from '../../src/base/units.ts';
import { parseInstant } from '../../src/config/japan-time.ts';
import { parseMeasurements } from '../../src/config/measurements.ts';
import { parseSettings } from '../../src/config/settings.ts';
import type { Settings } from '../../src/config/settings-schema.ts';

const unit = readFileSync(new URL('../../fixtures/settings/moshiri-dual-band.yaml', import.meta.url), 'utf8');

/** The settings of a unit with a dual-band module, some text replaced. */
export function settingsWith(...changes: readonly (readonly [from: string, to: string])[]): Settings {
  const text = changes.reduce((yaml, [from, to]) => {
    if (!yaml.includes(from)) {
      throw new Error(`The settings do not contain ${from}`);
    }
    return yaml.replace(from, to);
  }, unit);
  return parseSettings('unit.yaml', text);
}

export const asShipped = [
  ['port: 587', 'port: 25'],
  ['tls: required', 'tls: off'],
  ['mechanism: auto', 'mechanism: none'],
  ['module: dual-band', 'module: existing'],
] as const;

export const at = (text: string): Ms => parseInstant(text) ?? ms(Number.NaN);

export const winter = parseMeasurements(
  'winter.csv',
  `time,discharge_m3s
2004-02-01T01:00,0.45
2004-02-01T02:00,0.38
2004-02-01T03:00,
2004-02-01T04:00,4.22
2004-02-01T05:00,0.52
`,
);
