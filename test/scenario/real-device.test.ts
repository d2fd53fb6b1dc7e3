/** Scenarios with a real device: here `kadec21 send`, or what pretends to be one, in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ScenarioInput } from '../../src/config/scenario-schema.ts';
import type { CaseResult } from '../../src/scenario/case-result.ts';
import { loadCases } from '../../src/scenario/cases.ts';
import { runCase } from '../../src/scenario/run-case.ts';
import { command, kadec21In } from '../cli/kadec21.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadec21-real-'));
// Links to lines are made here.
process.env.TMPDIR = folder;
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(
  join(folder, 'device.yaml'),
  stringify({
    schemaVersion: 1,
    device: { name: 'moshiri-01', model: 'KADEC21-KAZE-N2', id: '0001', station: '母子里', firmware: '2.0' },
    module: 'existing',
    carrier: { user: 'au@au-win.ne.jp', password: 'au' },
    mail: {
      from: 'moshiri@north-one.example',
      to: ['office@north-one.example'],
      server: { host: 'mail.north-one.example', port: 587, tls: 'off' },
      auth: { mechanism: 'cram-md5', user: 'logger@north-one.example', password: 'snow-depth' },
    },
  }),
);

const send = ['node', command, 'send', '--settings', 'device.yaml', '--line', '{line}'];
const program = (source: string) => ['node', '-e', source, '{line}'];
const lasting = 'setInterval(() => {}, 1000)';

let files = 0;

function given(document: Partial<ScenarioInput>, device: ScenarioInput['devices'][string]): string {
  files += 1;
  const file = join(folder, `scenario-${files}.yaml`);
  const whole = { world: { at: '2008-10-15T05:55' }, devices: { logger: device }, until: '40s', ...document };
  writeFileSync(file, stringify(whole));
  return file;
}

async function run(
  document: Partial<ScenarioInput>,
  device: ScenarioInput['devices'][string],
): Promise<CaseResult> {
  const [scenarioCase] = await loadCases(given(document, device));
  if (scenarioCase === undefined) {
    throw new Error('no case');
  }
  return runCase(scenarioCase, { seed: 1, evidence: 'always' });
}

const messages = ({ failures }: CaseResult) => failures.map(({ message }) => message).join('\n');

const linesLeft = () => readdirSync(folder).filter((name) => name.startsWith('kadec21-device-'));

/** Programs whose arguments name a line of these tests. */
const running = (): string[] =>
  (existsSync('/proc/self/cmdline') ? readdirSync('/proc') : [])
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => argumentsOf(pid).includes(join(folder, 'kadec21-device-')));

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended in between.
    return '';
  }
}

/** A busy machine takes its time to start and to end processes. */
async function eventually(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !isSo(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(isSo()).toBe(true);
}

afterEach(() => {
  expect(running()).toEqual([]);
  expect(linesLeft()).toEqual([]);
});

describe('a program as the device', () => {
  it('delivers its mail in real time at the date of the world, and ends the scenario by that', async () => {
    const result = await run(
      {
        until: '50s',
        expect: {
          mailCount: 1,
          calls: 1,
          mails: [
            { device: 'logger', to: 'office@north-one.example', port: 587, auth: 'CRAM-MD5', by: '45s' },
          ],
          dialogue: [
            { layer: 'at', sent: 'ATD*99**24#', device: 'logger', count: 1 },
            { layer: 'at', received: 'CONNECT' },
            { layer: 'at', received: 'NO CARRIER' },
            { layer: 'ppp', sent: 'LCP Configure-Request', device: 'logger' },
          ],
          devices: { logger: { dials: 1, bytesOnLine: { min: 2000, max: 20_000 }, timeOnLine: '45s' } },
        },
      },
      { command: send, module: 'existing' },
    );
    expect(messages(result)).toBe('');
    expect(result.verdict).toBe('passed');
    expect(new Date(result.mails[0]?.at ?? 0).toISOString()).toMatch(/^2008-10-14T20:55:/);
    expect(result.virtualMs).toBeLessThan(49_000);
    expect(result.devices).toMatchObject([{ kind: 'real', isHeard: true, hasCall: false }]);
    expect(result.evidence.events.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^stdout: delivered </),
    );
    expect(Object.keys(result.evidence.captures)).toEqual(['logger']);
    expect(new Date().getFullYear()).not.toBe(2008);
  });

  it('fails under a fault, whose name is told', async () => {
    const fault = { fault: 'no-service' } as const;
    const expected = { mailCount: 1 };
    const result = await run(
      { until: '10s', timeline: [{ at: '1s', event: 'fault', fault }], expect: expected },
      { command: send, module: 'existing' },
    );
    expect(result.verdict).toBe('failed');
    expect(messages(result)).toMatch(/0 mails arrived.*the fault no-service: no cell is heard/);
  });

  it('is broken where the program does not exist', async () => {
    const result = await run({}, { command: ['no-such-device-program', '{line}'] });
    expect(result.verdict).toBe('broken');
    expect(messages(result)).toBe(
      'The program of logger could not be started: no-such-device-program: there is no such program.',
    );
  });

  it('fails at once where the program ends before it said anything, with its last words', async () => {
    const ends = 'console.error("\\u001b[31mno serial port\\u0007"); process.exit(3)';
    const result = await run({ expect: { mailCount: 0 } }, { command: program(ends) });
    expect(result.verdict).toBe('failed');
    expect(messages(result)).toMatch(
      /^logger was never heard\. Its program ended with status 3 after \d+\.\d s, and said nothing on its line \(.*\)\. Its last words: "no serial port"\.$/,
    );
    expect(result.virtualMs).toBeLessThan(15_000);
  });

  it('fails where the program never speaks, unless silence is what is expected', async () => {
    const silent = await run({ until: '1s' }, { command: program(lasting) });
    expect(silent.verdict).toBe('failed');
    expect(messages(silent)).toMatch(/^logger was never heard\. It said nothing on its line \(.*\)\.$/);
    const expected = { devices: { logger: { bytesOnLine: 0 } } };
    const meant = await run({ until: '1s', expect: expected }, { command: program(lasting) });
    expect(meant.verdict).toBe('passed');
  });

  it('ends what the program has started, and a program that does not mind SIGTERM', async () => {
    const stubborn = `
      process.on('SIGTERM', () => console.log('not yet'));
      require('node:child_process').spawn(process.execPath, ['-e', '${lasting}', process.argv[1]]);
      ${lasting}`;
    const result = await run(
      { until: '1s', expect: { devices: { logger: { bytesOnLine: 0 } } } },
      { command: program(stubborn) },
    );
    expect(result.verdict).toBe('passed');
    expect(running()).toEqual([]);
  });

  it('masks the passwords that the network knows in what the program says', async () => {
    const result = await run(
      { until: '1s', expect: { devices: { logger: { bytesOnLine: 0 } } } },
      { command: program(`console.log('login with snow-depth'); ${lasting}`) },
    );
    expect(result.verdict).toBe('passed');
    expect(result.evidence.events.map(({ text }) => text)).toContain('stdout: login with ********');
  });

  it('leaves nothing when the scenario is given up', async () => {
    const over = new AbortController();
    const [scenarioCase] = await loadCases(given({}, { command: program(lasting) }));
    setTimeout(() => over.abort(), 500);
    const result = scenarioCase && (await runCase(scenarioCase, { seed: 1, signal: over.signal }));
    expect(result?.verdict).toBe('broken');
    expect(result && messages(result)).toBe('The scenario was broken off.');
  });
});

