import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuthenticationProtocol } from '../../../src/wire/ppp/lcp-option.ts';
import { clientAddress, clientOptions, nameServer, Pair, serverAddress, serverOptions } from './pair.ts';

const demands: readonly (readonly AuthenticationProtocol[])[] = [
  ['chap-md5'],
  ['pap'],
  ['chap-md5', 'pap'],
  [],
];

/** Whether both ends are up with what the server gives. */
function expectUp(pair: Pair): void {
  expect(pair.isUp, pair.toString()).toBe(true);
  expect(pair.client.ups).toEqual([
    { address: clientAddress, peerAddress: serverAddress, nameServers: [nameServer] },
  ]);
  expect(pair.server.ups).toHaveLength(1);
  expect([...pair.client.downs, ...pair.server.downs]).toEqual([]);
}

describe('two machines', () => {
  it.each(demands.map((demanded) => ({ demanded })))(
    'come up in every interleaving of their frames: $demanded',
    ({ demanded }) => {
      // All orders of the first ten deliveries, then the client's first.
      for (let order = 0; order < 1024; order += 1) {
        const pair = new Pair(clientOptions(), serverOptions(demanded));
        pair.open();
        let step = 0;
        pair.run(
          () => pair.isUp,
          () => {
            step += 1;
            return step <= 10 && (order >>> (step - 1)) & 1 ? 'server' : 'client';
          },
        );
        expectUp(pair);
        expect(pair.now).toBe(1_000_000);
      }
    },
  );

  it('come up whichever begins first, and however long the other waits', () => {
    for (const first of ['client', 'server'] as const) {
      const pair = new Pair(clientOptions(), serverOptions());
      const second = first === 'client' ? 'server' : 'client';
      pair[first].step({ type: 'open' }, pair.now);
      while (pair[first].wire.length < 5) {
        pair.tick();
      }
      pair[second].step({ type: 'open' }, pair.now);
      pair.run(() => pair.isUp);
      expectUp(pair);
    }
  });

  it('come up whatever the line loses, in whatever order it carries', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...demands),
        fc.array(fc.boolean(), { maxLength: 30 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        (demanded, order, losses) => {
          const pair = new Pair(clientOptions(), serverOptions(demanded));
          const orders = order.values();
          const lost = losses.values();
          pair.open();
          pair.run(
            () => pair.isUp,
            () => (orders.next().value ? 'server' : 'client'),
            () => lost.next().value ?? false,
          );
          expectUp(pair);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('go down together, whatever the line loses', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('client', 'server'),
        fc.array(fc.boolean(), { maxLength: 6 }),
        (first, losses) => {
          const pair = new Pair(clientOptions(), serverOptions());
          const lost = losses.values();
          pair.open();
          pair.run(() => pair.isUp);
          pair[first].step({ type: 'close' }, pair.now);
          pair.run(
            () => pair.isDown,
            () => 'client',
            () => lost.next().value ?? false,
          );
          expect(pair[first].downs.map(({ code }) => code)).toEqual(['PPP_CLOSED']);
          expect(pair[first].machine.deadline).toBeUndefined();
          // The other hears of it unless both Terminate-Requests were lost.
          const other = pair[first === 'client' ? 'server' : 'client'];
          expect(['PPP_PEER_TERMINATED', undefined]).toContain(other.downs[0]?.code);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('begin anew when one of them sends a Configure-Request, and keep their addresses', () => {
    const pair = new Pair(clientOptions(), serverOptions());
    pair.open();
    pair.run(() => pair.isUp);
    // As after a reset of the client's LCP: the same line, a new negotiation.
    const again = new Pair(clientOptions(), serverOptions());
    again.client.step({ type: 'open' }, again.now);
    const [request] = again.client.wire;
    pair.server.step({ type: 'frame', ...(request ?? { protocol: 0, payload: new Uint8Array() }) }, pair.now);
    expect(pair.server.machine.passesIp).toBe(false);
    pair.run(() => pair.isUp);
    expectUp(pair);
  });

  it('do without what the other rejects', () => {
    // A server with other wishes than the client's: an MRU, a map, no name server.
    const pair = new Pair(
      clientOptions({ mru: 576, accm: 0x000a_0000 }),
      serverOptions(['pap'], { mru: 1000 }),
    );
    pair.open();
    pair.run(() => pair.isUp);
    expectUp(pair);
    expect(pair.server.machine.peerMru).toBe(576);
    expect(pair.server.machine.framing).toEqual({ accm: 0x000a_0000, pfc: true, acfc: true });
    expect(pair.client.machine.peerMru).toBe(1000);
    expect(pair.client.machine.ownMru).toBe(576);
  });

  it('carry IP only when both are up', () => {
    const pair = new Pair(clientOptions(), serverOptions());
    const packet = { type: 'frame', protocol: 0x21, payload: Uint8Array.of(0x45) } as const;
    pair.open();
    pair.server.step(packet, pair.now);
    expect(pair.server.delivered).toHaveLength(0);
    pair.run(() => pair.isUp);
    pair.server.step(packet, pair.now);
    expect(pair.server.delivered).toHaveLength(1);
  });
});
