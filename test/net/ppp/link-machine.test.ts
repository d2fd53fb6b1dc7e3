import { describe, expect, it } from 'vitest';
import { type Ms, ms } from '../../../src/base/units.ts';
import { IpcpServerPolicy } from '../../../src/net/ppp/ipcp-policy.ts';
import type { LinkMachineOptions } from '../../../src/net/ppp/link-machine.ts';
import { encodeControlPacket } from '../../../src/wire/ppp/control-packet.ts';
import { PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';
import {
  clientAddress,
  clientOptions,
  describeWire,
  End,
  Pair,
  serverAddress,
  serverOptions,
} from './pair.ts';

const { lcp, ipcp, pap, chap } = PppProtocol;
const START = ms(1_000_000);
const PEER_MAGIC = '0506deadbeef';

/** One end that the test talks to, packet by packet. */
class Talk {
  readonly end: End;
  now: Ms = START;

  constructor(options: LinkMachineOptions) {
    this.end = new End(options);
    this.end.step({ type: 'open' }, this.now);
  }

  /** What the end has said since it was last asked. */
  heard(): string[] {
    return describeWire(this.end.wire.splice(0));
  }

  say(protocol: number, code: number, identifier: number, hex = ''): this {
    const data = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    this.end.step(
      { type: 'frame', protocol, payload: encodeControlPacket({ code, identifier, data }) },
      this.now,
    );
    return this;
  }

  /** Acknowledges the last Configure-Request of the end. */
  acknowledge(protocol: number): this {
    const request = this.end.wire
      .filter((frame) => frame.protocol === protocol && frame.payload[0] === 1)
      .at(-1);
    const payload = Uint8Array.from(request?.payload ?? []);
    payload[0] = 2;
    this.end.step({ type: 'frame', protocol, payload }, this.now);
    return this;
  }

  openLcp(options = PEER_MAGIC): this {
    this.acknowledge(lcp).say(lcp, 1, 1, options);
    return this;
  }

  /** Lets all timers run out that are due within so many seconds. */
  wait(seconds: number): this {
    const until = this.now + seconds * 1000;
    for (let deadline = this.end.machine.deadline; deadline !== undefined && deadline <= until; ) {
      this.now = ms(Math.max(this.now, deadline));
      this.end.step({ type: 'timeout' }, this.now);
      deadline = this.end.machine.deadline;
    }
    this.now = ms(until);
    return this;
  }

  get code(): string | undefined {
    return this.end.downs[0]?.code;
  }
}

const client = (change: Partial<LinkMachineOptions> = {}) => new Talk(clientOptions(change));
const server = (
  demanded: Parameters<typeof serverOptions>[0] = [],
  change: Partial<LinkMachineOptions> = {},
) => new Talk(serverOptions(demanded, change));

describe('LCP options', () => {
  it('are asked for: control characters bare, magic number, both compressions; as server authentication', () => {
    expect(client().heard()).toEqual([
      expect.stringMatching(/^LCP Configure-Request id 1 <accm 00000000> <magic [0-9a-f]{8}> <pfc> <acfc>$/),
    ]);
    expect(server(['pap']).heard()).toEqual([
      expect.stringMatching(/ <accm 00000000> <auth pap> <magic [0-9a-f]{8}> <pfc> <acfc>$/),
    ]);
  });

  it('are left out when they are rejected, and the link does without', () => {
    const talk = client();
    const [request] = talk.end.wire;
    const options = Buffer.from(request?.payload.subarray(4) ?? []).toString('hex');
    talk.heard();
    talk.say(lcp, 4, 1, options);
    expect(talk.heard()).toEqual(['LCP Configure-Request id 2']);
    talk.say(lcp, 2, 2).say(lcp, 1, 1, '');
    expect(talk.end.machine.phase).toBe('Network');
    expect(talk.end.machine.framing).toEqual({ accm: 0xffff_ffff, pfc: false, acfc: false });
  });

  it('add the control characters that the peer needs escaped', () => {
    const talk = client();
    talk.heard();
    talk.say(lcp, 3, 1, '0206000a0000');
    expect(talk.heard()[0]).toContain('<accm 000a0000>');
  });

  it('take another MRU within reason', () => {
    const talk = client({ mru: 576 });
    expect(talk.heard()[0]).toContain('<mru 576>');
    talk.say(lcp, 3, 1, '01040300');
    expect(talk.heard()[0]).toContain('<mru 768>');
    talk.say(lcp, 3, 2, '01040010');
    expect(talk.heard()[0]).toContain('<mru 768>');
  });

  it('Nak an MRU that is too small and a magic number of zero', () => {
    const talk = client();
    talk.heard();
    talk.say(lcp, 1, 1, '01040010 050600000000');
    expect(talk.heard()).toEqual([
      expect.stringMatching(/^LCP Configure-Nak id 1 <mru 128> <magic (?!00000000)[0-9a-f]{8}>$/),
    ]);
  });

  it('reject what is unknown or of a wrong length, alone', () => {
    const talk = client();
    talk.heard();
    talk.say(lcp, 1, 1, `${PEER_MAGIC} 0d0306 0105000102 07020408c025000000ff`);
    expect(talk.heard()).toEqual([
      'LCP Configure-Reject id 1 <option 13 06> <option 1 000102> <option 4 c025000000ff>',
    ]);
  });
});

describe('authentication by LCP', () => {
  it.each([
    ['MS-CHAPv2', '0305c22381'],
    ['EAP', '0304c227'],
  ])('is not %s: a client suggests what it has', (_, asked) => {
    const talk = client();
    talk.heard();
    talk.say(lcp, 1, 1, asked);
    expect(talk.heard()).toEqual(['LCP Configure-Nak id 1 <auth chap md5>']);
    talk.say(lcp, 1, 2, '0304c023');
    expect(talk.heard()).toEqual(['LCP Configure-Ack id 2 <auth pap>']);
  });

  it('is not for a server to give', () => {
    const talk = server();
    talk.heard();
    talk.say(lcp, 1, 1, '0304c023');
    expect(talk.heard()).toEqual(['LCP Configure-Reject id 1 <auth pap>']);
  });

  it('falls back from CHAP to PAP where the server allows both', () => {
    const talk = server(['chap-md5', 'pap']);
    expect(talk.heard()[0]).toContain('<auth chap md5>');
    talk.say(lcp, 3, 1, '0304c023');
    expect(talk.heard()[0]).toContain('<auth pap>');
  });

  it('falls back to PAP when the peer would rather have MS-CHAP, and ends with the last way', () => {
    // pppd with refuse-chap: it still has MS-CHAP to suggest.
    const talk = server(['chap-md5', 'pap']);
    talk.heard();
    talk.say(lcp, 3, 1, '0305c22381');
    expect(talk.heard()[0]).toContain('<auth pap>');
    talk.say(lcp, 3, 2, '0305c22381');
    expect(talk.heard().at(-1)).toMatch(/^LCP Terminate-Request/);
    talk.say(lcp, 6, 9);
    expect(talk.code).toBe('PPP_AUTH_REJECTED');
  });

  it.each([
    ['rejected', 4, '0305c22305'],
    ['Naked with something else', 3, '0304c023'],
  ])('cannot be done without: the link ends when it is %s', (_, code, hex) => {
    const talk = server(['chap-md5']);
    talk.heard();
    talk.say(lcp, code, 1, hex);
    expect(talk.heard().at(-1)).toMatch(/^LCP Terminate-Request/);
    talk.say(lcp, 6, 9);
    expect(talk.code).toBe('PPP_AUTH_REJECTED');
  });

  it('lets nothing of the network through before it is done', () => {
    const talk = server(['pap']).openLcp();
    talk.heard();
    talk.say(ipcp, 1, 1, '030600000000').say(0x80fd, 1, 1).say(0x0021, 0x45, 0).say(chap, 2, 1, '0100');
    expect(talk.heard()).toEqual([]);
    expect(talk.end.machine.phase).toBe('Authenticate');
  });

  it('ends with the right word when the peer never begins, or never goes on', () => {
    const silent = server(['pap']).openLcp();
    silent.wait(40);
    expect(silent.code).toBe('PPP_NO_ANSWER');
    const client_ = client().openLcp('0304c023');
    client_.wait(40);
    expect(client_.code).toBe('PPP_NO_ANSWER');
  });

  it('ends when the peer rejects the protocol it had agreed to', () => {
    const talk = client().openLcp('0304c023');
    talk.say(lcp, 8, 1, 'c023').say(lcp, 6, 9);
    expect(talk.code).toBe('PPP_NEGOTIATION_FAILED');
  });
});

describe('an open link', () => {
  it('rejects protocols that it does not speak, with as much as the peer takes', () => {
    const talk = server().openLcp('010400a0');
    talk.heard();
    talk.say(0x80fd, 1, 1, '1a04780018047800');
    expect(talk.heard()).toEqual(['LCP Protocol-Reject id 2 protocol 80fd']);
    talk.end.step({ type: 'frame', protocol: 0x8057, payload: new Uint8Array(1000) }, talk.now);
    expect(talk.end.wire[0]?.payload.length).toBe(160);
  });

  it('answers echoes with its own magic number and the same data', () => {
    const talk = server().openLcp();
    talk.heard();
    talk.say(lcp, 9, 0x42, 'deadbeef 313233');
    expect(Buffer.from(talk.end.wire[0]?.payload.subarray(8) ?? []).toString()).toBe('123');
    expect(talk.heard()[0]).toMatch(/^LCP Echo-Reply id 66 magic (?!deadbeef)/);
    talk
      .say(lcp, 9, 1, 'dead')
      .say(lcp, 11, 1, 'deadbeef')
      .say(lcp, 12, 1, 'deadbeef 70')
      .say(lcp, 10, 1, 'deadbeef');
    expect(talk.heard()).toEqual([]);
  });

  it('asks a silent peer three times for an echo, then gives up', () => {
    const talk = server([], { echoInterval: ms(10_000) })
      .openLcp()
      .acknowledge(ipcp);
    talk.say(ipcp, 1, 1, '03060a000002');
    talk.heard();
    talk.wait(49);
    expect(talk.heard().map((line) => line.slice(0, 16))).toEqual(Array(3).fill('LCP Echo-Request'));
    talk.wait(2);
    expect(talk.code).toBe('PPP_LINK_LOST');
    expect(talk.end.machine.deadline).toBeUndefined();
  });

  it('does not ask a peer that it hears', () => {
    const talk = server([], { echoInterval: ms(10_000) })
      .openLcp()
      .acknowledge(ipcp);
    talk.say(ipcp, 1, 1, '03060a000002');
    talk.heard();
    for (let turn = 0; turn < 20; turn += 1) {
      talk.end.machine.hears();
      talk.wait(9);
    }
    expect(talk.heard()).toEqual([]);
  });

  it('finds out that the line has been looped back under it', () => {
    const talk = server([], { echoInterval: ms(10_000) })
      .openLcp()
      .acknowledge(ipcp);
    talk.say(ipcp, 1, 1, '03060a000002');
    talk.heard();
    for (let turn = 0; turn < 6 && talk.code === undefined; turn += 1) {
      talk.wait(10);
      for (const frame of talk.end.wire.splice(0)) {
        talk.end.step({ type: 'frame', ...frame }, talk.now);
      }
    }
    expect(talk.code).toBe('PPP_LOOPBACK');
  });

  it('ends when the peer says so, with an answer', () => {
    const talk = client().openLcp();
    talk.heard();
    talk.say(lcp, 5, 0x21);
    expect(talk.heard()).toEqual(['LCP Terminate-Ack id 33']);
    expect(talk.code).toBe('PPP_PEER_TERMINATED');
  });

  it('ends with what the peer said', () => {
    const talk = client().openLcp();
    talk.say(lcp, 5, 1, Buffer.from('peer refused to authenticate').toString('hex'));
    expect(talk.end.downs[0]?.message).toBe('The peer ended the link: "peer refused to authenticate".');
  });

  it('ends when the peer rejects LCP or one of its codes', () => {
    for (const [code, hex] of [
      [8, 'c021'],
      [7, '01010004'],
    ] as const) {
      const talk = client().openLcp();
      talk.say(lcp, code, 1, hex).wait(10);
      expect(talk.code).toBe('PPP_NEGOTIATION_FAILED');
    }
  });
});

describe('a link that does not come up', () => {
  it('says that nobody answers', () => {
    const talk = client().wait(31);
    expect(talk.code).toBe('PPP_NO_ANSWER');
    expect(talk.end.downs[0]?.evidence).toHaveLength(10);
    expect(talk.end.downs[0]?.advice).toBeDefined();
  });

  it('says that the peer said no, where it did', () => {
    const talk = client().say(lcp, 5, 1).wait(31);
    expect(talk.code).toBe('PPP_PEER_TERMINATED');
  });

  it('gives up on a peer that refuses without end', () => {
    const talk = client();
    for (let identifier = 1; identifier <= 21; identifier += 1) {
      talk.say(lcp, 3, identifier, '050601020304');
    }
    talk.wait(10);
    expect(talk.code).toBe('PPP_NEGOTIATION_FAILED');
  });

  it('gives up after two minutes on a peer that goes round in circles', () => {
    const talk = client();
    for (let second = 0; second < 130 && talk.code === undefined; second += 1) {
      talk.openLcp().wait(1);
      talk.end.wire.splice(0);
    }
    // Each new beginning has its own two minutes; the peer's silence ends them.
    talk.wait(200);
    expect(talk.code).toBeDefined();
  });

  it('says that the line was lost', () => {
    const talk = client();
    const cause = new Error('carrier lost');
    talk.end.step({ type: 'lost', cause }, talk.now);
    expect(talk.code).toBe('PPP_LINK_LOST');
    expect(talk.end.downs[0]?.cause).toBe(cause);
  });
});

describe('IPCP of a client', () => {
  const network = () => {
    const talk = client().openLcp();
    talk.end.wire.splice(0, 2);
    return talk;
  };

  it('asks for address and name servers, and takes what it is given', () => {
    const talk = network();
    expect(talk.heard()).toEqual([
      'IPCP Configure-Request id 1 <address 0.0.0.0> <dns1 0.0.0.0> <dns2 0.0.0.0>',
    ]);
    talk.say(ipcp, 1, 1, '03060a000001').say(ipcp, 3, 1, '03060a000002 81060a000035');
    expect(talk.heard()).toEqual([
      'IPCP Configure-Ack id 1 <address 10.0.0.1>',
      'IPCP Configure-Request id 2 <address 10.0.0.2> <dns1 10.0.0.53> <dns2 0.0.0.0>',
    ]);
    talk.say(ipcp, 2, 2, '03060a000002 81060a000035 830600000000');
    expect(talk.end.ups).toEqual([
      { address: clientAddress, peerAddress: serverAddress, nameServers: [0x0a000035] },
    ]);
  });

  it('takes a name server that is given twice once', () => {
    const talk = network().say(ipcp, 3, 1, '03060a000002 81060a000035 83060a000035').say(ipcp, 1, 1, '');
    talk.acknowledge(ipcp);
    expect(talk.end.ups[0]?.nameServers).toEqual([0x0a000035]);
  });

  it('does without name servers that are rejected', () => {
    const talk = network();
    talk.say(ipcp, 4, 1, '810600000000 830600000000').say(ipcp, 3, 2, '03060a000002').say(ipcp, 1, 1, '');
    talk.acknowledge(ipcp);
    expect(talk.end.ups).toEqual([{ address: clientAddress, peerAddress: 0, nameServers: [] }]);
  });

  it('rejects header compression, and questions it has no answer to', () => {
    const talk = network();
    talk.heard();
    talk.say(ipcp, 1, 1, '03060a000001 0206002d0f01 810600000000');
    expect(talk.heard()).toEqual(['IPCP Configure-Reject id 1 <option 2 002d0f01> <dns1 0.0.0.0>']);
    talk.say(ipcp, 1, 2, '030600000000');
    expect(talk.heard()).toEqual(['IPCP Configure-Reject id 2 <address 0.0.0.0>']);
  });

  it('does not call it a link when there is no address', () => {
    const talk = network();
    talk.acknowledge(ipcp).say(ipcp, 1, 1, '').wait(10);
    expect(talk.end.ups).toEqual([]);
    expect(talk.code).toBe('PPP_NEGOTIATION_FAILED');
  });

  it('ends the link when the peer gives another address in the middle', () => {
    const talk = network();
    talk.say(ipcp, 3, 1, '03060a000002').acknowledge(ipcp).say(ipcp, 1, 1, '03060a000001');
    expect(talk.end.ups).toHaveLength(1);
    talk.say(ipcp, 1, 2, '03060a000001').say(ipcp, 3, 3, '03060a000009').acknowledge(ipcp);
    talk.wait(10);
    expect(talk.code).toBe('PPP_LINK_LOST');
  });

  it('ends the link when the peer rejects, terminates or ignores IPCP', () => {
    expect(network().say(lcp, 8, 1, '8021').wait(10).code).toBe('PPP_NEGOTIATION_FAILED');
    expect(network().wait(40).code).toBe('PPP_NO_ANSWER');
    const terminated = network().say(ipcp, 3, 1, '03060a000002').acknowledge(ipcp).say(ipcp, 1, 1, '');
    terminated.say(ipcp, 5, 7);
    expect(terminated.heard()).toContain('IPCP Terminate-Ack id 7');
    expect(terminated.wait(20).code).toBe('PPP_PEER_TERMINATED');
  });
});

describe('IPCP of a server', () => {
  const network = (nameServers = [0x0a000035] as number[]) => {
    const policy = new IpcpServerPolicy({
      address: serverAddress,
      peerAddress: clientAddress,
      nameServers: nameServers as never,
    });
    const talk = server([], { ipcp: policy }).openLcp();
    talk.heard();
    return talk;
  };

  it.each([
    ['030600000000', 'Configure-Nak id 5 <address 10.0.0.2>'],
    ['0306c0a80105', 'Configure-Nak id 5 <address 10.0.0.2>'],
    ['03060a000002', 'Configure-Ack id 5 <address 10.0.0.2>'],
    ['03060a000002 810600000000', 'Configure-Nak id 5 <dns1 10.0.0.53>'],
    ['03060a000002 830600000000', 'Configure-Reject id 5 <dns2 0.0.0.0>'],
    ['03060a000002 0206002d0f01', 'Configure-Reject id 5 <option 2 002d0f01>'],
    ['010a0a0000020a000001', 'Configure-Reject id 5 <option 1 0a0000020a000001>'],
    ['03050a0000', 'Configure-Reject id 5 <option 3 0a0000>'],
    ['', 'Configure-Nak id 5 <address 10.0.0.2>'],
  ])('answers a request for %s with %s', (hex, answer) => {
    expect(network().say(ipcp, 1, 5, hex).heard()).toEqual([`IPCP ${answer}`]);
  });

  it('stays with its own address', () => {
    const talk = network();
    talk.say(ipcp, 3, 1, '03060a000009');
    expect(talk.heard()).toEqual(['IPCP Configure-Request id 2 <address 10.0.0.1>']);
  });
});

describe('what a link tells', () => {
  it('is one line for each control packet, without secrets', () => {
    const pair = new Pair(clientOptions(), serverOptions(['pap']));
    pair.open();
    pair.run(() => pair.isUp);
    const story = pair.toString();
    expect(story).toContain('client sent PAP Authenticate-Request id 1 user "kadec" password ********');
    expect(story).toContain('server received PAP Authenticate-Request id 1 user "kadec" password ********');
    expect(story).not.toContain('tsuchi');
  });

  it('says what was discarded', () => {
    const talk = client();
    talk.say(pap, 2, 1, '00');
    expect(talk.end.lines).toContain('received PAP Authenticate-Ack id 1 (discarded)');
  });
});
