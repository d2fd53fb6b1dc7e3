/** Files that users write: settings, calendars, measurements. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { calendarSchema } from '../../../src/config/calendar.ts';
import { parseMeasurements } from '../../../src/config/measurements.ts';
import { parseSettings } from '../../../src/config/settings.ts';
import { settingsTemplate } from '../../../src/config/settings-template.ts';
import { parseUserFile } from '../../../src/config/user-file.ts';
import { UserFileError } from '../../../src/config/user-file-error.ts';
import { type FuzzTarget, latin1 } from '../target.ts';

const fixture = (name: string): Uint8Array => readFileSync(`fixtures/${name}`);

/** What is told of a file has an end, however much is wrong with it. */
const LONGEST_MESSAGE = 64 * 1024;

/** The one error that may come of a file, and what it may look like. */
function orUserFileError(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof UserFileError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.message.length <= LONGEST_MESSAGE, `a message of ${error.message.length} characters`);
  }
}

const settingsFiles = ['moshiri-2008', 'moshiri-as-shipped', 'moshiri-dual-band', 'wrong-port-type'];

export const settings: FuzzTarget = {
  name: 'settings',
  corpus: [latin1(settingsTemplate()), ...settingsFiles.map((name) => fixture(`settings/${name}.yaml`))],
  dictionary: [
    '&a ',
    '*a',
    '[',
    '{',
    '- ',
    ': ',
    '? ',
    '!!',
    '|\n',
    '>\n',
    '"',
    "'",
    '#',
    '---\n',
    '...\n',
    '%YAML 9\n',
    '\t',
    '<<: *a',
    '__proto__: ',
    '.nan',
    '1e999',
    '\xef\xbb\xbf',
  ],
  // The library's parser takes some 10 us for a token.
  cpuMs: 2500,
  attempt({ octets }) {
    const text = Buffer.from(octets).toString('utf8');
    orUserFileError(() => parseSettings('settings.yaml', text));
    orUserFileError(() => parseUserFile('calendar.yaml', text, calendarSchema));
  },
};

export const measurements: FuzzTarget = {
  name: 'measurements',
  corpus: [
    fixture('data/moshiri-2004-02.csv').subarray(0, 2000),
    latin1('time,discharge_m3s,level_m\r\n2008-09-30T00:00+09:00,0.45,\r\n2008-09-30T00:10+09:00,,1.2e3\r\n'),
  ],
  dictionary: [',', '"', '\r', '\n', 'time,', '2008-09-30', 'T24:00', '-0', '1e999', '\xef\xbb\xbf', 'NaN'],
  attempt({ octets }) {
    orUserFileError(() => parseMeasurements('data.csv', Buffer.from(octets).toString('utf8')));
  },
};
