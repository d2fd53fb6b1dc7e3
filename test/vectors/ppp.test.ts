import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HdlcEncoder } from '../../src/wire/hdlc-encoder.ts';
import { ipv4Address } from '../../src/wire/ipv4.ts';
import { encodeTcp, type TcpSegment, tcpFlags } from '../../src/wire/tcp-segment.ts';
import { encodeUdp } from '../../src/wire/udp.ts';
import { ppp } from './ppp.ts';

const fixture = new URL('../../fixtures/vectors/ppp.json', import.meta.url);

async function differencesOf(document: unknown): Promise<string[]> {
  const differences: string[] = [];
  for await (const { name, difference } of ppp.run(document)) {
    if (difference !== undefined) {
      differences.push(`${name}: ${difference}`);
    }
  }
  return differences;
}

const encoder = new HdlcEncoder();
const frame = (protocol: number, packet: Uint8Array | string) =>
  Buffer.from(
    encoder.encode(
      protocol,
      typeof packet === 'string' ? Buffer.from(packet.replaceAll(' ', ''), 'hex') : packet,
      { accm: 0xffff_ffff, pfc: false, acfc: false },
    ),
  ).toString('hex');

const sut = ipv4Address(0x0a4d0001);
const peer = ipv4Address(0x0a4d0002);
const segment = (fields: Partial<TcpSegment>) =>
  frame(
    0x21,
    encodeTcp(
      {
        sourcePort: 40_001,
        destinationPort: 587,
        sequence: 1000,
        acknowledgment: 0,
        flags: tcpFlags.syn,
        window: 8192,
        mss: undefined,
        payload: new Uint8Array(0),
        ...fields,
      },
      peer,
      sut,
      7,
    ),
  );

interface Own {
  readonly id: string;
  readonly state: string;
  readonly role?: string;
  readonly in: string | readonly string[];
  readonly expect: Readonly<Record<string, unknown>>;
}

/** The rules around those of the file, in its format. */
const own: readonly Own[] = [
  {
    id: 'Nak of a magic number of zero',
    state: 'lcp-req-sent',
    in: frame(0xc021, '0140 000a 0506 00000000'),
    expect: { reply: { proto: 'c021', code: 3, id: 64, option: 5, magic: 'nonzero' } },
  },
  {
    id: 'Reject before Nak, and nothing else in it',
    state: 'lcp-req-sent',
    in: frame(0xc021, '0140 0011 0d03ff 0506 00000000 01040040'),
    expect: { reply: { code: 4, id: 64, data_hex: '0d03ff' }, reply_count: 1 },
  },
  {
    id: 'Reject of an option with a wrong length',
    state: 'lcp-req-sent',
    in: frame(0xc021, '0141 000d 0103ff 0506 01020304'),
    expect: { reply: { code: 4, id: 65, data_hex: '0103ff' } },
  },
  {
    id: 'Reject of what has an impossible length',
    state: 'lcp-req-sent',
    in: frame(0xc021, '0141 000c 0702 0500 deadbeef'),
    expect: { reply: { code: 4, data_hex: '0500deadbeef' } },
  },
  {
    id: 'padding beyond the length',
    state: 'lcp-req-sent',
    in: frame(0xc021, '0142 000a 0506 deadbeef 000000'),
    expect: { reply: { code: 2, id: 66, data_hex: '0506deadbeef', length: 10 } },
  },
  {
    id: 'an Ack to no request of ours',
    state: 'lcp-req-sent',
    in: frame(0xc021, '02fe 000a 0506 deadbeef'),
    expect: { no_reply: true, link_down: false },
  },
  {
    id: 'an echo before LCP is Opened',
    state: 'lcp-req-sent',
    in: frame(0xc021, '0970 0008 00000000'),
    expect: { no_reply: true },
  },
  {
    id: 'an unknown code',
    state: 'lcp-opened',
    in: frame(0xc021, '4277 0008 01020304'),
    expect: { reply: { code: 7, data_hex: '4277000801020304' } },
  },
  {
    id: 'an unknown protocol, LCP Opened',
    state: 'lcp-opened',
    in: frame(0x8057, '0101 0004'),
    expect: { reply: { proto: 'c021', code: 8, data_hex: '805701010004', rejected_proto: '8057' } },
  },
  {
    id: 'an unknown protocol during authentication',
    state: 'auth-pap',
    in: frame(0x80fd, '0101 0004'),
    expect: { no_reply_code: 8 },
  },
  {
    id: 'a Terminate-Request',
    state: 'lcp-opened',
    in: frame(0xc021, '0533 0004'),
    expect: { reply: { code: 6, id: 51 }, link_down: true },
  },
  {
    id: 'a Configure-Request in Opened',
    state: 'network',
    in: frame(0xc021, '0150 000a 0506 deadbee0'),
    expect: { replies: [{ code: 2, id: 80 }, { code: 1 }], no_proto: ['8021'] },
  },
  {
    id: 'an echo during authentication',
    state: 'auth-chap',
    in: frame(0xc021, '0905 000b deadbeef 313233'),
    expect: { reply: { code: 10, id: 5, magic: 'sut', echo_hex: '313233', data_suffix_hex: '313233' } },
  },
  {
    id: 'a wrong password',
    state: 'auth-pap',
    role: 'server',
    in: frame(0xc023, '0151 000f 0475736572 0566616c7365'),
    expect: {
      replies: [
        { code: 3, id: 81, pap_msg_len_prefixed: true },
        { proto: 'c021', code: 5 },
      ],
    },
  },
  {
    id: 'an Authenticate-Request whose lengths do not fit',
    state: 'auth-pap',
    role: 'server',
    in: frame(0xc023, '0151 000f 0475736572 0666616c7365'),
    expect: { no_reply: true },
  },
  {
    id: 'a challenge of five octets',
    state: 'auth-chap',
    role: 'client',
    in: frame(0xc223, '0109 000d 05 0102030405 6e6173'),
    expect: { reply: { proto: 'c223', code: 2, id: 9, value_len: 16, name: 'user' } },
  },
  {
    id: 'Reject of Van Jacobson compression alone',
    state: 'network-ipcp-starting',
    in: frame(0x8021, '0162 0010 0306 0a4d0002 0206 002d0f01'),
    expect: { reply: { proto: '8021', code: 4, id: 98, data_hex: '0206002d0f01' } },
  },
  {
    id: 'name servers',
    state: 'network-ipcp-starting',
    role: 'server',
    in: frame(0x8021, '0163 0016 0306 0a4d0002 8106 00000000 8306 00000000'),
    expect: { reply: { code: 3, id: 99, options: [129, 131], nonzero_addr: true } },
  },
  {
    id: 'the address that is meant for the peer',
    state: 'network-ipcp-starting',
    in: frame(0x8021, '0164 000a 0306 0a4d0002'),
    expect: { reply: { code: 2, id: 100 } },
  },
  {
    id: 'CCP',
    state: 'network',
    in: frame(0x80fd, '0101 0009 1a0478001804'),
    expect: { reply: { code: 8, data_prefix_hex: '80fd' } },
  },
  {
    id: 'a closed TCP port',
    state: 'network',
    in: segment({ destinationPort: 9 }),
    expect: { tcp: { flags: 'ACK,RST', seq: 0, ack: 1001, sport: 9, dport: 40_001 } },
  },
  {
    id: 'an ACK without a connection',
    state: 'network',
    in: segment({ flags: tcpFlags.ack, acknowledgment: 4711 }),
    expect: { tcp: { flags: ['RST', 'RST,ACK'], seq: 4711, len_max: 0 }, no_icmp: true },
  },
  {
    id: 'a SYN with an MSS',
    state: 'network',
    in: segment({ mss: 1000 }),
    expect: { tcp: { flags: 'SYN,ACK', ack: 1001, mss: 1460, window_min: 1 } },
  },
  {
    id: 'a closed UDP port',
    state: 'network',
    in: frame(
      0x21,
      encodeUdp({ sourcePort: 5000, destinationPort: 5001, payload: Buffer.from('x') }, peer, sut, 9),
    ),
    expect: { icmp: { type: 3, code: 3 }, no_udp: true, none_of: [{ tcp: {} }] },
  },
];

