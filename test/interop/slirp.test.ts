import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { ms } from '../../src/base/units.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { PppLink } from '../../src/net/ppp/ppp-link.ts';
import { formatIpv4, parseIpv4 } from '../../src/wire/ipv4.ts';
import { ECHO_PORT, reasonToSkip, SLIRP_HOST, SlirpPeer } from './slirp-peer.ts';

const reason = reasonToSkip();
if (reason !== undefined) {
  process.stderr.write(`skipped: ${reason}\n`);
}

let peer: SlirpPeer | undefined;
afterEach(() => peer?.stop());

async function dial(options: readonly string[], password = 'tsuchi') {
  peer = await SlirpPeer.start(options, 'tsuchi');
  const lines: string[] = [];
  const link = new PppLink(peer, {
    role: 'client',
    user: 'kadec',
    password,
    random: seededRandom(Date.now()),
    echoIntervalMs: ms(500),
    trace: ({ direction, text }) => lines.push(`${direction} ${text}`),
  });
  return { link, lines };
}

/** The echo server needs a moment to begin. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      return await attempt();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return attempt();
}

describe.skipIf(reason !== undefined)(
  `slirp as PPP server${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    it.each([
      ['no authentication', []],
      ['PAP', ['+pap']],
      ['CHAP', ['+chap']],
    ])('lets the client in with %s, and lets it go in order', async (_, options) => {
      const { link, lines } = await dial(options);
      const { address, peerAddress } = await link.open();
      expect([formatIpv4(address), formatIpv4(peerAddress)]).toEqual(['10.0.2.15', SLIRP_HOST]);
      expect(link.mtu).toBe(1500);
      // Header compression and CCP are not for us.
      expect(lines).toContain('> IPCP Configure-Reject id 1 <option 2 002d0f01>');
      expect(lines.some((line) => /> LCP Protocol-Reject .* protocol 80fd/.test(line))).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 1800));
      expect(lines.some((line) => line.startsWith('< LCP Echo-Reply'))).toBe(true);
      await link.close();
      expect(lines.at(-1)).toBe('- PPP down: PPP_CLOSED');
      expect(lines.some((line) => line.startsWith('< LCP Terminate-Ack'))).toBe(true);
    });

    it.each([['+pap'], ['+chap']])('refuses a wrong password (%s)', async (option) => {
      const { link } = await dial([option], 'kaze');
      await expect(link.open()).rejects.toMatchObject({ code: 'PPP_AUTH_REJECTED' });
    });

    it('carries TCP: what is sent comes back whole', async () => {
      const { link } = await dial(['+chap']);
      const { address } = await link.open();
      const host = new IpHost({ link, address, random: seededRandom(1) });
      const destination = parseIpv4(SLIRP_HOST);
      if (destination === undefined) {
        throw new Error('the address of the test is wrong');
      }
      const socket = await patiently(() =>
        host.connect({ address: destination, port: ECHO_PORT }, { allowHalfOpen: true }),
      );
      const data = Buffer.from(seededRandom(2).octets(500_000));
      const parts: Buffer[] = [];
      socket.on('data', (part: Buffer) => parts.push(part));
      socket.end(data);
      await once(socket, 'end');
      expect(Buffer.concat(parts).equals(data)).toBe(true);
      expect(link.counters).toMatchObject({ badFcs: 0, oversize: 0, runt: 0 });
      host.close();
      await link.close();
    });
  },
);
