/** The driver's sockets against those inside the emulated module, and a network behind it: all in virtual time. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import nodemailer from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { ms, seconds } from '../../../src/base/units.ts';
import { handOver, now } from '../../../src/base/virtual-time.ts';
import type { ModuleSocket } from '../../../src/modem/sockets/module-socket.ts';
import type { SocketCall } from '../../../src/modem/sockets/socket-call.ts';
import { SocketStack } from '../../../src/modem/sockets/socket-stack.ts';
import type { TcpSocket } from '../../../src/net/tcp-socket.ts';
import { ipv4Address } from '../../../src/wire/ipv4.ts';
import { access, inSocketWorld, type SocketWorld, server } from './socket-world.ts';

const pause = (duration: number) => new Promise<void>((resolve) => setTimeout(resolve, duration));

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (failure: { readonly code?: unknown; readonly message: string }) => failure.code ?? failure.message,
  );

async function connected({ stack, modem }: SocketWorld): Promise<ModuleSocket> {
  await modem.start();
  await modem.waitForService();
  const call = await stack.activate();
  return opened(call);
}

/** A connection whose end is no failure of the test. */
async function opened(call: SocketCall): Promise<ModuleSocket> {
  const socket = await call.connect(server);
  socket.on('error', () => {});
  return socket;
}

/** All that comes until the other end closes. */
async function read(socket: ModuleSocket | TcpSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    handOver();
    chunks.push(chunk);
  });
  await once(socket, 'end');
  handOver();
  return Buffer.concat(chunks);
}

/** Sends back everything, and ends when the other end does. */
const echo = (socket: TcpSocket) => socket.pipe(socket);

describe('the packet context', () => {
  it('comes up with an address and name servers, and goes down again', () =>
    inSocketWorld({}, async ({ modem, stack, network, module, trace }) => {
      await modem.start();
      await modem.waitForService();
      const call = await stack.activate();
      expect(call).toMatchObject({ address: '10.0.1.2', nameServers: ['10.0.0.53'], isOpen: true });
      expect(module.hasCall).toBe(true);
      expect(await stack.isActive()).toBe(true);
      await stack.deactivate();
      expect(call).toMatchObject({ isOpen: false, lostBy: undefined });
      expect(module.hasCall).toBe(false);
      expect(network.link?.user).toBe(access.user);
      expect(trace.join('\n')).not.toContain(access.password);
    }));

  it('that somebody left active is ended first', () =>
    inSocketWorld({}, async ({ modem, stack }) => {
      await modem.start();
      await modem.waitForService();
      await stack.activate();
      await modem.send('AT+QIOPEN=1,0,"TCP","203.0.113.25",587');
      const second = new SocketStack(modem, { access });
      const socket = await opened(await second.activate());
      expect(socket.remotePort).toBe(server.port);
      await second.deactivate();
    }));

  it.each([
    ['MODEM_BUSY', { dial: 'busy' }],
    ['MODEM_NO_CARRIER', { dial: 'no-carrier' }],
    ['MODEM_NO_CARRIER', { isDeaf: true }],
  ] as const)('%s where the network gives %o', (code, options) =>
    inSocketWorld(options, async ({ modem, stack }) => {
      await modem.start();
      await modem.waitForService();
      expect(await codeOf(stack.activate())).toBe(code);
      expect(await modem.send('AT')).toEqual([]);
    }),
  );

  it('says that the account is not taken', () =>
    inSocketWorld({}, async ({ modem }) => {
      await modem.start();
      await modem.waitForService();
      const stack = new SocketStack(modem, { access: { ...access, password: 'wrong' } });
      expect(await codeOf(stack.activate())).toBe('MODEM_CONTEXT_REJECTED');
    }));

  it('lost by the radio ends connections and says so', () =>
    inSocketWorld({}, async (world) => {
      const socket = await connected(world);
      const call = world.stack.call ?? expect.fail('no call');
      const ended = once(call, 'close');
      const broken = once(socket, 'error');
      world.network.lose();
      expect(await ended).toMatchObject([{ code: 'MODEM_CALL_LOST' }]);
      expect(await broken).toMatchObject([{ code: 'TCP_LINK_DOWN' }]);
      expect(await codeOf(call.connect(server))).toBe('TCP_LINK_DOWN');
      // And comes up again.
      expect((await world.stack.activate()).isOpen).toBe(true);
    }));

  it('ended by the network, and lost when the module starts anew', () =>
    inSocketWorld({}, async (world) => {
      await connected(world);
      const first = world.stack.call ?? expect.fail('no call');
      const ended = once(first, 'close');
      void world.network.link?.close();
      expect(await ended).toMatchObject([{ code: 'MODEM_CALL_LOST' }]);
      const second = await world.stack.activate();
      const reset = once(second, 'close');
      world.module.powerOff();
      world.module.powerOn();
      expect(await reset).toMatchObject([{ code: 'MODEM_RESET' }]);
    }));

  it('ends with the line', () =>
    inSocketWorld({}, async (world) => {
      await connected(world);
      const call = world.stack.call ?? expect.fail('no call');
      const ended = once(call, 'close');
      await world.line.close();
      expect(await ended).toMatchObject([{ code: 'MODEM_PORT_LOST' }]);
    }));
});

