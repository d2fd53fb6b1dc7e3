import { type EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openFailure } from '../../src/serial/line-error.ts';
import { offerLine } from '../../src/serial/offer-line.ts';
import { openLine } from '../../src/serial/open-line.ts';

/** What comes at one end of a line, once it is so much. */
async function octetsAt(end: Pick<EventEmitter, 'on'>, count: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const whole = () => Buffer.concat(parts);
  await new Promise<void>((resolve) =>
    end.on('data', (part: Uint8Array) => {
      parts.push(part);
      if (whole().length >= count) {
        resolve();
      }
    }),
  );
  return whole();
}

describe('opening a real line', () => {
  const server = createServer();
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const listen = async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  it('carries bytes both ways over TCP and tells when the other side goes', async () => {
    const port = await listen();
    const accepted = once(server, 'connection');
    const line = await openLine(`tcp:127.0.0.1:${port}`, 115_200);
    const [peer]: Socket[] = await accepted;
    line.write(Buffer.from('AT\r'));
    expect(String((await once(peer as Socket, 'data'))[0])).toBe('AT\r');
    peer?.write('OK\r\n');
    expect(String((await once(line, 'data'))[0])).toBe('OK\r\n');
    peer?.destroy();
    expect((await once(line, 'close'))[0]).toMatchObject({ code: 'LINE_LOST' });
  });

  it('carries bytes over a Unix socket, and says that there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kadec21-unix-'));
    const path = join(folder, 'modem');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const line = await openLine(`unix:${path}`, 115_200);
    const [peer]: Socket[] = await accepted;
    line.write(Buffer.from('AT\r'));
    expect(String((await once(peer as Socket, 'data'))[0])).toBe('AT\r');
    await line.close();
    await expect(openLine(`unix:${path}.no`, 9600)).rejects.toMatchObject({ code: 'LINE_NOT_FOUND' });
    rmSync(folder, { recursive: true });
  });

  it('has no signals over TCP', async () => {
    const line = await openLine(`tcp:127.0.0.1:${await listen()}`, 9600);
    expect(line.signals).toBe('unknown');
    await line.close();
  });

  it('says that nothing answers', async () => {
    const port = await listen();
    await new Promise((resolve) => server.close(resolve));
    await expect(openLine(`tcp:127.0.0.1:${port}`, 9600)).rejects.toMatchObject({ code: 'LINE_REFUSED' });
  });

  it.each(['tcp:', 'tcp:host', 'tcp:host:99999', 'tcp:host:x', 'rfc2217:host', 'rfc2217:[::1]'])(
    'refuses the name %s',
    async (name) => {
      await expect(openLine(name, 9600)).rejects.toMatchObject({ code: 'LINE_BAD_NAME' });
    },
  );

  it('carries octets, rate and circuits over RFC 2217, and tells when the other side goes', async () => {
    const offered = await offerLine({ kind: 'rfc2217', host: '127.0.0.1', port: 0 });
    offered.drive({ dcd: true });
    const line = await openLine(`rfc2217:${offered.name}`, 115_200);
    expect(line).toMatchObject({
      baudRate: 115_200,
      signals: { dcd: true, dsr: true, cts: true, ri: false },
    });
    const every = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));
    const above = octetsAt(offered, 256);
    line.write(every);
    expect(await above).toEqual(every);
    const below = octetsAt(line, 256);
    offered.write(every);
    expect(await below).toEqual(every);
    const carrierLost = once(line, 'signals');
    offered.drive({ dcd: false });
    expect(await carrierLost).toMatchObject([{ dcd: false }]);
    const hangUp = once(offered, 'signals');
    line.drive({ dtr: false });
    expect(await hangUp).toEqual([{ dtr: false, rts: true }]);
    // At another rate it is read as noise, until the module follows.
    line.setBaudRate(9600);
    line.write(Buffer.from('AT'));
    expect(String(await octetsAt(offered, 2))).not.toBe('AT');
    offered.setBaudRate(9600);
    line.write(Buffer.from('AT'));
    expect(String(await octetsAt(offered, 2))).toBe('AT');
    const closed = once(line, 'close');
    await offered.close();
    expect(await closed).toMatchObject([{ code: 'LINE_LOST' }]);
  });

  it.each([
    // RFC 854: IAC DONT COM-PORT-OPTION.
    ['refuses COM port control', 'fffe2c', 'does not speak RFC 2217'],
    // COM-PORT-OPTION SET-BAUDRATE 9600 from the server.
    ['stays at another rate', 'fffd2cfffa2c6500002580fff0', 'stays at 9600 bit/s instead of 115200'],
  ])('is told of an RFC 2217 server that %s', async (_, answer, sentence) => {
    server.on('connection', (socket) => socket.once('data', () => socket.write(Buffer.from(answer, 'hex'))));
    const opening = openLine(`rfc2217:127.0.0.1:${await listen()}`, 115_200);
    await expect(opening).rejects.toMatchObject({
      code: 'LINE_REFUSED',
      message: expect.stringContaining(sentence),
    });
    server.removeAllListeners('connection');
  });

  it('is told of an RFC 2217 server that closes at once', async () => {
    server.once('connection', (socket) => socket.destroy());
    const opening = openLine(`rfc2217:127.0.0.1:${await listen()}`, 115_200);
    await expect(opening).rejects.toMatchObject({ code: 'LINE_LOST' });
  });

  it('holds back what an RFC 2217 server has no room for', async () => {
    const port = await listen();
    const accepted = once(server, 'connection');
    const opening = openLine(`rfc2217:127.0.0.1:${port}`, 9600);
    const [peer]: Socket[] = await accepted;
    peer?.write(Buffer.from('fffd2cfffa2c6500002580fff0fffa2c6cfff0', 'hex'));
    const line = await opening;
    let heard = '';
    peer?.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    while (line.write(Buffer.from('AT'))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const drained = once(line, 'drain');
    peer?.write(Buffer.from('fffa2c6dfff0', 'hex'));
    await drained;
    while (!heard.endsWith('AT')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await line.close();
  });

  it('says that a port does not exist', async () => {
    await expect(openLine('/dev/ttyNOSUCH', 9600)).rejects.toMatchObject({ code: 'LINE_NOT_FOUND' });
  });

  it.each([
    ['Error: Permission denied, cannot open /dev/ttyUSB0', 'LINE_NO_PERMISSION'],
    ['Error Resource temporarily unavailable Cannot lock port', 'LINE_BUSY'],
    ['Error: Input/output error', 'LINE_LOST'],
  ])('names what the system said: %s', (said, code) => {
    expect(openFailure('/dev/ttyUSB0', new Error(said)).code).toBe(code);
  });
});