const documentOf = (vectors: readonly Own[]) => ({
  vectors: vectors.map(({ id, state, role = 'any', in: octets, expect: expected }) => ({
    id,
    state,
    sut_role: role,
    in_hex: octets,
    expect: expected,
  })),
});

describe('the PPP vectors', () => {
  it('all pass, with their scenarios', async () => {
    expect(await differencesOf(JSON.parse(readFileSync(fixture, 'utf8')))).toEqual([]);
  });

  it.each(own)('$id', async (vector) => {
    expect(await differencesOf(documentOf([vector]))).toEqual([]);
  });

  it('have scenarios for what else a TCP has to show', async () => {
    const ids = ['retransmission', 'syn-lost', 'fast-retransmit', 'time-wait', 'simultaneous-close'];
    const more = ['challenge-ack', 'overlap', 'sequence-wrap', 'old-segment', 'rst-in-established'];
    const stateful = [...ids, ...more].map((id) => ({ id: `tcp-s0-${id}`, steps: 'see the scenario' }));
    expect(await differencesOf({ stateful })).toEqual([]);
  });
});

describe('a vector that says something unknown', () => {
  const good = own[0];

  it.each([
    ['an expectation', { expect: { applause: true } }],
    ['nothing expected', { expect: { note: 'just look' } }],
    ['a fact', { expect: { reply: { colour: 'red' } } }],
    ['a state', { state: 'lcp-asleep' }],
    ['odd hexadecimal', { in: '7e7' }],
  ])('fails with a sentence: %s', async (_, change) => {
    const differences = await differencesOf(documentOf(good ? [{ ...good, ...change }] : []));
    expect(differences).toHaveLength(2);
    expect(differences[0]).toMatch(/: .*\.$/);
  });

  it('fails with a sentence: a scenario', async () => {
    const differences = await differencesOf({ stateful: [{ id: 'tcp-s99-telepathy', steps: 'think' }] });
    expect(differences[0]).toBe(
      'tcp-s99-telepathy (server): This runner knows no scenario "tcp-s99-telepathy".',
    );
  });
});

describe('a vector whose expectation is not met', () => {
  it('says what came instead', async () => {
    const [vector] = own;
    const differences = await differencesOf(
      documentOf(vector ? [{ ...vector, expect: { reply: { proto: 'c021', code: 2 } } }] : []),
    );
    expect(differences[0]).toContain(
      'expected reply {"proto":"c021","code":2}, got \n  c021 proto=c021 code=3',
    );
  });
});
