import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LineSpec, type OfferedLine, offerLine } from '../../src/serial/offer-line.ts';
import { MAX_UNREAD_BYTES } from '../../src/serial/offered-line.ts';
import type { DteSignals } from '../../src/serial/serial-line.ts';

let folder = '';
const lines: OfferedLine[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-offer-'));
});
afterEach(async () => {
  await Promise.all(lines.splice(0).map((line) => line.close()));
  rmSync(folder, { recursive: true });
});

async function offer(spec: LineSpec): Promise<OfferedLine> {
  const line = await offerLine(spec);
  lines.push(line);
  return line;
}

/** Resolves when the line has got that many octets. */
async function received(line: OfferedLine, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  while (Buffer.concat(chunks).length < count) {
    const [bytes]: Uint8Array[] = await once(line, 'data');
    chunks.push(bytes ?? new Uint8Array());
  }
  return Buffer.concat(chunks);
}

async function read(stream: Socket | SerialPort, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  while (Buffer.concat(chunks).length < count) {
    const [bytes]: Uint8Array[] = await once(stream, 'data');
    chunks.push(bytes ?? new Uint8Array());
  }
  return Buffer.concat(chunks);
}

async function signals(line: OfferedLine): Promise<DteSignals> {
  const [seen]: DteSignals[] = await once(line, 'signals');
  if (seen === undefined) {
    throw new Error('no signals');
  }
  return seen;
}

const everyOctet = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));

async function open(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: 9600, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((cause) => (cause ? reject(cause) : resolve())));
  return port;
}
const shut = (port: SerialPort) => new Promise<void>((resolve) => port.close(() => resolve()));

const FLOOD = 4 * 1024 * 1024;

describe('a DTE that floods a line of connections', () => {
  it.each(['tcp', 'rfc2217'] as const)(
    'gets one piece read in a turn of the event loop (%s)',
    async (kind) => {
      const line = await offer({ kind, host: '127.0.0.1', port: 0 });
      line.drive({ cts: true });
      const dte = connect(Number(line.name.split(':').at(-1)), '127.0.0.1');
      await once(dte, 'connect');
      dte.on('data', () => {});
      let turn = 0;
      let isOver = false;
      const count = () => {
        turn += 1;
        if (!isOver) {
          setImmediate(count);
        }
      };
      count();
      const turns: number[] = [];
      let octets = 0;
      line.on('data', (bytes) => {
        octets += bytes.length;
        turns.push(turn);
      });
      dte.write(Buffer.alloc(FLOOD, 0x41));
      while (octets < FLOOD) {
        await once(line, 'data');
      }
      isOver = true;
      dte.destroy();
      const large = new Set(turns);
      // Small pieces may come together; those of a flood do not.
      expect(octets / large.size).toBeLessThanOrEqual(64 * 1024 + 16 * 1024);
    },
  );
});