describe('a connection', () => {
  it.each([
    ['on a good way', 0],
    ['though packets get lost', 0.05],
  ])('carries 64 KiB both ways, intact, %s', (_, loss) =>
    inSocketWorld({ onSocket: echo, loss }, async (world) => {
      const sent = Buffer.from(seededRandom(4).octets(65_536));
      const socket = await connected(world);
      const received: Buffer[] = [];
      let length = 0;
      const all = new Promise<void>((resolve) => {
        socket.on('data', (chunk: Buffer) => {
          handOver();
          received.push(chunk);
          length += chunk.length;
          if (length >= sent.length) {
            resolve();
          }
        });
      });
      for (let from = 0; from < sent.length; from += 5000) {
        if (!socket.write(sent.subarray(from, from + 5000))) {
          await once(socket, 'drain');
        }
      }
      await all;
      expect(Buffer.concat(received).equals(sent)).toBe(true);
      expect(socket.bytesRead).toBe(sent.length);
      expect(socket.bytesWritten).toBe(sent.length);
      socket.end();
      await once(socket, 'close');
    }),
  );

  it('holds the other end back while nobody reads', () => {
    const sent = Buffer.from(seededRandom(6).octets(200_000));
    let written = 0;
    const talk = async (socket: TcpSocket) => {
      for (let from = 0; from < sent.length; from += 10_000) {
        const chunk = sent.subarray(from, from + 10_000);
        await new Promise<void>((resolve) => {
          socket.write(chunk, () => resolve());
        });
        written += chunk.length;
      }
      socket.end();
    };
    return inSocketWorld({ onSocket: (socket) => void talk(socket) }, async (world) => {
      const socket = await connected(world);
      await pause(60_000);
      // What the module, both TCPs' buffers and windows hold; not all of it.
      expect(written).toBeLessThan(130_000);
      expect((await read(socket)).equals(sent)).toBe(true);
    });
  });

  it('waits while the module has no room, and loses nothing', () => {
    const received: Buffer[] = [];
    const slow = (socket: TcpSocket) => {
      socket.on('data', (chunk: Buffer) => {
        received.push(chunk);
        socket.pause();
        setTimeout(() => {
          handOver();
          socket.resume();
        }, 5000);
      });
    };
    return inSocketWorld({ onSocket: slow }, async (world) => {
      const sent = Buffer.from(seededRandom(8).octets(150_000));
      const socket = await connected(world);
      socket.write(sent);
      for (let waited = 0; Buffer.concat(received).length < sent.length && waited < 3000; waited += 1) {
        await pause(1000);
      }
      expect(Buffer.concat(received).equals(sent)).toBe(true);
      expect(world.trace).toContain('< SEND FAIL');
    });
  });

  it('gives what the other end said before it closed', () => {
    const talk = (socket: TcpSocket) => {
      socket.end('421 not now\r\n');
    };
    return inSocketWorld({ onSocket: talk }, async (world) => {
      const socket = await connected(world);
      expect((await read(socket)).toString()).toBe('421 not now\r\n');
      await once(socket, 'close');
    });
  });

  it('closes in order: the other end hears the end, and its last words are read', () => {
    let heard = '';
    const talk = (socket: TcpSocket) => {
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        if (heard.endsWith('QUIT\r\n')) {
          socket.end('221 bye\r\n');
        }
      });
    };
    return inSocketWorld({ onSocket: talk }, async (world) => {
      const socket = await connected(world);
      socket.end('QUIT\r\n');
      expect((await read(socket)).toString()).toBe('221 bye\r\n');
    });
  });

  it('whose other end does not close is closed by the module', () =>
    inSocketWorld({}, async (world) => {
      const socket = await connected(world);
      await pause(200);
      const far = world.network.sockets[0] ?? expect.fail('no socket');
      const ended = read(far);
      const closed = once(socket, 'close');
      socket.resume();
      socket.end('good-bye');
      expect((await ended).toString()).toBe('good-bye');
      await closed;
    }));

  it.each([
    ['TCP_REFUSED', 'reset', 120_000],
    ['TCP_TIMED_OUT', 'drop', 120_000],
    ['TCP_TIMED_OUT', 'drop', 10_000],
  ] as const)('%s where the SYN is answered by %s', (code, verdict, timeoutMs) =>
    inSocketWorld({ onSyn: () => verdict }, async ({ modem, stack }) => {
      await modem.start();
      await modem.waitForService();
      const call = await stack.activate();
      const begin = now();
      expect(await codeOf(call.connect(server, { timeoutMs: ms(timeoutMs) }))).toBe(code);
      expect(now() - begin).toBeLessThanOrEqual(timeoutMs + 100);
      // The number is free again, and the module takes commands.
      await pause(1000);
      expect(await modem.send('AT+QISTATE?')).toEqual([]);
    }),
  );

  it('there are twelve at a time, and a number is used again', () =>
    inSocketWorld({ onSocket: echo }, async ({ modem, stack }) => {
      await modem.start();
      await modem.waitForService();
      const call = await stack.activate();
      const sockets = await Promise.all(Array.from({ length: 12 }, () => call.connect(server)));
      expect(await codeOf(call.connect(server))).toBe('TCP_NO_ROOM');
      const answers = sockets.map(async (socket, index) => {
        socket.write(`number ${index}`);
        const [chunk] = await once(socket, 'data');
        handOver();
        return String(chunk);
      });
      expect(await Promise.all(answers)).toEqual(sockets.map((_, index) => `number ${index}`));
      sockets[3]?.destroy();
      await pause(5000);
      expect((await call.connect(server)).remotePort).toBe(server.port);
    }));

  it('destroyed in the middle of a write leaves the module usable', () =>
    inSocketWorld({ onSocket: echo }, async (world) => {
      const socket = await connected(world);
      socket.on('error', () => {});
      socket.write(Buffer.alloc(20_000));
      await pause(300);
      socket.destroy();
      await pause(5000);
      const call = world.stack.call ?? expect.fail('no call');
      const second = await call.connect(server);
      second.write('still there');
      const [chunk] = await once(second, 'data');
      expect(String(chunk)).toBe('still there');
    }));
});

