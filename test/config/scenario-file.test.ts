import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { loadScenarioFile } from '../../src/config/scenario-file.ts';
import { scenarioJsonSchema } from '../../src/config/scenario-json-schema.ts';
import { fixture } from '../cli/kadec21.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadec21-scenario-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string, name?: string): string {
  files += 1;
  const path = join(folder, name ?? `scenario-${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const unit = `extends: ${fixture('scenarios/_unit.yaml')}\n`;
const world = 'world: { at: 2008-10-15T05:55 }\n';
const load = (text: string) => loadScenarioFile(file(text));
const mistakeIn = (text: string): Promise<string> =>
  load(text).then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('a mistake in a scenario file', () => {
  it('is told with line, column and the key that was meant', async () => {
    const message = await mistakeIn(`${unit}${world}expect:\n  mails:\n    - { recipents: [a@b.example] }\n`);
    expect(message).toContain(
      ":5:9: expect.mails[0].recipents: unknown key 'recipents', did you mean 'recipients'?",
    );
  });

  it('is told where it is, also in a file that another one extends', async () => {
    const base = file(`${unit}world: { at: yesterday }\n`, 'base.yaml');
    const message = await mistakeIn('extends: base.yaml\nname: built on it\n');
    expect(message).toContain(`${base}:2:14: world.at: found "yesterday"`);
  });

  it('is told for a variable that stands for nothing', async () => {
    const message = await mistakeIn(`${unit}variables: { date: 2008-10-15 }\nworld: { at: "\${dat}" }\n`);
    expect(message).toContain(`:3:14: world.at: unknown variable '\${dat}', did you mean '\${date}'?`);
  });

  it('is told for files that extend each other in a circle', async () => {
    file('extends: two.yaml\n', 'one.yaml');
    file('extends: one.yaml\n', 'two.yaml');
    await expect(loadScenarioFile(join(folder, 'one.yaml'))).rejects.toThrow(
      /two\.yaml:1:10: extends: found a circle/,
    );
  });

  it('is told for a file that is not there', async () => {
    expect(await mistakeIn('extends: nothing.yaml\n')).toMatch(/:1:10: extends: .*there is no such file/);
  });

  it('shows no password', async () => {
    const text = `${unit}${world}devices: { logger: { settings: { carrier: { password: [hidden] } } } }\n`;
    expect(await mistakeIn(text)).not.toContain('hidden');
  });
});

describe('a scenario file', () => {
  it('is run for each combination of its matrix that is not excluded', async () => {
    const scenarios = await load(
      `${unit}matrix:\n  module: [existing, dual-band]\n  date: [2008-06-15, 2012-08-01]\n  exclude: [{ module: existing, date: 2012-08-01 }]\n` +
        `world: { at: "\${date}T05:55" }\ndevices: { logger: { module: "\${module}" } }\n`,
    );
    expect(scenarios.map(({ parameters }) => Object.values(parameters).join(' '))).toEqual([
      'existing 2008-06-15',
      'dual-band 2008-06-15',
      'dual-band 2012-08-01',
    ]);
  });

  it('merges what it extends: mappings key by key, lists as a whole, null takes a key away', async () => {
    const [scenario] = await load(
      `${unit}${world}devices: { logger: { settings: { mail: { to: [x@b.example], auth: { mechanism: none, user: null, password: null } } } } }\n`,
    );
    expect(scenario?.document).toMatchObject({
      devices: { logger: { settings: { mail: { to: ['x@b.example'], auth: { mechanism: 'none' } } } } },
    });
    expect(JSON.stringify(scenario?.document)).not.toContain('snow-depth');
  });

  it('takes settings from a settings file', async () => {
    const settings = fixture('settings/moshiri-2008.yaml');
    const [scenario] = await load(
      `${world}devices: { logger: { settings: { extends: ${settings}, device: { name: other } } } }\n`,
    );
    expect(scenario?.document).toMatchObject({
      devices: { logger: { settings: { device: { name: 'other', station: '母子里' } } } },
    });
  });

  it('knows where each expectation is written', async () => {
    const [scenario] = await load(`${unit}${world}expect:\n  mailCount: 1\n`);
    expect(scenario?.places['expect.mailCount']).toMatchObject({ line: 4, column: 14 });
  });
});

describe('the JSON Schema of scenario files', () => {
  it('is one that editors can use, and small enough', () => {
    const schema = scenarioJsonSchema();
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(JSON.stringify(schema).length).toBeLessThan(200_000);
    expect(validate({ extends: '_unit.yaml', world: { at: `\${date}` }, expect: { mailCount: 1 } })).toBe(
      true,
    );
    expect(validate({ expect: { mials: [] } })).toBe(false);
    expect(validate({ timeline: [{ at: '1min', event: 'power-cut', for: '2min' }] })).toBe(true);
  });

  it('is the one that editors find beside the guide', () => {
    const kept = readFileSync(new URL('../../docs/scenario.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(kept)).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });
});