describe('what real time does not allow', () => {
  const command = program(lasting);
  it.each<[string, Partial<ScenarioInput>, RegExp]>([
    [
      'a jump of the calendar',
      { timeline: [{ at: '1s', event: 'jump', to: '2012-07-23T05:55' }] },
      /^The calendar cannot jump in a scenario with real devices/,
    ],
    [
      'an event inside the device',
      { timeline: [{ at: '1s', event: 'power-cut', device: 'logger' }] },
      /^logger is a real device: the event power-cut can only happen to an emulated one\.$/,
    ],
    [
      'an event for all emulated devices where there is none',
      { timeline: [{ at: '1s', event: 'send' }] },
      /^There is no emulated device: the event send/,
    ],
    [
      'an expectation of its outbox',
      { expect: { devices: { logger: { waiting: 0 } } } },
      /^expect\.devices\.logger\.waiting is about the inside of a device, and logger is a real one\.$/,
    ],
    [
      'a dialogue that nobody follows',
      { expect: { dialogue: [{ sent: 'AUTH' }] } },
      /^expect\.dialogue\[0\] is about smtp, which is not followed for a real device here\.$/,
    ],
    [
      'an end after it is given up',
      { until: '2h' },
      /^A real device lives in real time: until \(2h\) is longer than timeout \(1min\)\.$/,
    ],
  ])('%s: broken, with a sentence', async (_, document, sentence) => {
    const result = await run(document, { command });
    expect(result.verdict).toBe('broken');
    expect(messages(result)).toMatch(sentence);
  });

  it('a command that is not told its line is a mistake in the file', async () => {
    await expect(run({}, { command: ['device'] })).rejects.toThrow(/devices\.logger\.command.*\{line\}/s);
  });
});

describe('a line of this machine', () => {
  it('is offered for as long as the scenario lasts', async () => {
    const pty = join(folder, 'modem');
    const result = run({ until: '50s', expect: { mailCount: 1 } }, { line: { pty }, module: 'existing' });
    await eventually(() => existsSync(pty));
    const device = spawn('node', [command, ...send.slice(2, -1), pty], { cwd: folder, stdio: 'ignore' });
    const closed = new Promise((resolve) => device.once('close', resolve));
    expect(messages(await result)).toBe('');
    await closed;
    expect(existsSync(pty)).toBe(false);
  });

  it('is broken where somebody else has it', async () => {
    const pty = join(folder, 'taken');
    writeFileSync(pty, '');
    const result = await run({ until: '1s' }, { line: { pty } });
    expect(result.verdict).toBe('broken');
    expect(messages(result)).toBe(`${pty} is there already.`);
    expect(existsSync(pty)).toBe(true);
  });
});

describe('kadec21 test', () => {
  const cases = `world: { at: 2008-10-15T05:55 }
devices: { logger: { command: [node, -e, "${lasting}", "{line}"] } }
`;

  it('runs a real device in a process of its own', async () => {
    const file = join(folder, 'silent.yaml');
    writeFileSync(file, `${cases}until: 1s\nexpect: { devices: { logger: { bytesOnLine: 0 } } }\n`);
    const { status, stdout, stderr } = await kadec21In(folder, ['test', file]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^✔ 1 run: 1 passed/);
    expect(status).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing behind at %s', async (signal) => {
    const file = join(folder, 'endless.yaml');
    writeFileSync(file, `${cases}until: 50s\n`);
    const test = spawn('node', [command, 'test', file], { cwd: folder, stdio: 'ignore' });
    const closed = new Promise((resolve) => test.once('close', resolve));
    await eventually(() => running().length > 0);
    test.kill(signal);
    await closed;
    await eventually(() => running().length === 0 && linesLeft().length === 0);
  });
});
