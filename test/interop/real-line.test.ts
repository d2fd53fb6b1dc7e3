/**
 * `kadec21 send --line`: the device in a process of its own, at the wall clock's pace, on a line that is not ours:
 * a pty that socat makes, and a TCP port. The emulated module and its network are at the other end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { seededRandom } from '../../src/base/random.ts';
import { EmulatedModule } from '../../src/modem/dce/emulated-module.ts';
import type { ModuleProfile } from '../../src/modem/module-profile.ts';
import { moduleProfiles } from '../../src/modem/profiles.ts';
import { kadec21 } from '../cli/kadec21.ts';
import { decodedByPython, expectedCsv, measurementsFile } from './decoded-mail.ts';
import { writeSettings } from './device-settings.ts';
import { reasonToSkip } from './programs.ts';
import { StreamDceLine } from './stream-dce-line.ts';

const noPython = reasonToSkip('a TCP line', { python3: 'python3' });
const noSocat = reasonToSkip('a pty', { socat: 'socat', python3: 'python3' });

const account = { user: 'logger@north-one.example', password: 'snow-depth' };

/** A module under power behind a TCP port, and the network it is in. */
class Station {
  readonly auNet = new AuNet({ random: seededRandom(1) });
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  modules = 0;

  constructor(profile: ModuleProfile) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      this.modules += 1;
      new EmulatedModule(new StreamDceLine(socket, profile.line.baudRate), { profile, radio: this.auNet });
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** The cable is pulled. */
  pull(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  async close(): Promise<void> {
    await this.auNet.close();
    this.pull();
    this.#server.close();
  }
}

describe('a line of this machine', () => {
  let folder = '';
  let port = 0;
  let station: Station;
  let socat: ChildProcess | undefined;
  const [profile] = moduleProfiles.filter(({ name }) => name === '3gpp');

  beforeEach(async () => {
    if (profile === undefined) {
      throw new Error('there is no module 3gpp');
    }
    folder = mkdtempSync(join(tmpdir(), 'kadec21-line-'));
    station = new Station(profile);
    port = await station.listen();
  });
  afterEach(async () => {
    socat?.kill();
    socat = undefined;
    await station.close();
    rmSync(folder, { recursive: true });
  });

  /** @returns the pty's name, when it is there */
  async function pty(): Promise<string> {
    const name = join(folder, 'line');
    socat = spawn('socat', [`PTY,link=${name},raw,echo=0`, `TCP:127.0.0.1:${port},nodelay`], {
      stdio: 'ignore',
    });
    while (!existsSync(name)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return name;
  }

  function sendOver(line: string, ...more: readonly string[]) {
    writeFileSync(join(folder, 'ca.pem'), emulatedAuthorityPem);
    const settings = writeSettings(join(folder, 'unit.json'), {
      from: 'moshiri@north-one.example',
      to: ['office@north-one.example'],
      server: { host: 'mail.north-one.example', caFile: 'ca.pem' },
      auth: account,
    });
    return kadec21('send', '--settings', settings, '--line', line, ...more);
  }

  /** A month of measurements: enough to fill buffers. */
  const month = ['--data', measurementsFile];

  function expectTheMail(): void {
    const [mail, ...others] = station.auNet.mailboxes.all;
    expect(others).toEqual([]);
    const decoded = decodedByPython(mail?.raw ?? Buffer.alloc(0));
    expect(decoded.subject).toBe('[母子里] 流量 0.45m3/s (2004/03/01 00:00)');
    const [attachment] = decoded.attachments;
    expect(Buffer.from(attachment?.base64 ?? '', 'base64').equals(expectedCsv())).toBe(true);
  }

  it.skipIf(noSocat !== undefined)('carries the mail, and that of a second session: a pty', async () => {
    const name = await pty();
    const { status, stdout, stderr } = await sendOver(name, ...month);
    expect([status, stderr], stdout).toEqual([0, '']);
    expectTheMail();
    expect((await sendOver(name)).status).toBe(0);
    expect(station.auNet.mailboxes.all).toHaveLength(2);
    // The module kept its power, and its settings, from the first to the second.
    expect(station.modules).toBe(1);
  });

  it.skipIf(noPython !== undefined)('carries the mail: a TCP port', async () => {
    const { status, stdout, stderr } = await sendOver(`tcp:127.0.0.1:${port}`, ...month);
    expect([status, stderr], stdout).toEqual([0, '']);
    expectTheMail();
  });

  it.skipIf(noSocat !== undefined)('is pulled in the middle of a session: said so, exit 1', async () => {
    const name = await pty();
    station.auNet.once('connection', () => station.pull());
    const { status, stdout } = await sendOver(name, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ delivered: false, blockedBy: { code: 'MODEM_PORT_LOST' } });
  });

  it('is not there: exit 3, at once', async () => {
    const { status, stdout } = await sendOver(join(folder, 'no-such-line'));
    expect(status).toBe(3);
    expect(stdout).toContain('LINE_NOT_FOUND');
  });
});
