/**
 * `kadec21 bench` in front of `kadec21 serve --pty`, through serialport, at the wall clock's pace: each profile, and faults
 * that the matrix of test/bench holds against all stations in virtual time. Both ends are ours; between them is a real pty.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { pause } from '../../src/base/pause.ts';
import { ms } from '../../src/base/units.ts';
import { stationNames } from '../../src/bench/station.ts';
import { profileByName } from '../../src/modem/profiles.ts';
import { pppFaults } from '../bench/ppp-faults.ts';
import { command, kadec21 } from '../cli/kadec21.ts';
import { writeSettings } from './device-settings.ts';
import { reasonAgainstLong } from './programs.ts';

const PATIENCE_MS = 90_000;
const notLong = reasonAgainstLong('every profile and every fault of serve on a pty against the bench');

interface Served {
  readonly folder: string;
  readonly line: string;
}

/** Tests run side by side, since they mostly wait: each has a network side of its own. */
async function withServe(args: readonly string[], test: (served: Served) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kadec21-bench-serve-'));
  const line = join(folder, 'line');
  const child = spawn(process.execPath, [command, 'serve', '--pty', line, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  try {
    await isReady(child);
    await test({ folder, line });
  } finally {
    child.kill('SIGTERM');
    await exit;
    rmSync(folder, { recursive: true });
  }
}

async function isReady(child: ChildProcess): Promise<void> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      said += text;
    });
  }
  for (const end = performance.now() + PATIENCE_MS; !/: ready/.test(said); ) {
    if (performance.now() > end || child.exitCode !== null) {
      throw new Error(`serve is not ready: ${said}`);
    }
    await pause(ms(50));
  }
}

async function bench({ folder, line }: Served, module: string, date: string, ...args: readonly string[]) {
  writeFileSync(join(folder, 'ca.pem'), emulatedAuthorityPem);
  const unit = writeSettings(join(folder, 'unit.json'), {
    module: profileByName(module)?.family === '3gpp' ? '3gpp' : module,
    from: 'moshiri@north-one.example',
    to: ['office@north-one.example'],
    server: { host: 'mail.north-one.example', caFile: 'ca.pem' },
    auth: { user: 'logger@north-one.example', password: 'snow-depth' },
  });
  const { status, stdout, stderr } = await kadec21(
    ...['bench', '--port', line, '--settings', unit, '--yes', '--json', '--at', date, ...args],
  );
  return { status, report: JSON.parse(stdout), text: stdout + stderr };
}

interface Bad {
  readonly name: string;
  readonly code: string;
  readonly verdict: string;
  readonly advice?: string;
}
const badOf = (report: { stations: Bad[] }) =>
  report.stations.filter(({ verdict }) => verdict === 'failed' || verdict === 'warning');

describe('the bench in front of serve on a pty', { timeout: 900_000 }, () => {
  const profiles = [
    ['existing', '2008-11-01T09:00', []],
    ['dual-band', '2012-08-01T09:00', []],
    ['3gpp', '2023-06-01T09:00', []],
    ['3gpp-sockets', '2023-06-01T09:00', ['throughput', 'escape']],
  ] as const;
  const quickProfile = '3gpp-sockets';
  it.concurrent.each(profiles.filter(([module]) => notLong === undefined || module === quickProfile))(
    '%s on %s: every station that has an object is good',
    (module, date, without) =>
      withServe(['--module', module, '--at', date], async (served) => {
        const { status, report, text } = await bench(served, module, date);
        // Its clock tells the network's day, and this computer's is another.
        expect([status, badOf(report).map(({ name, code }) => `${name} ${code}`)], text).toEqual([
          0,
          ['time BENCH_WRONG_CLOCK'],
        ]);
        expect(report.stations).toHaveLength(stationNames.length);
        expect(report.profile).toMatchObject({ name: module, score: 100 });
        const skipped = report.stations.filter(({ verdict }: Bad) => verdict === 'skipped');
        expect(skipped.map(({ name }: Bad) => name)).toEqual(without);
      }),
  );

  // What strikes at a time, after so many octets or by chance meets other stations at the wall clock's pace.
  const rows = pppFaults.filter(([fault]) => !/@at=|after=|rate=/.test(fault));
  const quickFaults = ['busy', 'ppp-refused'];
  const chosen = notLong === undefined ? rows : rows.filter(([fault]) => quickFaults.includes(fault));
  const date = '2023-06-01T09:00';
  it.concurrent.each(chosen)('%s: %s', (fault, noticedBy, code, ...also) =>
    withServe(['--module', '3gpp', '--at', date, '--fault', fault], async (served) => {
      const { status, report, text } = await bench(served, '3gpp', date, '--skip', 'time');
      const [first, ...others] = badOf(report);
      if (noticedBy === 'none') {
        expect([status, first], text).toEqual([0, undefined]);
        return;
      }
      expect([first?.name, first?.code], text).toEqual([noticedBy, code]);
      expect(first?.advice).toMatch(/\S+ \S+/);
      expect(others.filter(({ name }) => !also.some((one) => one === name))).toEqual([]);
      expect(status).toBe(first?.verdict === 'failed' || others.length > 0 ? 1 : 0);
    }),
  );
});
