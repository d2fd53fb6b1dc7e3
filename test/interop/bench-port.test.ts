/**
 * `kadec21 bench` at ptys that cannot be opened, that go, or that lead to no module: by the kernel's own errors, and as
 * another user where root is let in everywhere. A pty has no bit rate: another one is only what its octets would look like.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pause } from '../../src/base/pause.ts';
import { ms } from '../../src/base/units.ts';
import { benchReportSchema } from '../../src/bench/bench-report.ts';
import { command } from '../cli/kadec21.ts';
import { reasonToSkip } from './programs.ts';

const reason = reasonToSkip('bench at ports that are none', { python3: 'python3', fuser: 'psmisc' });
const PATIENCE_MS = 60_000;

/** Root opens what others may not, and what others keep for themselves. */
const isRoot = process.getuid?.() === 0;
const AS_NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const canBeNobody =
  isRoot && spawnSync('setpriv', [...AS_NOBODY, process.execPath, command, '--version']).status === 0;
const asNobody = canBeNobody ? ['setpriv', ...AS_NOBODY] : undefined;

/** As whom the bench runs: what comes before it on the command line, `undefined` where that cannot be had. */
const users: Readonly<Record<'self' | 'ordinary' | 'stranger', readonly string[] | undefined>> = {
  self: [],
  ordinary: isRoot ? asNobody : [],
  stranger: asNobody,
};
if (!canBeNobody) {
  process.stderr.write(
    'left out: bench at a port of somebody else: needs root, and a checkout that nobody (65534) may read\n',
  );
}

async function benchAt(kind: string, mode: string, asUser: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'kadec21-port-'));
  // Whoever the bench runs as writes its reports here.
  chmodSync(folder, 0o777);
  const line = join(folder, 'line');
  const program = fileURLToPath(new URL('strange_port.py', import.meta.url));
  const thing = spawn('python3', [program, line, kind, mode], { stdio: 'ignore' });
  const thingEnds = once(thing, 'exit');
  try {
    for (const end = performance.now() + PATIENCE_MS; !existsSync(line) && performance.now() < end; ) {
      await pause(ms(50));
    }
    const device = readlinkSync(line);
    const out = join(folder, 'reports');
    const [first = '', ...others] = [
      ...[...asUser, process.execPath, command, 'bench', '--port', line, '--yes', '--quiet'],
      ...['--reporter', 'text,json,junit,html', '--out', out],
    ];
    const bench = spawn(first, others, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: folder },
    });
    let said = '';
    bench.stderr.on('data', (text) => {
      said += text;
    });
    const [status] = await once(bench, 'close');
    // The name of a pty that is gone is given to the next one.
    const isThere = thing.exitCode === null && existsSync(device);
    const holders = isThere ? execFileSync('sh', ['-c', 'fuser "$0" 2>/dev/null || true', device]) : '';
    const names = existsSync(out) ? readdirSync(out).toSorted() : [];
    const text = (name: string) => readFileSync(join(out, name), 'utf8');
    return {
      status,
      said,
      names,
      report: benchReportSchema.parse(JSON.parse(text('bench.json'))),
      areWhole:
        text('bench.html').trimEnd().endsWith('</html>') &&
        text('bench.xml').trimEnd().endsWith('</testsuites>') &&
        /\n(not )?ready for the field|\nworks|\ngood/.test(text('bench.txt')),
      isReleased:
        String(holders)
          .trim()
          .split(/\s+/)
          .filter((id) => id !== '' && Number(id) !== thing.pid).length === 0,
    };
  } finally {
    thing.kill('SIGKILL');
    await thingEnds;
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(reason !== undefined)('a port', { timeout: 180_000 }, () => {
  const rows = [
    ['silent', '600', 'stranger', 3, 'port', 'LINE_NO_PERMISSION', 'dialout'],
    ['exclusive', '666', 'ordinary', 3, 'port', 'LINE_BUSY', 'Close it there'],
    ['locked', '666', 'self', 3, 'port', 'LINE_BUSY', 'Close it there'],
    ['unplugged', '600', 'self', 3, 'identity', 'LINE_LOST', 'cable'],
    ['nmea', '600', 'self', 1, 'autobaud', 'BENCH_NO_MODEM', 'several ports'],
    ['echo', '600', 'self', 1, 'autobaud', 'BENCH_NO_MODEM', 'loop-back'],
    ['binary', '600', 'self', 1, 'autobaud', 'BENCH_NO_MODEM', 'another bit rate'],
    ['garbled', '600', 'self', 1, 'autobaud', 'BENCH_NO_MODEM', 'another bit rate'],
    ['silent', '600', 'self', 1, 'autobaud', 'BENCH_NO_MODEM', 'power'],
  ] as const;
  it.concurrent.each(rows.filter(([, , user]) => users[user] !== undefined))(
    'that is %s (mode %s, as %s) ends with %i: %s %s',
    async (kind, mode, user, status, name, code, told) => {
      const seen = await benchAt(kind, mode, users[user] ?? []);
      expect(seen.status, seen.said).toBe(status);
      const failed = seen.report.stations.filter(({ verdict }) => verdict === 'failed');
      expect(failed).toMatchObject([{ name, code, advice: expect.stringContaining(told) }]);
      // By the report's own clock: how long a busy machine takes to start a process is not the bench's.
      expect(seen.report.durationMs).toBeLessThan(30_000);
      expect(seen.names).toEqual(['bench.html', 'bench.json', 'bench.txt', 'bench.xml']);
      expect([seen.areWhole, seen.isReleased]).toEqual([true, true]);
    },
  );
});
