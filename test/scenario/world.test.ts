/** What a scenario's world may have: fleets, calls that come in, hosts and their services, real servers. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { flawedCertificates } from '../../src/aunet/certificates/flawed.ts';
import { type ScenarioInput, scenarioBodySchema } from '../../src/config/scenario-schema.ts';
import type { SettingsDocument } from '../../src/index.ts';
import type { CaseResult } from '../../src/scenario/case-result.ts';
import { runCase } from '../../src/scenario/run-case.ts';
import { worldOptions } from '../../src/scenario/scenario-world.ts';
import { fixture } from '../cli/kadec21.ts';

const settings: SettingsDocument = {
  ...parse(readFileSync(fixture('settings/moshiri-2008.yaml'), 'utf8')),
  mail: {
    from: 'moshiri@north-one.example',
    to: ['office@north-one.example'],
    server: { host: 'mail.north-one.example', port: 587, tls: 'off' },
    auth: { mechanism: 'cram-md5', user: 'logger@north-one.example', password: 'snow-depth' },
  },
  schedule: { sendOffset: '6h' },
};

const given = (document: Partial<ScenarioInput>): ScenarioInput => ({
  devices: { logger: { settings } },
  until: '30min',
  ...document,
  world: { at: '2008-10-15T05:55', ...document.world },
});

const run = (document: Partial<ScenarioInput>): Promise<CaseResult> =>
  runCase(
    { id: 'test', file: 'test', name: 'test', parameters: {}, document: given(document), places: {} },
    { seed: 1, evidence: 'always' },
  );

describe('devices with a count', () => {
  it('are so many, each with a line, an address, a name and mails of its own', async () => {
    const result = await run({
      devices: { logger: { settings, count: 3 }, other: { settings } },
      expect: {
        mailCount: 4,
        mails: [
          { device: 'logger', count: 3 },
          { device: 'logger-2', count: 1 },
          { device: 'other', count: 1 },
        ],
        dialogue: [{ layer: 'at', sent: 'ATD', device: 'logger', count: 3 }],
        devices: { logger: { outcome: 'delivered', sessions: 1 }, 'logger-3': { boots: 1 } },
        calls: 4,
      },
    });
    expect(result.failures).toEqual([]);
    expect(result.devices.map(({ name, fleet }) => [name, fleet])).toEqual([
      ['logger-1', 'logger'],
      ['logger-2', 'logger'],
      ['logger-3', 'logger'],
      ['other', undefined],
    ]);
    expect(new Set(result.mails.map(({ messageId }) => messageId)).size).toBe(4);
  });

  it('share what happens to all of them', async () => {
    const result = await run({
      devices: { logger: { settings, count: 2 }, other: { settings } },
      faults: [{ fault: 'module-silent', line: 'logger' }],
      timeline: [{ at: '20min', event: 'power-cut', device: 'logger' }],
      expect: { mailCount: 1, devices: { logger: { state: 'off' }, other: { state: 'on' } } },
    });
    expect(result.failures).toEqual([]);
    expect(result.devices.map(({ outcome }) => outcome)).toEqual(['blocked', 'blocked', 'delivered']);
  });

  it('tell for which of them an expectation is not met', async () => {
    const result = await run({
      devices: { logger: { settings, count: 2 } },
      faults: [{ fault: 'module-silent', line: 'logger-2' }],
      expect: { devices: { logger: { outcome: 'delivered' } } },
    });
    expect(result.failures).toMatchObject([{ path: 'expect.devices.logger-2.outcome' }]);
  });

  it('are refused where two would have one name, or a device is not emulated', async () => {
    const twice = await run({ devices: { logger: { settings, count: 2 }, 'logger-2': { settings } } });
    expect(twice.failures[0]?.message).toContain('two devices called logger-2');
    const document = given({ devices: { logger: { command: ['node', '{line}'], count: 2 } } });
    expect(scenarioBodySchema.safeParse(document).error?.issues[0]?.message).toMatch(/count/);
  });
});

describe('a call that comes in', () => {
  const during = async (at: string) =>
    (await run({ timeline: [{ at, event: 'ring', device: 'logger' }] })).evidence.events;

  it('rings where the module is in service', async () => {
    const events = await during('304s');
    expect(events.some(({ layer, text }) => layer === 'at' && text.includes('RING'))).toBe(true);
  });

  it('is heard by nobody where the module has no power', async () => {
    expect((await during('1min')).some(({ text }) => text.startsWith('nobody heard the call'))).toBe(true);
  });
});

describe('hosts of a scenario', () => {
  const hostOf = (host: NonNullable<ScenarioInput['world']['hosts']>[string]) =>
    worldOptions(
      scenarioBodySchema.parse(
        given({ world: { at: '2024-05-01', hosts: { 'mail.north-one.example': host } } }),
      ),
      1,
    ).hosts?.find(({ name }) => name === 'mail.north-one.example');
  const portsOf = (host: Parameters<typeof hostOf>[0]) => hostOf(host)?.services.map(({ port }) => port);

  it('let mail be fetched still where only what takes mail is another', () => {
    expect(portsOf({ services: [{ port: 25 }] })).toEqual([25, 110, 995]);
    expect(portsOf({ pop3: [{ port: 1110 }] })).toEqual([587, 25, 1110]);
    expect(portsOf({ services: [{ port: 25 }], pop3: [] })).toEqual([25]);
  });

  it('show the same certificate wherever they know TLS', () => {
    expect(hostOf({ certificate: 'expired' })?.certificate).toBe(flawedCertificates.expired);
    expect(hostOf({})?.certificate).not.toBe(flawedCertificates.expired);
  });

  it('know no TLS without a certificate', async () => {
    const { failures } = await run({
      world: { at: '2024-05-01', hosts: { 'kona.co.jp': { services: [{ port: 25, tls: 'starttls' }] } } },
    });
    expect(failures[0]?.message).toContain('no certificate for kona.co.jp');
  });
});

describe('a real server', () => {
  it('answers for a host of the emulation', async () => {
    const received: string[] = [];
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authMethods: ['CRAM-MD5'],
      allowInsecureAuth: true,
      onAuth: ({ username }, _session, callback) => callback(null, { user: username }),
      onData: (stream, _session, callback) => {
        stream.on('data', (chunk) => received.push(String(chunk)));
        stream.on('end', () => callback());
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const address = server.server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const result = await run({
        world: {
          at: '2008-10-15T05:55',
          servers: { 'mail.north-one.example:587': `127.0.0.1:${port}` },
        },
        expect: { mailCount: 0, devices: { logger: { outcome: 'delivered' } } },
      });
      expect(result.failures).toEqual([]);
      expect(received.join('')).toContain('To: office@north-one.example');
    } finally {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  it('that is not there refuses', async () => {
    const free = createServer();
    free.listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await new Promise<void>((resolve) => free.close(() => resolve()));
    const { devices } = await run({
      world: { at: '2008-10-15T05:55', servers: { 'mail.north-one.example:587': `127.0.0.1:${port}` } },
    });
    expect(devices).toMatchObject([{ blockedBy: 'TCP_REFUSED' }]);
  });

  it('is told by its address, not by a name', async () => {
    const { failures } = await run({
      world: { at: '2008-10-15T05:55', servers: { 'mail.north-one.example:587': 'smtp.example:25' } },
    });
    expect(failures[0]?.message).toContain('names are not resolved');
  });
});
