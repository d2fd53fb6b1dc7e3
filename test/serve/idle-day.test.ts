/** A subscriber line that is up for a day without a word but LCP echoes, asked for by both ends. */
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { hours, ms, seconds } from '../../src/base/units.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { PppLink } from '../../src/net/ppp/ppp-link.ts';
import { parseIpv4 } from '../../src/wire/ipv4.ts';
import { atStation, pause } from './given.ts';
import { MemoryOffer } from './memory-offer.ts';

/** pppd's recipe in the guide: lcp-echo-interval 30. */
const ECHO_INTERVAL = seconds(30);

it('keeps the call, the session and the address, and still carries TCP', { timeout: 120_000 }, () =>
  atStation(async (side) => {
    const offer = new MemoryOffer();
    side.addLine('one', offer);
    const dte = offer.open();
    let heard = '';
    const onData = (bytes: Uint8Array) => {
      heard += Buffer.from(bytes).toString('latin1');
    };
    dte.on('data', onData);
    await pause(seconds(10));
    dte.write(Buffer.from('ATD*99***1#\r'));
    while (!heard.includes('CONNECT')) {
      await pause(ms(100));
    }
    dte.off('data', onData);
    const random = seededRandom(4);
    const link = new PppLink(dte, {
      role: 'client',
      user: 'user@au.au-net.ne.jp',
      password: 'au',
      random,
      echoIntervalMs: ECHO_INTERVAL,
    });
    const { address, nameServers } = await link.open();
    const lost: unknown[] = [];
    link.on('down', (cause) => lost.push(cause));
    const { frames: before } = link.counters;

    await pause(hours(24));

    expect(lost).toEqual([]);
    expect([side.sessions.up, side.sessions.opened]).toEqual([1, 1]);
    expect(link.counters.frames - before).toBeGreaterThan(hours(24) / ECHO_INTERVAL / 2);
    const host = new IpHost({ link, address, nameServers, random });
    const submission = { address: parseIpv4('203.0.113.25') ?? address, port: 587 };
    const socket = await host.connect(submission);
    const greeting = await new Promise((resolve) => socket.once('data', resolve));
    expect(String(greeting)).toMatch(/^220 mail\.north-one\.example/);
    socket.destroy();
    await link.close();
  }),
);
