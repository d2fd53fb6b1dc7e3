import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { device, type SettingsDocument, world } from '../../src/index.ts';
import { kadec21Matchers } from '../../src/scenario/vitest.ts';

expect.extend(kadec21Matchers);

const moved: SettingsDocument = {
  ...parse(readFileSync(new URL('../../fixtures/settings/moshiri-2008.yaml', import.meta.url), 'utf8')),
  mail: {
    from: 'moshiri@north-one.example',
    to: ['office@north-one.example'],
    server: { host: 'mail.north-one.example', port: 587, tls: 'off' },
    auth: { mechanism: 'cram-md5', user: 'logger@north-one.example', password: 'snow-depth' },
  },
  schedule: { sendOffset: '6h' },
};

it('lets a device live in a world that is written in code', async () => {
  const lived = await world({ at: '2008-10-15T05:55' }).with(device('logger', moved)).live('1h');
  expect(
    kadec21Matchers.toHaveDelivered(lived, { to: 'office@north-one.example', auth: 'CRAM-MD5' }).pass,
  ).toBe(true);
  expect(kadec21Matchers.toHavePassed(lived).pass).toBe(true);
  expect(kadec21Matchers.toHaveSent(lived, 'AUTH CRAM-MD5').pass).toBe(true);
});

it('says what a mail differs in', async () => {
  const lived = await world({ at: '2008-10-15T05:55' }).with(device('logger', moved)).live('1h');
  const { pass, message } = kadec21Matchers.toHaveDelivered(lived, { to: 'flood@north-one.example' });
  expect(pass).toBe(false);
  expect(message()).toContain('to is "office@north-one.example" instead of "flood@north-one.example"');
});

it('lets things go wrong and happen', async () => {
  const lived = await world({ at: '2008-10-15T05:55' })
    .with(device('logger', moved))
    .fault({ fault: 'no-service' })
    .happens('20min', 'power-cut', { device: 'logger' })
    .live('30min');
  expect(kadec21Matchers.toBeBlockedBy(lived, 'RADIO_NO_SERVICE').pass).toBe(true);
  expect(lived.devices[0]?.state).toBe('off');
});

it('refuses what is no scenario', async () => {
  expect(() => world({ at: 'yesterday' }).with(device('logger', moved)).live('1h')).toThrow(/ISO 8601/);
});