describe('a pty', () => {
  const link = () => join(folder, 'modem');

  it('carries every octet both ways, and nothing that was said before', async () => {
    const line = await offer({ kind: 'pty', link: link() });
    expect(line).toMatchObject({ name: link(), isConnected: false, signals: { dtr: false } });
    line.write(Buffer.from('RING\r\n'));
    const port = await open(link());
    expect(await signals(line)).toEqual({ dtr: true, rts: true });
    const there = received(line, 256);
    port.write(everyOctet);
    expect(await there).toEqual(everyOctet);
    const back = read(port, 256);
    line.write(everyOctet);
    expect(await back).toEqual(everyOctet);
    await shut(port);
  });

  it('is DTR off after the last close, on again after the next open, many times', async () => {
    const line = await offer({ kind: 'pty', link: link() });
    for (let times = 0; times < 5; times += 1) {
      const on = signals(line);
      const port = await open(link());
      expect((await on).dtr).toBe(true);
      const off = signals(line);
      line.write(Buffer.from('never read'));
      await shut(port);
      expect((await off).dtr).toBe(false);
      expect(line.isConnected).toBe(false);
    }
    const port = await open(link());
    await signals(line);
    const back = read(port, 5);
    line.write(Buffer.from('fresh'));
    expect(String(await back)).toBe('fresh');
    await shut(port);
  });

  it('holds a DTE up with circuit 106, and still sees it go', async () => {
    const line = await offer({ kind: 'pty', link: link() });
    const port = await open(link());
    await signals(line);
    line.drive({ cts: false });
    let heard = 0;
    line.on('data', (bytes) => {
      heard += bytes.length;
    });
    port.write('AT\r');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toBe(0);
    line.drive({ cts: true });
    expect(String(await received(line, 3))).toBe('AT\r');
    line.drive({ cts: false });
    const off = signals(line);
    await shut(port);
    expect((await off).dtr).toBe(false);
  });

  it('keeps a bounded amount for a DTE that does not read, and goes on when it does', async () => {
    const line = await offer({ kind: 'pty', link: link() });
    const port = await open(link());
    await signals(line);
    port.pause();
    let written = 0;
    while (line.droppedBytes === 0 && written < 10 * MAX_UNREAD_BYTES) {
      line.write(new Uint8Array(1000).fill(65));
      written += 1000;
    }
    expect(line.droppedBytes).toBe(1000);
    const drained = once(line, 'drain');
    port.resume();
    await drained;
    await shut(port);
  });

  it('removes its link, and replaces one that leads nowhere', async () => {
    symlinkSync(join(folder, 'nothing'), link());
    const line = await offer({ kind: 'pty', link: link() });
    expect(readlinkSync(link())).toMatch(/^\/dev\//);
    await line.close();
    expect(existsSync(link())).toBe(false);
    expect(lstatSync(link(), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('replaces the link of a killed program whose pty number has been given again, not one that is offered', async () => {
    const first = await offer({ kind: 'pty', link: join(folder, 'first') });
    symlinkSync(readlinkSync(first.name), link());
    await offer({ kind: 'pty', link: link() });
    expect(readlinkSync(link())).not.toBe(readlinkSync(first.name));
    await expect(offerLine({ kind: 'pty', link: link() })).rejects.toMatchObject({ code: 'LINE_BUSY' });
  });

  it('leaves a file and a link that leads somewhere alone', async () => {
    writeFileSync(join(folder, 'file'), 'mine');
    symlinkSync(join(folder, 'file'), link());
    for (const path of [join(folder, 'file'), link()]) {
      await expect(offerLine({ kind: 'pty', link: path })).rejects.toMatchObject({ code: 'LINE_BUSY' });
    }
    await expect(offerLine({ kind: 'pty', link: join(folder, 'no', 'such') })).rejects.toMatchObject({
      code: 'LINE_NOT_FOUND',
    });
  });
});

/** Where a client connects: a path, or host and port. */
function dial(line: OfferedLine): Socket {
  const endpoint = /^(?<host>.+):(?<port>\d+)$/.exec(line.name)?.groups;
  return endpoint === undefined
    ? connect(line.name)
    : connect({ host: endpoint.host ?? '', port: Number(endpoint.port) });
}

describe.each(['tcp', 'unix'] as const)('a %s line', (kind) => {
  const spec = (): LineSpec =>
    kind === 'tcp' ? { kind, host: '127.0.0.1', port: 0 } : { kind, path: join(folder, 'socket') };

  it('carries every octet both ways; the connection is circuit 108', async () => {
    const line = await offer(spec());
    line.write(Buffer.from('to nobody'));
    const on = signals(line);
    const socket = dial(line);
    expect((await on).dtr).toBe(true);
    const there = received(line, 256);
    socket.write(everyOctet);
    expect(await there).toEqual(everyOctet);
    const back = read(socket, 256);
    line.write(everyOctet);
    expect(await back).toEqual(everyOctet);
    const off = signals(line);
    socket.destroy();
    expect((await off).dtr).toBe(false);
  });

  it('tells a second DTE that it is busy, and takes it when the first has gone', async () => {
    const line = await offer(spec());
    const on = signals(line);
    const first = dial(line);
    await on;
    const second = dial(line);
    expect(String(await read(second, 6))).toBe('BUSY\r\n');
    await once(second, 'close');
    expect(line.isConnected).toBe(true);
    const off = signals(line);
    first.end();
    await off;
    const again = signals(line);
    const third = dial(line);
    expect((await again).dtr).toBe(true);
    third.destroy();
  });

  it('keeps a bounded amount for a DTE that does not read', async () => {
    const line = await offer(spec());
    const on = signals(line);
    const socket = dial(line);
    socket.pause();
    await on;
    for (let written = 0; line.droppedBytes === 0 && written < 100 * 1024 * 1024; written += 1000) {
      line.write(new Uint8Array(1000));
      if (written % 100_000 === 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(line.droppedBytes).toBeGreaterThan(0);
    const drained = once(line, 'drain');
    socket.resume();
    await drained;
    socket.destroy();
  });

  it('is busy where another offers the same', async () => {
    const line = await offer(spec());
    const same: LineSpec =
      kind === 'tcp' ? { kind, host: '127.0.0.1', port: Number(line.name.split(':')[1]) } : spec();
    await expect(offerLine(same)).rejects.toMatchObject({ code: 'LINE_BUSY' });
  });
});

describe('a unix line', () => {
  it('is gone with its line, and only what nobody answers is replaced', async () => {
    const path = join(folder, 'socket');
    const line = await offer({ kind: 'unix', path });
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    await line.close();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'mine');
    await expect(offerLine({ kind: 'unix', path })).rejects.toMatchObject({ code: 'LINE_BUSY' });
    expect(existsSync(path)).toBe(true);
  });
});
