import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  loadModuleProfile,
  moduleProfileJsonSchema,
  parseModuleProfile,
} from '../../src/modem/module-profile-file.ts';
import { moduleProfiles, profileByName } from '../../src/modem/profiles.ts';
import { Terminal } from './dce/terminal.ts';

const OURS = `
extends: dual-band
name: our-module
identity: { model: CM-900, serialNumber: 8A115B08 }
factory: { registers: { '7': 90 } }
unknownCommand: +CME ERROR
answers:
  AT^SYSINFO: ['^SYSINFO: 2,3,0,5,1', OK]
  AT+GSN: ['+CME ERROR: SIM busy']
  AT^NAME="a b": [named, OK]
`;

describe('a profile file', () => {
  it('that extends a built-in one says only what differs', () => {
    const ours = parseModuleProfile('ours.yaml', OURS);
    const base = profileByName('dual-band');
    expect(ours).toMatchObject({
      name: 'our-module',
      title: base?.title,
      identity: { ...base?.identity, model: 'CM-900', serialNumber: '8A115B08' },
      factory: { ...base?.factory, registers: { '7': 90, '12': 50 } },
      init: base?.init,
    });
  });

  it('may be complete, as each built-in one is', () => {
    for (const profile of moduleProfiles) {
      expect(parseModuleProfile('x.json', JSON.stringify(profile))).toEqual(profile);
    }
  });

  it.each([
    ['extends: dual-bend', /ours.yaml:1:10: extends: .*dual-band/s],
    ['extends: 3gpp\nidentity: { modell: X }', /ours.yaml:2:\d+: identity.*modell.*model/s],
    ['extends: 3gpp\nanswers: { "AT+X": ["no result"] }', /answers.*expected a result as the last line/s],
    ['extends: 3gpp\nanswers: { "X": ["OK"] }', /answers.*expected each key to be one command/s],
    ['name: x', /title.*|family/s],
  ])('with a mistake is told where: %j', (text, message) => {
    expect(() => parseModuleProfile('ours.yaml', text)).toThrow(message);
  });

  it('is found by its path, a built-in one by its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kadec21-profile-'));
    const path = join(folder, 'ours.yaml');
    writeFileSync(path, OURS);
    expect((await loadModuleProfile(path)).name).toBe('our-module');
    expect((await loadModuleProfile('3gpp')).name).toBe('3gpp');
    await expect(loadModuleProfile('4gpp')).rejects.toThrow('existing, dual-band, 3gpp');
    await expect(loadModuleProfile(join(folder, 'none.yaml'))).rejects.toThrow('there is no such file');
    rmSync(folder, { recursive: true });
  });

  it('is what the JSON Schema says', () => {
    const validate = new Ajv2020({ strict: false }).compile(moduleProfileJsonSchema());
    expect(validate(parse(OURS)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(profileByName('3gpp'))).toBe(true);
    expect(validate({ name: 'x' })).toBe(false);
    expect(validate({ extends: 'none' })).toBe(false);
  });
});

describe('fixed answers', () => {
  const terminal = new Terminal({ CMEE: 2 }, parseModuleProfile('ours.yaml', OURS));

  it.each([
    ['AT^SYSINFO', '\r\n^SYSINFO: 2,3,0,5,1\r\n\r\nOK\r\n'],
    ['at^sysinfo;+GMM', '\r\n^SYSINFO: 2,3,0,5,1\r\n\r\nCM-900\r\n\r\nOK\r\n'],
    ['AT+GSN', '\r\n+CME ERROR: SIM busy\r\n'],
    ['AT^NAME="a b"', '\r\nnamed\r\n\r\nOK\r\n'],
    ['AT^NAME="A B"', '\r\n+CME ERROR: operation not supported\r\n'],
    ['AT+GMM;+GSN;+GMI', '\r\nCM-900\r\n\r\n+CME ERROR: SIM busy\r\n'],
  ])('%s', (line, answer) => {
    expect(terminal.ask(line)).toBe(answer);
  });
});
