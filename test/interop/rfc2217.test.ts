/** `kadec21 send` and `bench` through RFC 2217 servers: ser2net's, pySerial's, and that of `kadec21 serve`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { command, kadec21 } from '../cli/kadec21.ts';
import { writeSettings } from './device-settings.ts';
import { reasonAgainstLong, reasonToSkip, withDaemons } from './programs.ts';

const PYTHON = '/usr/bin/python3';
const noSer2net = reasonToSkip('RFC 2217 of ser2net', { ser2net: 'ser2net' });
const noPySerial = (() => {
  if (spawnSync(PYTHON, ['-c', 'import serial.rfc2217']).status === 0) {
    return false;
  }
  process.stderr.write('left out: RFC 2217 of pySerial: it is missing (Debian package python3-serial)\n');
  return true;
})();
const tooLong = reasonAgainstLong('the bench over RFC 2217');
const PATIENCE_MS = 90_000;

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-rfc2217-'));
});
afterEach(async () => {
  for (const child of children.splice(0).reverse()) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  rmSync(folder, { recursive: true });
});

/** Starts a program. @returns what it has said so far */
function start(program: string, args: readonly string[]): () => string {
  const child = spawn(program, args, { cwd: folder, env: withDaemons, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      said += text;
    });
  }
  return () => said;
}

async function until<Value>(look: () => Value | undefined): Promise<Value> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    const seen = look();
    if (seen !== undefined) {
      return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come');
}

/** `kadec21 serve` with one line. @returns its name, and what the station says */
async function station(...line: readonly string[]): Promise<{ name: string; said: () => string }> {
  const said = start(process.execPath, [command, 'serve', '--module', '3gpp', ...line]);
  const name = await until(() => /^(\S+): ready$/m.exec(said())?.[1]);
  return { name, said };
}

/** Resolves when somebody listens at a port of this machine. */
async function listens(port: number): Promise<void> {
  let isThere: true | undefined;
  await until(() => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.once('connect', () => {
      isThere = true;
      socket.destroy();
    });
    return isThere;
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
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

async function expectMailThrough(port: string | number, said: () => string): Promise<void> {
  const line = `rfc2217:127.0.0.1:${port}`;
  const { status, stdout, stderr } = await kadec21('send', '--settings', settings(), '--line', line);
  expect([status, stderr], stdout + said()).toEqual([0, '']);
  await until(() => (/mail \w+ <moshiri@/.test(said()) ? true : undefined));
}

describe('RFC 2217', { timeout: 240_000 }, () => {
  it.skipIf(tooLong !== undefined)('of kadec21 serve: the bench finds everything good', async () => {
    const { name } = await station('--rfc2217', '0');
    const args = ['--port', `rfc2217:${name}`, '--settings', settings(), '--yes', '--json'];
    const { status, stdout, stderr } = await kadec21('bench', ...args);
    expect(status, stdout + stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'ok' });
  });

  it.skipIf(noSer2net !== undefined)('of ser2net in front of a serial port (a pty)', async () => {
    const { said } = await station('--pty', 'modem');
    const port = await freePort();
    const file = join(folder, 'ser2net.yaml');
    writeFileSync(
      file,
      `connection: &modem\n  accepter: telnet(rfc2217),tcp,127.0.0.1,${port}\n  connector: serialdev,${folder}/modem,115200n81,local\n`,
    );
    start('ser2net', ['-n', '-c', file]);
    await listens(port);
    await expectMailThrough(port, said);
  });

  it.skipIf(noPySerial)('of pySerial in front of a TCP line', async () => {
    const { name, said } = await station('--tcp', '0');
    const server = start(PYTHON, [join(import.meta.dirname, 'rfc2217-server.py'), name]);
    const port = await until(() => /^\d+$/m.exec(server())?.[0]);
    await expectMailThrough(port, said);
  });
});
