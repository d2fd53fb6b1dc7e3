/**
 * `kadec21 bench` in front of a module that is not ours, on a pty, through serialport, at the wall clock's pace.
 *
 * What is foreign: PPP, TCP/IP and echoes are slirp's, names dnsmasq's, the mail server is Postfix with Cyrus SASL and
 * OpenSSL, the pty Linux's. What is a test script: the AT commands (foreign_module.py), written from V.250 and 27.007 and
 * from what real modules are known to say, not from the emulated module. What is missing: a radio, control signals, and
 * any real module; Debian has no emulator of a mobile module that dials.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '../../src/base/pause.ts';
import { ms } from '../../src/base/units.ts';
import { stationNames } from '../../src/bench/station.ts';
import { kadec21 } from '../cli/kadec21.ts';
import { writeSettings } from './device-settings.ts';
import { ForeignModule, type ForeignWorld, foreignModulePrograms } from './foreign-module.ts';
import { account, mailHost, Postfix, postfixPrograms, reasonPostfixCannotRun } from './postfix.ts';
import { reasonToSkip } from './programs.ts';
import { reasonToSkip as reasonWithoutSlirp } from './slirp-peer.ts';

const reason =
  reasonToSkip('bench of a module that is not ours', { ...foreignModulePrograms, ...postfixPrograms }) ??
  reasonPostfixCannotRun() ??
  reasonWithoutSlirp();

const SECRET = 'tsuchi';
let postfix: Postfix;

/** Tests run side by side, since they mostly wait: each has a module of its own. */
async function withModule(
  world: Pick<ForeignWorld, 'make'> & Partial<ForeignWorld>,
  test: (module: ForeignModule) => Promise<void>,
): Promise<void> {
  const { submission, submissions, old } = postfix.ports;
  const ports = { 587: submission, 465: submissions, 25: old };
  const module = await ForeignModule.start({ host: mailHost, secret: SECRET, ports, ...world });
  try {
    await test(module);
  } finally {
    await module.stop();
  }
}

/** Settings of the device: carrier is slirp, and slirp tells the name server. */
function settings(module: ForeignModule, password = SECRET): string {
  const path = writeSettings(join(module.folder, 'unit.json'), {
    server: { host: mailHost, caFile: postfix.authorityFile },
    auth: account,
  });
  const carrier = { user: 'kadec', password };
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), carrier }));
  return path;
}

interface Seen {
  readonly name: string;
  readonly verdict: string;
  readonly code?: string;
  readonly summary: string;
  readonly measurement?: Record<string, unknown>;
}

async function bench(module: ForeignModule, ...args: readonly string[]) {
  const { status, stdout, stderr } = await kadec21(
    'bench',
    '--port',
    module.line,
    '--yes',
    '--json',
    ...args,
  );
  const report = stdout === '' ? {} : JSON.parse(stdout);
  const stations: readonly Seen[] = report.stations ?? [];
  const odd = stations
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ name, code }) => `${name} ${code}`)
    // A pty has no bit rate: a module that is still starting answers at the one that is tried when it is ready.
    .filter((finding) => finding !== 'autobaud BENCH_OTHER_BIT_RATE');
  return { status, stations, odd, profile: report.profile, text: stdout + stderr };
}

const found = (stations: readonly Seen[], name: string) => stations.find((station) => station.name === name);

/** A profile that gives a search for a network six seconds, for tests in which it finds none. */
async function learned(module: ForeignModule): Promise<string> {
  const file = join(module.folder, 'module.yaml');
  const { status, stderr } = await kadec21('bench', '--port', module.line, '--learn', file);
  expect(status, stderr).toBe(0);
  writeFileSync(file, readFileSync(file, 'utf8').replace('registration: 120000', 'registration: 6000'));
  return file;
}

/** Waits for it in the mailbox. */
async function mailArrives(messageId: string): Promise<void> {
  await postfix.logged(new RegExp(`message-id=${messageId.replace(/[.+]/g, '\\$&')}`));
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await postfix.mails(1)).some((mail) => mail.includes(messageId))) {
      return;
    }
    await pause(ms(100));
  }
  throw new Error(`${messageId} is not in the mailbox`);
}

