import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openFailure } from '../../src/serial/line-error.ts';
import { openLine } from '../../src/serial/open-line.ts';

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

  it.each(['tcp:', 'tcp:host', 'tcp:host:99999', 'tcp:host:x'])('refuses the name %s', async (name) => {
    await expect(openLine(name, 9600)).rejects.toMatchObject({ code: 'LINE_BAD_NAME' });
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