describe('names and echoes', () => {
  it('an echo comes back, and one that does not is told', () =>
    inSocketWorld({}, async ({ modem, stack }) => {
      await modem.start();
      await modem.waitForService();
      const call = await stack.activate();
      const [one, other] = await Promise.all([call.ping(server.address), call.ping(server.address)]);
      expect(one).toBeGreaterThan(90);
      expect(other).toBeGreaterThan(90);
    }));

  it('a host that does not echo, a name server that is silent', () =>
    inSocketWorld({ echoes: false }, async ({ modem, stack }) => {
      await modem.start();
      await modem.waitForService();
      const call = await stack.activate();
      expect(await codeOf(call.ping(server.address, { timeoutMs: seconds(3) }))).toBe('PING_NO_ANSWER');
      expect(await call.resolve('203.0.113.25')).toBe(ipv4Address(0xcb007119));
      // The network of this test has no name server: its host answers port unreachable.
      expect(await codeOf(call.resolve('mail.example'))).toMatch(/^DNS_/);
    }));
});

describe('what is built on it', () => {
  const certificate = () => ({
    cert: readFileSync('fixtures/certificates/server.pem'),
    key: readFileSync('fixtures/certificates/server-key.pem'),
  });

  function mailServer() {
    const mails: string[] = [];
    const smtp = new SMTPServer({
      ...certificate(),
      disableReverseLookup: true,
      onAuth: (auth, _session, done) =>
        auth.password === 'secret' ? done(null, { user: auth.username ?? '' }) : done(new Error('no')),
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          mails.push(Buffer.concat(chunks).toString());
          done();
        });
      },
    });
    smtp.on('error', () => {});
    return { smtp, mails };
  }

  it.each([
    ['a good way', 0],
    ['a bad one', 0.05],
  ])('nodemailer sends a mail with STARTTLS and AUTH over %s', (_, loss) => {
    const { smtp, mails } = mailServer();
    const serve = (socket: TcpSocket) => {
      handOver();
      smtp.server.emit('connection', socket);
    };
    return inSocketWorld({ onSocket: serve, loss }, async (world) => {
      const socket = await connected(world);
      const transport = nodemailer.createTransport({
        getSocket: (
          _options: object,
          done: (error: Error | null, given: { connection: ModuleSocket }) => void,
        ) => done(null, { connection: socket }),
        requireTLS: true,
        tls: { rejectUnauthorized: false },
        auth: { user: 'logger', pass: 'secret' },
      } as Parameters<typeof nodemailer.createTransport>[0]);
      await transport.sendMail({
        from: 'a@north-one.example',
        to: 'b@north-one.example',
        subject: 'data',
        text: 'snow\n'.repeat(2000),
      });
      expect(mails).toHaveLength(1);
      expect(mails[0]).toContain('snow\r\nsnow\r\n');
      expect(world.trace.join('\n')).not.toContain('secret');
    });
  });

  it('node:tls shakes hands and passes 64 KiB each way', () => {
    const serve = (socket: TcpSocket) => {
      const secured = new tls.TLSSocket(socket, {
        isServer: true,
        secureContext: tls.createSecureContext(certificate()),
      });
      secured.on('error', () => {});
      secured.pipe(secured);
      handOver();
    };
    return inSocketWorld({ onSocket: serve }, async (world) => {
      const sent = Buffer.from(seededRandom(4).octets(65_536));
      const plain = await connected(world);
      const socket = tls.connect({ socket: plain, rejectUnauthorized: false });
      handOver();
      await once(socket, 'secureConnect');
      const received: Buffer[] = [];
      const all = new Promise<void>((resolve) => {
        socket.on('data', (chunk: Buffer) => {
          handOver();
          received.push(chunk);
          if (received.reduce((sum, { length }) => sum + length, 0) >= sent.length) {
            resolve();
          }
        });
      });
      socket.write(sent);
      handOver();
      await all;
      expect(Buffer.concat(received).equals(sent)).toBe(true);
      socket.destroy();
    });
  });
});

describe('a noisy line', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'ends a transfer with an error or intact, and the module is found again (seed %i)',
    (seed) =>
      inSocketWorld({ onSocket: echo }, async (world) => {
        const socket = await connected(world);
        let failure: Error | undefined;
        socket.on('error', (error) => {
          failure = error;
        });
        const received: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => {
          handOver();
          received.push(chunk);
        });
        const sent = Buffer.from(seededRandom(seed).octets(20_000));
        const still = world.line.disturb({
          wires: new Set(['to-module', 'to-device']),
          noise: { bitErrors: 0, lost: 0.0005, doubled: 0.0002, random: seededRandom(seed) },
        });
        socket.write(sent);
        for (let waited = 0; waited < 300 && failure === undefined; waited += 1) {
          await pause(1000);
          if (Buffer.concat(received).length >= sent.length) {
            break;
          }
        }
        still();
        socket.destroy();
        await pause(120_000);
        await world.stack.deactivate().catch(() => {});
        await world.modem.start();
        expect((await world.stack.activate()).isOpen).toBe(true);
      }),
  );
});
