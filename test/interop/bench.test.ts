/**
 * `kadec21 bench` in a process of its own, at the wall clock's pace: over a pty of socat and a TCP port with the emulated
 * module at the other end, and in front of iaxmodem, whose AT interpreter (spandsp) is not ours. There is no other module
 * emulator in Debian: iaxmodem is a fax modem, so that it ends at the station that asks for a SIM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { seededRandom } from '../../src/base/random.ts';
import { parseRecording } from '../../src/config/recording.ts';
import { EmulatedModule } from '../../src/modem/dce/emulated-module.ts';
import { profileByName } from '../../src/modem/profiles.ts';
import { command, kadec21 } from '../cli/kadec21.ts';
import { writeSettings } from './device-settings.ts';
import { reasonToSkip } from './programs.ts';
import { StreamDceLine } from './stream-dce-line.ts';

const noSocat = reasonToSkip('bench over a pty', { socat: 'socat' });
const noIaxmodem = reasonToLeaveIaxmodemOut();

let folder = '';
let auNet: AuNet;
let server: Server;
const sockets = new Set<Socket>();
const children: ChildProcess[] = [];
let port = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-bench-'));
  auNet = new AuNet({ random: seededRandom(1) });
  const profile = profileByName('3gpp');
  server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    if (profile !== undefined) {
      new EmulatedModule(new StreamDceLine(socket, profile.line.baudRate), { profile, radio: auNet });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill();
  }
  await auNet.close();
  for (const socket of sockets) {
    socket.destroy();
  }
  server.close();
  rmSync(folder, { recursive: true });
});

async function started(program: string, args: readonly string[], name: string): Promise<string> {
  children.push(spawn(program, args, { stdio: 'ignore' }));
  while (!existsSync(name)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return name;
}

function settings(): string {
  writeFileSync(join(folder, 'ca.pem'), emulatedAuthorityPem);
  return writeSettings(join(folder, 'unit.json'), {
    from: 'moshiri@north-one.example',
    to: ['office@north-one.example'],
    server: { host: 'mail.north-one.example', caFile: 'ca.pem' },
    auth: { user: 'logger@north-one.example', password: 'snow-depth' },
  });
}

describe('the bench at the wall clock', { timeout: 180_000 }, () => {
  it.skipIf(noSocat !== undefined)(
    'finds everything good over a pty, through serialport, and records it',
    async () => {
      const name = join(folder, 'line');
      await started('socat', [`PTY,link=${name},raw,echo=0`, `TCP:127.0.0.1:${port},nodelay`], name);
      const recording = join(folder, 'line.jsonl');
      const { status, stdout, stderr } = await kadec21(
        'bench',
        '--port',
        name,
        '--settings',
        settings(),
        '--yes',
        '--json',
        '--record',
        recording,
        '--redact',
      );
      expect(status, stderr + stdout).toBe(0);
      const { outcome, stations } = JSON.parse(stdout);
      expect(outcome).toBe('ok');
      expect(stations).toHaveLength(22);
      const text = readFileSync(recording, 'utf8');
      expect(parseRecording(text)).toMatchObject({ header: { isRedacted: true } });
      expect(text).not.toContain('snow-depth');
      expect(auNet.mailboxes.all).toHaveLength(1);
    },
  );

  it('is interrupted in a call: hangs up first, ends with 130', async () => {
    const { spawn: start } = await import('node:child_process');
    const states: string[] = [];
    auNet.on('session', ({ state }) => states.push(state));
    const child = start(
      process.execPath,
      [
        command,
        'bench',
        '--port',
        `tcp:127.0.0.1:${port}`,
        '--settings',
        settings(),
        '--yes',
        '--reporter',
        'json',
        '--out',
        folder,
      ],
      { stdio: 'ignore' },
    );
    auNet.on('lookup', () => child.kill('SIGINT'));
    const [status] = await once(child, 'exit');
    expect(status).toBe(130);
    expect(states).toEqual(['up', 'down']);
    expect(existsSync(join(folder, 'bench.json'))).toBe(false);
  });

  it.skipIf(noIaxmodem !== undefined)('tells a modem that is no mobile module', async () => {
    const name = join(folder, 'modem');
    const config = join(folder, 'config');
    writeFileSync(
      config,
      `device ${name}\nowner root:root\nmode 660\nport 4599\nrefresh 0\nserver 127.0.0.1\npeername x\nsecret x\ncidname x\ncidnumber 1\ncodec slinear\n`,
    );
    // It looks for its settings in one folder only.
    const link = '/etc/iaxmodem/kadec21-test';
    rmSync(link, { force: true });
    symlinkSync(config, link);
    try {
      await started('iaxmodem', ['kadec21-test'], name);
      const { status, stdout } = await kadec21('bench', '--port', name, '--json', '--yes');
      expect(status).toBe(1);
      const { stations } = JSON.parse(stdout);
      expect(stations.slice(0, 4)).toMatchObject([
        { name: 'port', verdict: 'ok' },
        { name: 'autobaud', verdict: 'ok' },
        { name: 'identity', verdict: 'warning', code: 'BENCH_UNKNOWN_MODULE' },
        { name: 'sim', verdict: 'failed' },
      ]);
    } finally {
      rmSync(link, { force: true });
    }
  });
});

function reasonToLeaveIaxmodemOut(): string | undefined {
  const what = 'bench of a modem that is not ours';
  const reason = reasonToSkip(what, { iaxmodem: 'iaxmodem' });
  if (reason !== undefined || process.getuid?.() === 0) {
    return reason;
  }
  const needsRoot = 'iaxmodem reads its settings in /etc (needs root)';
  process.stderr.write(`left out: ${what}: ${needsRoot}\n`);
  return needsRoot;
}
