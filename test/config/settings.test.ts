import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/base/units.ts';
import { loadSettings, parseSettings, SettingsError, settingsDocument } from '../../src/config/settings.ts';
import { settingsJsonSchema } from '../../src/config/settings-schema.ts';
import { settingsTemplate } from '../../src/config/settings-template.ts';

const parse = (text: string) => parseSettings('unit.yaml', text);

function messageOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
}

/** The template with one change, or the message about it. */
const changed = (from: string, to: string) => {
  expect(settingsTemplate()).toContain(from);
  return messageOf(settingsTemplate().replace(from, to));
};

describe('a settings file', () => {
  it('is accepted as the template gives it', () => {
    const settings = parse(settingsTemplate());
    expect(settings.device).toEqual({
      name: 'moshiri-01',
      model: 'KADEC21-KAZE-N2',
      generation: 'N2',
      id: '0001',
      station: '母子里',
    });
    expect(settings.mail.timeLimits.connect).toBe(seconds(75));
    expect(settings.mail.retry.first).toBe(minutes(5));
  });

  it('is secure where it says nothing: port 587, TLS required, no password in clear', () => {
    const { server, auth } = parse(
      settingsTemplate()
        .replace(/ {4}port:.*\n/, '')
        .replace(/ {4}tls:.*\n/, '')
        .replace(/ {4}mechanism:.*\n/, '')
        .replace(/ {4}allowCleartext:.*\n/, ''),
    ).mail;
    expect(server).toMatchObject({ port: 587, tls: 'required' });
    expect(auth).toMatchObject({ mechanism: 'auto', allowCleartext: false });
  });

  it('takes port 465 for TLS from the first octet', () => {
    const text = settingsTemplate()
      .replace(/ {4}port:.*\n/, '')
      .replace('tls: required', 'tls: implicit');
    expect(parse(text).mail.server.port).toBe(465);
  });

  it('may be JSON too', () => {
    const json = JSON.stringify(settingsDocument(parse(settingsTemplate())), undefined, 2);
    expect(parseSettings('unit.json', json)).toEqual(parse(settingsTemplate()));
  });

  it('survives the way through the flash of a device with every secret', () => {
    const settings = parse(settingsTemplate());
    const again = parse(JSON.stringify(settingsDocument(settings)));
    expect(again).toEqual(settings);
    expect(again.carrier.password.reveal()).toBe('au');
  });

  it('knows the card models by their name', () => {
    const text = settingsTemplate().replace('KADEC21-KAZE-N2  ', 'KADEC21-KAZE-N  ');
    expect(parse(text).device.generation).toBe('N');
  });
});

describe('a mistake in a settings file', () => {
  it('is named with file, line, column, path, what was found and what was expected', () => {
    expect(changed('port: 587', 'port: abc')).toBe(
      'unit.yaml:36:11: mail.server.port: found "abc", expected a whole number from 1 to 65535',
    );
    expect(changed('port: 587', 'port: 65536')).toContain('found 65536, expected a whole number from 1');
    expect(changed('to:\n', 'to: []\n  xx:\n')).toContain('mail.to: found a list, expected at least one');
    expect(changed('schemaVersion: 1', 'schemaVersion: 2')).toContain('schemaVersion: found 2, expected 1');
  });

  it('comes with a suggestion where a key or a word is mistyped', () => {
    expect(changed('port: 587', 'prot: 587')).toContain(
      'mail.server.prot: unknown key; did you mean "port"?',
    );
    expect(changed('tls: required', 'tls: requierd')).toContain('did you mean "required"?');
    expect(changed('{station}]', '{staton}]')).toContain('did you mean {station}?');
    expect(changed('port: 587', 'zzzzzzzz: 587')).toContain('expected one of host, port, tls, caFile, ca');
  });

  it('is counted when it is there more often than can be shown', () => {
    const keys = Array.from({ length: 300 }, (_, index) => `key${index}: 1\n`).join('');
    const message = messageOf(keys);
    expect(message).toContain('unit.yaml:1:1: key0: unknown key');
    expect(message).toMatch(/and 2\d\d more$/);
  });

  it('is told at once when the file is far too large to be one of settings', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kadec21-'));
    const path = join(folder, 'large.yaml');
    await writeFile(path, 'a: 1\n'.repeat(60_000));
    await expect(loadSettings(path)).rejects.toThrow('found 300000 bytes, expected at most 262144');
    await rm(folder, { recursive: true });
  });

  it('is told together with all others', () => {
    const text = settingsTemplate()
      .replace('port: 587', 'port: x')
      .replace('  name: moshiri-01', '  name: ""');
    expect(messageOf(text).split('\n')).toHaveLength(2);
  });

  it('says that a key is missing, and where it belongs', () => {
    expect(changed('    user: logger@north-one.example\n', '')).toContain(
      'unit.yaml:41:5: mail.auth.user: missing, expected the user',
    );
    expect(messageOf('')).toContain('unit.yaml: found nothing, expected a mapping');
    expect(messageOf('- 1')).toContain('found a list, expected a mapping');
  });

  it.each([
    ['a number', 'password: "snow-depth"', 'password: 20081001'],
    ['a list', 'password: "snow-depth"', 'password: [20081001]'],
    ['a mapping', 'password: "snow-depth"', 'password: { 20081001: 1 }'],
    ['an alias', 'password: "snow-depth"', 'password: *20081001'],
    ['a tag', 'password: "snow-depth"', 'password: !20081001 x'],
    ['under a mistyped key', 'password: "snow-depth"', 'pasword: "20081001"'],
    ['in place of its section', '  auth:\n', '  auth: "20081001"\n  x:\n'],
    ['a list in place of its section', '  auth:\n', '  auth: ["20081001"]\n  x:\n'],
    ['too long', 'password: "snow-depth"', `password: "${'20081001'.repeat(40)}"`],
    ['over an open quote', 'password: "snow-depth"', 'password: "20081001'],
    ['with a wrong escape', 'password: "snow-depth"', 'password: "20081001\\q"'],
    ['behind a reserved sign', 'password: "snow-depth"', 'password: @20081001'],
    ['with an unseen sign', 'password: "snow-depth"', 'password: "20081001\\n"'],
  ])('never shows a secret: %s', (_, from, to) => {
    const message = changed(from, to);
    expect(message).not.toBe('accepted');
    expect(message).not.toContain('20081001');
  });

  it.each([
    'a@b.jp>\r\nRCPT TO:<c@d.jp',
    'a@b.jp, c@d.jp',
    'Office <a@b.jp>',
    'a b@c.jp',
    'a@b..jp',
    'a@-b.jp',
    '.a@b.jp',
    'a@',
    '@b.jp',
    `${'a'.repeat(65)}@b.jp`,
  ])('is an address that is not exactly one: %j', (address) => {
    expect(changed('- office@north-one.example', `- ${JSON.stringify(address)}`)).toContain(
      'mail.to[0]: found',
    );
  });

  it('is a password that would be shown to everybody without an explicit word', () => {
    const clear = settingsTemplate()
      .replace('tls: required', 'tls: off')
      .replace('mechanism: auto', 'mechanism: plain');
    expect(messageOf(clear)).toContain('mail.auth.mechanism: found "plain"');
    expect(parse(clear.replace('allowCleartext: false', 'allowCleartext: true')).mail.auth.mechanism).toBe(
      'plain',
    );
  });

  it('is a threshold with two directions', () => {
    const alarms = `${settingsTemplate()}alarms: [{ quantity: rain_mm, above: 1, below: 2 }]\n`;
    expect(messageOf(alarms)).toContain(
      'alarms[0]: found a mapping (key: value), expected either above or below',
    );
  });

  it('is YAML that is none', () => {
    expect(changed('  port: 587', '\t port: 587')).toMatch(/unit\.yaml:36:\d+: /);
    expect(changed('  id: "0001"', '  name: again')).toContain('unit.yaml:8:3: this key is already there');
    expect(messageOf('a: 1\n---\nb: 2')).toContain('expected one');
  });

  it('is never more than a SettingsError, whatever the file holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string({ unit: fc.constantFrom(...'a: -[]{}&*!|>\'"%@`\n\t#,?') }),
        ),
        (text) => {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(SettingsError);
          }
        },
      ),
    );
  });
});

