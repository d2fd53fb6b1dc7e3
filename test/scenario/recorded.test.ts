/** Scenarios in which one side of a line is played from a recording. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { recordedDevice, world } from '../../src/index.ts';
import type { CaseResult } from '../../src/scenario/case-result.ts';
import { loadCases } from '../../src/scenario/cases.ts';
import { runCase } from '../../src/scenario/run-case.ts';
import { fixture, command as script } from '../cli/kadec21.ts';
import { AS_SHIPPED, recordedMail } from '../replay/recorded-mail.ts';
import { shippedCase } from './shipped.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadec21-recorded-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RECORDING = fixture('scenarios/recordings/mail-port-25.jsonl');
const BASE = fixture('scenarios/_as-shipped.yaml');
const RECORDED = 'a recorded module, and the unit that spoke to it';

let files = 0;

async function run(document: Readonly<Record<string, unknown>>): Promise<CaseResult> {
  files += 1;
  const file = join(folder, `scenario-${files}.yaml`);
  const whole = { extends: BASE, world: { at: '2004-02-15T05:55' }, until: '30min', ...document };
  writeFileSync(file, stringify(whole));
  const [scenarioCase] = await loadCases(file);
  if (scenarioCase === undefined) {
    throw new Error('no case');
  }
  return runCase(scenarioCase, { seed: 1, evidence: 'always' });
}

const unit = (module: unknown, others: Readonly<Record<string, unknown>> = {}) => ({
  logger: { data: fixture('data/moshiri-2004-02.csv'), replay: 'as-is', module, ...others },
});

const outcomes = ({ replays = [] }: CaseResult) => replays.map(({ outcome }) => outcome);

describe('a recorded module', () => {
  it('is red at the first line that the device says otherwise, and names it in the recording', async () => {
    const result = await run({
      devices: unit({ recording: RECORDING }, { settings: { mail: { to: ['other@north-one.example'] } } }),
    });
    const [failure] = result.failures;
    expect(result.verdict).toBe('failed');
    expect(failure).toMatchObject({ path: 'devices.logger.module', line: 10 });
    expect(failure?.expected).toContain('RCPT TO:<office@north-one.example>');
    const line = Number(/mail-port-25\.jsonl:(\d+) /.exec(failure?.message ?? '')?.[1]);
    expect(readFileSync(RECORDING, 'utf8').split('\n')[line - 1]).toContain('"from":"dte"');
    expect(result.replays).toMatchObject([{ outcome: 'different', difference: { line } }]);
    // On the page with the time lines it stands where it happened.
    expect(result.evidence.events.some(({ text }) => text.startsWith('differs from '))).toBe(true);
  });

  it('plays the same at full speed', async () => {
    const result = await run({ devices: unit({ recording: RECORDING, speed: 'max' }) });
    expect(outcomes(result)).toEqual(['same']);
    expect(result.failures).toEqual([]);
  });

  it('hears of a session too few, and of one too many', async () => {
    const tooFew = await run({ devices: unit({ recording: [RECORDING, RECORDING] }) });
    expect(outcomes(tooFew)).toEqual(['same', 'not-played']);
    expect(tooFew.failures[0]?.message).toContain('was not played');
    const tooMany = await run({
      devices: unit({ recording: RECORDING }),
      timeline: [{ at: '90min', event: 'send' }],
      until: '2h',
    });
    expect(outcomes(tooMany)).toEqual(['same', 'surplus']);
    expect(tooMany.failures[0]?.message).toContain('no recording');
  });

  it('tells what hangs up too early, by the power that goes in the middle', async () => {
    const result = await run({
      devices: unit({ recording: RECORDING }),
      timeline: [{ at: '308s', event: 'power-cut' }],
    });
    expect(result.replays?.[0]?.difference?.found).toBe('nobody at the other end any more');
  });

  it('may be cut off behind what the device says', async () => {
    const lines = readFileSync(RECORDING, 'utf8').split('\n');
    const dial = lines.findIndex((line) => line.includes('ATD*99'));
    const short = join(folder, 'dial.jsonl');
    writeFileSync(short, `${lines.slice(0, dial + 1).join('\n')}\n`);
    const result = await run({ devices: unit({ recording: short }), until: '330s' });
    expect(outcomes(result)).toEqual(['same']);
    expect(result.failures).toEqual([]);
  });

  it('hears its device again after noise in the call: TCP repeats what was damaged', async () => {
    const result = await run({
      devices: unit({ recording: RECORDING }),
      faults: [
        {
          fault: 'line-noise',
          line: 'logger',
          'bit-errors': 0.02,
          direction: 'to-module',
          at: '308550ms',
          for: '100ms',
        },
      ],
    });
    expect(result.failures).toEqual([]);
    expect(outcomes(result)).toEqual(['same']);
    expect(result.evidence.events.some(({ text }) => text === 'fault line-noise: logger: noise')).toBe(true);
    const [connected = 0, closed = 0] = result.evidence.events
      .filter(({ layer, direction }) => layer === 'tcp' && direction !== '>')
      .map(({ at }) => at);
    // Two seconds and a quarter, where nothing is damaged.
    expect(closed - connected).toBeGreaterThan(3000);
  });

  it('says in what the device differs where the line is down, and asks otherwise', async () => {
    const result = await run({
      devices: unit({ recording: RECORDING }),
      faults: [{ fault: 'module-silent', line: 'logger', at: '299s', for: '1500ms' }],
    });
    expect(result.replays).toMatchObject([
      { outcome: 'different', difference: { expected: '"AT"', found: '"ATQ0V1E0"' } },
    ]);
  });

  it('comes out the same with the same seed, event by event', async () => {
    const one = shippedCase(RECORDED);
    const [first, again] = [
      await runCase(one, { seed: 3, evidence: 'always' }),
      await runCase(one, { seed: 3, evidence: 'always' }),
    ];
    expect(again.evidence.events).toEqual(first.evidence.events);
  });

  it('stands at the end of a real device’s line, too', async () => {
    const recording = join(folder, 'mail.jsonl');
    writeFileSync(recording, await recordedMail('no signals'));
    const command = ['node', script, 'send', '--settings', AS_SHIPPED, '--line', '{line}'];
    const real = (line: string) =>
      run({
        devices: {
          logger: null,
          board: { command: [...command, '--firmware', line], module: { recording, patience: '60s' } },
        },
        until: '3min',
        timeout: '4min',
      });
    const same = await real('1.4');
    expect(same.failures).toEqual([]);
    expect(same.replays).toMatchObject([{ device: 'board', as: 'module', outcome: 'same' }]);
    expect(same.evidence.events.some(({ layer, text }) => layer === 'at' && text.startsWith('ATD'))).toBe(
      true,
    );
    expect(
      same.evidence.events.filter(({ layer, text }) => layer === 'at' && /MAIL FROM/.test(text)),
    ).toEqual([]);
  }, 300_000);
});

describe('a recorded device', () => {
  it('is red at the first line that the module says otherwise', async () => {
    const lived = await world({ at: '2004-02-15T05:55' })
      .with(recordedDevice('unit', RECORDING, { module: 'dual-band' }))
      .live('30min');
    expect(lived.failures[0]?.message).toMatch(/^The module of unit said something else than in /);
    expect(lived.devices).toMatchObject([{ name: 'unit', kind: 'recorded', state: 'off' }]);
  });

  it('answers a fresh challenge of the network', async () => {
    for (const seed of [1, 2, 3]) {
      const lived = await world({ at: '2004-02-15T05:55' })
        .with(recordedDevice('unit', RECORDING, { module: 'existing' }))
        .live('30min', { seed });
      expect(lived.failures).toEqual([]);
      expect(lived.mails).toHaveLength(1);
    }
  });

  it('has to come to its end', async () => {
    const lived = await world({ at: '2004-02-15T05:55' })
      .with(recordedDevice('unit', RECORDING, { module: 'existing' }))
      .live('3s');
    expect(outcomes(lived)).toEqual(['unfinished']);
    expect(lived.verdict).toBe('failed');
  });
});

describe('what cannot be played', () => {
  it.each([
    [
      'both sides of a line',
      {
        devices: {
          logger: { settings: null, data: null, recording: RECORDING, module: { recording: RECORDING } },
        },
      },
    ],
    [
      'another module in the place of a recorded one',
      {
        devices: unit({ recording: RECORDING }),
        timeline: [{ at: '1min', event: 'fit-module', module: 'dual-band' }],
      },
    ],
    [
      'a jump of the calendar under a recorded device',
      {
        devices: { logger: { settings: null, data: null, recording: RECORDING, module: 'existing' } },
        timeline: [{ at: '1min', event: 'jump', to: '2h' }],
      },
    ],
    [
      'what is inside of a recorded device',
      {
        devices: { logger: { settings: null, data: null, recording: RECORDING, module: 'existing' } },
        expect: { devices: { logger: { boots: 1 } } },
      },
    ],
    [
      'a fault of the module behind a recording',
      {
        devices: unit({ recording: RECORDING }),
        faults: [{ fault: 'module-reset', line: 'logger', at: '1min' }],
      },
    ],
    [
      'a fault of a network that no device reaches',
      {
        devices: unit({ recording: RECORDING }),
        timeline: [{ at: '1min', event: 'fault', fault: { fault: 'busy' } }],
      },
    ],
    [
      'a call to a recorded module',
      {
        devices: unit({ recording: RECORDING }),
        timeline: [{ at: '1min', event: 'ring', device: 'logger' }],
      },
    ],
    ['a file that is not there', { devices: unit({ recording: 'nowhere.jsonl' }) }],
    ['a file that is no recording', { devices: unit({ recording: BASE }) }],
  ])('is said before anything begins: %s', async (_, document) => {
    const result = await run(document);
    expect(result.verdict).toBe('broken');
    expect(result.failures[0]?.message).not.toContain('undefined');
  });

  it('is what the network does to the line of a recorded module', async () => {
    const fault = { fault: 'busy', line: 'logger' };
    const result = await run({ devices: unit({ recording: RECORDING }), faults: [fault] });
    expect(result.failures[0]?.message).toBe(
      'The fault busy cannot strike: the module of logger is played from a recording, which has its own course.',
    );
  });
});
