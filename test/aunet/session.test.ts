import { describe, expect, it, vi } from 'vitest';
import { AuNet } from '../../src/aunet/au-net.ts';
import type { SessionEvent } from '../../src/aunet/carrier-event.ts';
import { instantQuality } from '../../src/aunet/radio-quality.ts';
import { AddressPool } from '../../src/aunet/subscribers.ts';
import { seededRandom } from '../../src/base/random.ts';
import { PppLink } from '../../src/net/ppp/ppp-link.ts';
import { formatIpv4, ipv4Address } from '../../src/wire/ipv4.ts';
import { dial, goOnLine, inVirtualTimeAt, pause, submit } from './device.ts';
import { address } from './given.ts';

const autumn = <T>(run: () => Promise<T>) => inVirtualTimeAt('2008-10-01T12:00', run);

function watched(options: Partial<ConstructorParameters<typeof AuNet>[0]> = {}) {
  const network = new AuNet({ random: seededRandom(1), ...options });
  const sessions: SessionEvent[] = [];
  network.on('session', (event) => sessions.push(event));
  return { network, sessions };
}

describe('a subscriber line', () => {
  it('gives every session an address of its own, the provider’s name servers and gateway', () =>
    autumn(async () => {
      const { network, sessions } = watched();
      const first = await goOnLine(network);
      const second = await goOnLine(network);
      expect(sessions.map(({ address: given }) => formatIpv4(given))).toEqual(['100.64.0.2', '100.64.0.3']);
      expect(await first.host.ping(address('192.0.2.1'))).toBeGreaterThan(300);
      expect(await second.host.ping(address('192.0.2.53'))).toBeGreaterThan(300);
    }));

  it.each(['pap', 'chap-md5', 'any', 'none'] as const)(
    'lets the subscriber in with authentication %s',
    (kind) =>
      autumn(async () => {
        const { network, sessions } = watched({ authentication: kind });
        await goOnLine(network);
        expect(sessions).toMatchObject([
          { state: 'up', user: kind === 'none' ? undefined : 'au@au-win.ne.jp' },
        ]);
      }),
  );

  it.each([0, 0x000a_0000])(
    'asks the device to escape what its line uses itself (map %i), and passes what it escapes',
    (controlCharacters) =>
      autumn(async () => {
        const { network } = watched();
        const line = await goOnLine(network, { controlCharacters });
        const write = vi.spyOn(line.call, 'write');
        await submit(line, {
          server: 'mail.au-net.example',
          port: 25,
          raw: `Subject: flow\r\n\r\n${'\x11\x13'.repeat(100)}\r\n`,
        });
        const sent = Buffer.concat(write.mock.calls.map(([octets]) => octets));
        expect(sent.includes(0x11) || sent.includes(0x13)).toBe(controlCharacters === 0);
        const [mail] = network.mailboxes.all;
        expect(Buffer.from(mail?.raw ?? []).includes('\x11\x13\x11\x13')).toBe(true);
      }),
  );

  it('ends the call after it refused the password, and not before the device was told', () =>
    autumn(async () => {
      const { network } = watched();
      const call = await dial(network.attach({ bands: ['bc3'] }), '#777');
      if (typeof call === 'string') {
        throw new Error(call);
      }
      const order: string[] = [];
      const closed = new Promise<void>((resolve) =>
        call.on('close', (cause) => {
          order.push(`call: ${cause?.message}`);
          resolve();
        }),
      );
      const random = seededRandom(3);
      const link = new PppLink(call, { role: 'client', user: 'au@au-win.ne.jp', password: 'uo', random });
      await link.open().catch((error: Error) => order.push(error.message));
      await closed;
      expect(order).toEqual([
        expect.stringContaining('Authentication was refused'),
        'call: The network ended the call: wrong password.',
      ]);
    }));

  it('ends in order when the device ends it, and the call with it', () =>
    autumn(async () => {
      const { network, sessions } = watched();
      const line = await goOnLine(network);
      const closed = new Promise((resolve) => line.call.on('close', resolve));
      line.host.close();
      await line.link.close();
      expect(await closed).toMatchObject({ code: 'RADIO_CALL_RELEASED' });
      expect(sessions.map(({ state, reason }) => [state, reason])).toEqual([
        ['up', undefined],
        ['down', undefined],
      ]);
    }));

  it('ends in order when the network closes', () =>
    autumn(async () => {
      const { network } = watched();
      const line = await goOnLine(network);
      const down = new Promise((resolve) => line.link.on('down', resolve));
      await network.close();
      expect(await down).toMatchObject({ code: 'PPP_PEER_TERMINATED' });
    }));

  it('gives up on a call that carries no PPP, and closes even then', () =>
    autumn(async () => {
      const { network, sessions } = watched({ quality: { cdma: instantQuality } });
      const attachment = network.attach({ bands: ['bc3'] });
      const closed = new Promise((resolve) =>
        attachment.dial('#777', (outcome) => {
          if (outcome.result === 'connected') {
            outcome.call.on('close', resolve);
            outcome.call.write(Buffer.from('login: '));
          }
        }),
      );
      expect(await closed).toMatchObject({ code: 'RADIO_CALL_RELEASED' });
      expect(sessions).toMatchObject([{ state: 'down', user: undefined }]);
      attachment.dial('#777', () => {});
      await pause(100);
      await network.close();
    }));

  it('says busy-like nothing when addresses run out: the call is released', () => {
    const pool = new AddressPool(ipv4Address(10), 2);
    expect([pool.take(), pool.take(), pool.take()]).toEqual([10, 11, undefined]);
    pool.giveBack(ipv4Address(10));
    expect(pool.take()).toBe(10);
    pool.giveBack(ipv4Address(11));
    pool.giveBack(ipv4Address(10));
    expect([pool.take(), pool.take()]).toEqual([11, 10]);
  });
});