describe('a secret', () => {
  it('cannot be printed', () => {
    const { password } = parse(settingsTemplate()).carrier;
    const settings = parse(settingsTemplate());
    const shown = [
      String(password),
      `${password}`,
      JSON.stringify({ password }),
      inspect(settings, { depth: 9 }),
    ];
    for (const text of [...shown, JSON.stringify(settings)]) {
      expect(text).toContain('********');
      expect(text).not.toContain('snow-depth');
    }
    expect(inspect(password, { showHidden: true, customInspect: false })).not.toContain('au');
  });
});

describe('the authority of the mail server', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kadec21-settings-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (ca: string | undefined) => {
    const path = join(folder, 'unit.yaml');
    await writeFile(path, settingsTemplate().replace('# caFile: ca.pem ', 'caFile: ca.pem '));
    if (ca !== undefined) {
      await writeFile(join(folder, 'ca.pem'), ca);
    }
    return path;
  };

  it('is read from beside the settings file', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const settings = await loadSettings(await write(pem));
    expect(settings.mail.server.ca).toBe(pem);
    expect(parse(JSON.stringify(settingsDocument(settings))).mail.server.ca).toBe(pem);
  });

  it('is missed with the place that names it', async () => {
    await expect(loadSettings(await write(undefined))).rejects.toThrow(
      /mail\.server\.caFile: .*no such file/,
    );
    await expect(loadSettings(await write('nonsense'))).rejects.toThrow(/holds no certificate/);
  });

  it('a settings file that is not there is named', async () => {
    await expect(loadSettings(join(folder, 'none.yaml'))).rejects.toThrow(
      /none\.yaml: there is no such file/,
    );
    await expect(loadSettings(folder)).rejects.toThrow(/this is a directory/);
  });
});

describe('the JSON Schema of the settings', () => {
  it('describes what a user writes, with defaults', () => {
    const schema = JSON.stringify(settingsJsonSchema());
    expect(schema).toContain('"default":"required"');
    expect(schema).toContain('"default":"75s"');
    expect(settingsJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['schemaVersion', 'device', 'module', 'carrier', 'mail'],
      additionalProperties: false,
    });
  });
});

describe('the settings files in fixtures', () => {
  it.each(['moshiri-as-shipped', 'moshiri-2008', 'moshiri-dual-band'])('%s is accepted', async (name) => {
    const settings = await loadSettings(join('fixtures', 'settings', `${name}.yaml`));
    expect(settings.device.name).toBe('moshiri-01');
  });

  it('wrong-port-type is refused with every mistake in it', async () => {
    const loading = loadSettings(join('fixtures', 'settings', 'wrong-port-type.yaml'));
    await expect(loading).rejects.toThrow(/port: found "submission"/);
    await expect(loading).rejects.toThrow(/hots: unknown key; did you mean "host"\?/);
    await expect(loading).rejects.not.toThrow(/20081001/);
  });
});