describe.skipIf(reason !== undefined)('a module that is not ours', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    postfix = await Postfix.start();
  }, 120_000);
  afterAll(() => postfix?.stop(), 120_000);

  it.concurrent.each([
    // Banners, blanks as in 27.007, PAP.
    { make: 'basalt', authentication: '+pap', odd: [] },
    // No blanks, COMMAND NOT SUPPORT instead of ERROR, and a clock without its zone.
    { make: 'cedar', authentication: '+chap', odd: ['time BENCH_CLOCK_WITHOUT_ZONE'] },
    // Takes a quarter of a second for everything, four for its operator, and puts quotes round its identity.
    { make: 'willow', authentication: '+chap', odd: [] },
  ] as const)(
    '$make: every station has its verdict, the mail is in Postfix',
    ({ make, authentication, odd }) =>
      withModule({ make, authentication }, async (module) => {
        const seen = await bench(module, '--settings', settings(module));
        expect([seen.status, seen.odd], seen.text).toEqual([0, ['identity BENCH_UNKNOWN_MODULE', ...odd]]);
        expect(seen.stations).toHaveLength(stationNames.length);
        // Nobody knows this module: half sure is what a profile of its own answers can be.
        expect(seen.profile).toMatchObject({
          score: 50,
          reasons: [expect.stringContaining('100 % as a 3gpp')],
        });
        expect(found(seen.stations, 'signal')?.measurement).toMatchObject({ signalDbm: -77 });
        expect(found(seen.stations, 'ppp')?.measurement).toMatchObject({
          authentication: authentication.slice(1).toUpperCase(),
          address: '10.0.2.15',
          nameServers: ['10.9.9.1'],
        });
        expect(found(seen.stations, 'submission-ports')?.summary).toContain('465 open, 587 open');
        expect(found(seen.stations, 'certificate')?.summary).toContain(`CN=${mailHost}`);
        await mailArrives(String(found(seen.stations, 'test-mail')?.measurement?.messageId));
      }),
  );

  it.concurrent('a profile learned from it fits it, and no other make', () =>
    withModule({ make: 'cedar' }, async (module) => {
      const file = await learned(module);
      const own = await bench(module, '--profile', file, '--only', 'registration');
      expect([own.status, own.odd], own.text).toEqual([0, []]);
      expect(found(own.stations, 'identity')?.summary).toContain('CT909u-571');
      await withModule({ make: 'basalt' }, async (another) => {
        const { status, odd, text } = await bench(another, '--profile', file, '--only', 'sim');
        expect([status, odd], text).toEqual([1, ['identity MODEM_UNKNOWN_MODULE', 'sim BENCH_DEPENDS']]);
      });
    }));

  it.concurrent.each([
    ['sim-pin', 'sim MODEM_SIM_MISSING', 'the card asks for SIM PIN'],
    ['no-sim', 'sim MODEM_SIM_MISSING', 'SIM not inserted'],
    [
      'no-signal',
      'registration MODEM_NO_SERVICE',
      'has found no network within 6 s (searching, signal 99,99)',
    ],
    ['denied', 'registration MODEM_NO_SERVICE', 'registration denied'],
    ['busy', 'dial MODEM_BUSY', 'BUSY'],
    ['no-carrier', 'dial MODEM_NO_CARRIER', 'NO CARRIER'],
  ] as const)('in state %s: %s', (state, first, told) =>
    withModule({ make: 'basalt', state }, async (module) => {
      const profile = await learned(module);
      const { status, odd, stations, text } = await bench(module, '--profile', profile, '--only', 'dial');
      expect([status, odd[0]], text).toEqual([1, first]);
      const failed = stations.filter(({ verdict }) => verdict === 'failed');
      expect(failed.map(({ summary }) => summary)).toEqual([expect.stringContaining(told)]);
    }),
  );

  it.concurrent.each(['+pap', '+chap'] as const)(
    'refuses a wrong password (%s): the PPP station says so',
    (authentication) =>
      withModule({ make: 'basalt', authentication }, async (module) => {
        const unit = settings(module, 'kaze');
        const { status, odd, text } = await bench(module, '--settings', unit, '--only', 'ppp,hang-up');
        const [, first, ...others] = odd;
        expect([status, first, others], text).toEqual([1, 'ppp PPP_AUTH_REJECTED', []]);
      }),
  );
});
