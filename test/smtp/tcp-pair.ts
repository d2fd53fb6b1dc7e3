/** Connections of our own TCP between two hosts, over a link that takes its time. */
import type { Duplex } from 'node:stream';
import { seededRandom } from '../../src/base/random.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { memoryLink } from '../net/memory-link.ts';
import type { ConnectedPair } from './scripted-server.ts';

const DELAY_MS = 200;

/** @param lossEvery every so manieth packet is lost; none by default */
export function tcpPair(lossEvery?: number): ConnectedPair {
  const accepted: Duplex[] = [];
  let packets = 0;
  const passes = () => {
    packets += 1;
    return lossEvery === undefined || packets % lossEvery !== 0;
  };
  const [here, there] = memoryLink({ delayMs: DELAY_MS, passes });
  const near = new IpHost({ link: here, address: ipv4Address(0x0a4d0001), random: seededRandom(2) });
  new IpHost({
    link: there,
    address: 'any',
    random: seededRandom(3),
    onSyn: () => ({ verdict: 'accept', onSocket: (socket) => accepted.push(socket), allowHalfOpen: true }),
  });
  return async () => {
    const client = await near.connect({ address: ipv4Address(0xc0000219), port: 587 });
    for (let waited = 0; accepted.length === 0 && waited < 60; waited += 1) {
      await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    }
    const server = accepted.shift();
    if (server === undefined) {
      throw new Error('the server never saw the connection established');
    }
    return [client, server];
  };
}
