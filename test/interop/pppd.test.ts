import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { IpHost } from '../../src/net/ip-host.ts';
import { type IpAssignment, PppLink, type PppServerOptions } from '../../src/net/ppp/ppp-link.ts';
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../src/wire/ipv4.ts';
import { ECHO_PORT, PppdPeer, reasonToSkip } from './pppd-peer.ts';

const reason = reasonToSkip();
if (reason !== undefined) {
  process.stderr.write(`skipped: ${reason}\n`);
}

let peer: PppdPeer | undefined;
afterEach(() => peer?.stop());

function ip(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === undefined) {
    throw new Error(text);
  }
  return address;
}

async function dial(options: string): Promise<PppLink> {
  peer = await PppdPeer.start(options);
  const random = seededRandom(Date.now());
  return new PppLink(peer, { role: 'client', user: 'kadec', password: 'tsuchi', random });
}

async function answer(options: string, authentication: PppServerOptions['authentication']): Promise<PppLink> {
  peer = await PppdPeer.start(options);
  return new PppLink(peer, {
    role: 'server',
    authentication,
    secretOf: (user) => (user === 'kadec' ? 'tsuchi' : undefined),
    address: ip('10.5.0.1'),
    peerAddress: ip('10.5.0.2'),
    nameServers: [ip('10.5.0.53'), ip('10.5.0.54')],
    random: seededRandom(Date.now()),
  });
}

/** Sends octets to pppd's machine and expects them back. */
async function expectEcho(link: PppLink, { address, peerAddress }: IpAssignment): Promise<void> {
  const host = new IpHost({
    link,
    address,
    random: seededRandom(1),
    onSyn: () => ({
      verdict: 'accept',
      allowHalfOpen: true,
      onSocket: (socket) => socket.on('error', () => {}).pipe(socket),
    }),
  });
  const socket = await host.connect({ address: peerAddress, port: ECHO_PORT }, { allowHalfOpen: true });
  const data = Buffer.from(seededRandom(2).octets(30_000));
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.end(data);
  await once(socket, 'end');
  expect(Buffer.concat(parts).equals(data)).toBe(true);
  // And the other way round: a connection that the peer opens.
  await peer?.waitFor('heard: hello from pppd');
  expect(link.counters).toMatchObject({ badFcs: 0, oversize: 0, runt: 0 });
  host.close();
}

describe.skipIf(reason !== undefined)('pppd as server', () => {
  it.each([
    ['no authentication', 'noauth'],
    ['PAP', 'require-pap'],
    ['CHAP', 'require-chap'],
  ])('lets the client in with %s, carries TCP, and lets it go', async (_, option) => {
    const link = await dial(`10.5.0.1:10.5.0.2 ms-dns 10.5.0.53 ${option} lcp-echo-interval 1`);
    const assignment = await link.open();
    expect(formatIpv4(assignment.address)).toBe('10.5.0.2');
    expect(assignment.nameServers.map(formatIpv4)).toEqual(['10.5.0.53']);
    await expectEcho(link, assignment);
    await link.close();
    await peer?.waitFor('LCP terminated by peer');
  });

  it('that wants MS-CHAP gets no client', async () => {
    const link = await dial('10.5.0.1:10.5.0.2 require-mschap-v2');
    await expect(link.open()).rejects.toMatchObject({
      code: 'PPP_PEER_TERMINATED',
      message: 'The peer ended the link: "peer refused to authenticate".',
    });
  });
});

describe.skipIf(reason !== undefined)('pppd as client', () => {
  const login = 'noauth user kadec password tsuchi usepeerdns noipdefault';

  it.each(['pap', 'chap-md5', 'any', 'none'] as const)(
    'is let in (%s) and carries TCP',
    async (authentication) => {
      const link = await answer(`${login} mru 576 lcp-echo-interval 1`, authentication);
      const assignment = await link.open();
      expect(link.user).toBe(authentication === 'none' ? undefined : 'kadec');
      expect(link.mtu).toBe(576);
      await expectEcho(link, assignment);
      expect(peer?.log).toContain('primary   DNS address 10.5.0.53');
      expect(peer?.log).toContain('secondary DNS address 10.5.0.54');
      await link.close();
    },
  );

  it.each(['pap', 'chap-md5'] as const)('is refused with a wrong password (%s)', async (authentication) => {
    const link = await answer('noauth user kadec password kaze noipdefault', authentication);
    await expect(link.open()).rejects.toMatchObject({ code: 'PPP_AUTH_REJECTED' });
    await peer?.waitFor('pppd ended with status 19');
  });

  it('is refused when it will not use CHAP', async () => {
    const link = await answer(`${login} refuse-chap`, 'chap-md5');
    await expect(link.open()).rejects.toMatchObject({ code: 'PPP_AUTH_REJECTED' });
  });

  it('ends the link when it is told to', async () => {
    const link = await answer(`${login} maxconnect 2`, 'any');
    const down = once(link, 'down');
    await link.open();
    expect(await down).toMatchObject([{ code: 'PPP_PEER_TERMINATED' }]);
  });
});
