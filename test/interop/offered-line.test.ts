/** Lines that this product offers, opened by programs of others: pySerial over RFC 2217, socat and Python on the rest. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LineSpec, type OfferedLine, offerLine } from '../../src/serial/offer-line.ts';
import { openLine } from '../../src/serial/open-line.ts';
import { reasonToSkip } from './programs.ts';

const execute = promisify(execFile);
const PYTHON = '/usr/bin/python3';
const noSocat = reasonToSkip('offered lines', { socat: 'socat' });
const noPython = reasonToSkip('a pty that is claimed', { [PYTHON]: 'python3' });
const CLAIM = `
import fcntl, os, sys, termios
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.ioctl(port, termios.TIOCEXCL)
os.write(port, b'AT')
sys.stdout.write(os.read(port, 2).decode())
`;
const noPySerial = (() => {
  if (spawnSync(PYTHON, ['-c', 'import serial']).status === 0) {
    return false;
  }
  process.stderr.write('left out: RFC 2217: pySerial is missing (Debian package python3-serial)\n');
  return true;
})();

let folder = '';
let line: OfferedLine | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-offered-'));
});
afterEach(async () => {
  await line?.close();
  rmSync(folder, { recursive: true });
});

describe('pySerial on an RFC 2217 port', () => {
  it.skipIf(noPySerial)('has the data, the rate and the circuits of a serial port', async () => {
    const offered = await offerLine({ kind: 'rfc2217', host: '127.0.0.1', port: 0 });
    line = offered;
    const dtr: boolean[] = [];
    offered.on('signals', (signals) => dtr.push(signals.dtr));
    offered.on('data', (bytes) => {
      if (String(Buffer.from(bytes)) === 'carrier') {
        offered.drive({ dcd: true });
      }
      offered.write(bytes);
    });
    const { stdout } = await execute(PYTHON, [join(import.meta.dirname, 'pyserial.py'), offered.name]);
    expect(JSON.parse(stdout)).toEqual({
      atOpen: { cd: false, dsr: true, cts: true, ri: false },
      echo: true,
      withCarrier: { cd: true },
      // Garbled once on the way there, and the clean octets of that once more on the way back.
      atWrongRate: 'c1d4',
    });
    expect(dtr).toEqual([true, false, true, false]);
  });
});

describe.skipIf(noSocat !== undefined)('socat', () => {
  const kinds: readonly (readonly [string, () => LineSpec, (line: OfferedLine) => string])[] = [
    ['a pty', () => ({ kind: 'pty', link: join(folder, 'modem') }), ({ name }) => `${name},raw,echo=0`],
    ['a Unix socket', () => ({ kind: 'unix', path: join(folder, 'modem') }), ({ name }) => `UNIX:${name}`],
    ['a TCP port', () => ({ kind: 'tcp', host: '127.0.0.1', port: 0 }), ({ name }) => `TCP:${name}`],
  ];

  it.each(kinds)('opens %s ten times, each time from the start', async (_kind, spec, address) => {
    const offered = await offerLine(spec());
    line = offered;
    const dtr: boolean[] = [];
    offered.on('signals', (signals) => dtr.push(signals.dtr));
    offered.on('data', (bytes) => offered.write(bytes));
    for (let times = 0; times < 10; times += 1) {
      const running = execute('socat', ['-t', '0.5', '-', address(offered)]);
      // Held open for a moment, as a program does that waits for its answer.
      running.child.stdin?.write(`AT${times}\r`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      running.child.stdin?.end();
      expect((await running).stdout).toBe(`AT${times}\r`);
      while (offered.isConnected) {
        await once(offered, 'signals');
      }
    }
    expect(dtr).toEqual(Array.from({ length: 20 }, (_, index) => index % 2 === 0));
  });
});

/** A pty's claim (TIOCEXCL) binds everybody but root: with root's rights nothing would be seen. */
describe.skipIf(noPython !== undefined)('a program that claims a pty for itself', () => {
  const ordinary = process.getuid?.() === 0 ? 65_534 : undefined;
  beforeEach(async () => {
    if (ordinary !== undefined) {
      // Loads what is native while this process may read all of the checkout.
      await (await offerLine({ kind: 'pty', link: join(folder, 'before') })).close();
      chownSync(folder, ordinary, -1);
      process.seteuid?.(ordinary);
    }
  });
  afterEach(() => {
    if (ordinary !== undefined) {
      process.seteuid?.(0);
    }
  });

  it('leaves the name to the next one', async () => {
    const offered = await offerLine({ kind: 'pty', link: join(folder, 'modem') });
    line = offered;
    offered.on('data', (bytes) => offered.write(bytes));
    for (let times = 0; times < 3; times += 1) {
      const { stdout } = await execute(PYTHON, ['-c', CLAIM, offered.name]);
      expect(stdout).toBe('AT');
      while (offered.isConnected) {
        await once(offered, 'signals');
      }
    }
    await offered.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});

// Two ptys that socat joins stand for two ports and a cable of three wires: real circuits have not been seen here.
describe.skipIf(noSocat !== undefined)('a serial port', () => {
  it('is a line that carries every octet both ways, and that is lost with its cable', async () => {
    const [near, far] = [join(folder, 'near'), join(folder, 'far')];
    const cable = spawn('socat', [`PTY,raw,echo=0,link=${near}`, `PTY,raw,echo=0,link=${far}`]);
    while (!existsSync(near) || !existsSync(far)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const offered = await offerLine({ kind: 'port', path: near, baudRate: 115_200 });
    line = offered;
    // No circuits: whoever is at the other end is taken to be there.
    expect(offered).toMatchObject({ name: near, isConnected: true, signals: { dtr: true, rts: true } });
    const device = await openLine(far, 115_200);
    const every = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256));
    for (const [from, to] of [
      [device, offered],
      [offered, device],
    ] as const) {
      let heard = Buffer.alloc(0);
      const all = new Promise<void>((resolve) =>
        to.on('data', (bytes: Uint8Array) => {
          heard = Buffer.concat([heard, bytes]);
          if (heard.length >= every.length) {
            resolve();
          }
        }),
      );
      from.write(every);
      await all;
      expect(heard.equals(every)).toBe(true);
    }
    offered.setBaudRate(9600);
    offered.drive({ dcd: true, cts: false });
    const ends = [once(offered, 'close'), once(device, 'close')];
    cable.kill();
    for (const end of ends) {
      expect(await end).toMatchObject([{ code: 'LINE_LOST' }]);
    }
  });

  it('that is not there is told', async () => {
    const offering = offerLine({ kind: 'port', path: join(folder, 'none'), baudRate: 9600 });
    await expect(offering).rejects.toMatchObject({ code: 'LINE_NOT_FOUND' });
  });
});
