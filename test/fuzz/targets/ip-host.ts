/** An IP host, whole, in virtual time: packets of any kind, and a peer that answers nearly right. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../../src/base/random.ts';
import { ms } from '../../../src/base/units.ts';
import { inVirtualTime } from '../../../src/base/virtual-time.ts';
import { IpHost } from '../../../src/net/ip-host.ts';
import { TcpError } from '../../../src/net/tcp-error.ts';
import { decodeIpv4, ipProtocols } from '../../../src/wire/ipv4.ts';
import { isMalformed } from '../../../src/wire/malformed.ts';
import { decodeTcp, encodeTcp, tcpFlags } from '../../../src/wire/tcp-segment.ts';
import { MemoryLink } from '../../net/memory-link.ts';
import { deviceAddress, packets, peerAddress, repaired } from '../corpus/packets.ts';
import { mutant } from '../mutate.ts';
import { type FuzzCase, type FuzzTarget, latin1, onceIn, pick } from '../target.ts';

const MOST_EVENTS = 40;
const MTU = 1500;
const MOST_CONNECTIONS = 256;

/** Keeps what is sent; the test says what comes. */
class HeldLink extends MemoryLink {
  override send(packet: Uint8Array): boolean {
    assert.ok(packet.length <= MTU, `a packet of ${packet.length} octets`);
    assert.ok(!isMalformed(decodeIpv4(packet)), 'a packet that is not right');
    this.sent.push(packet);
    return this.sent.length < 8;
  }
}

function hostOn(link: HeldLink): IpHost {
  return new IpHost({
    link,
    address: deviceAddress,
    random: seededRandom(5),
    nameServers: [peerAddress],
    onSyn: ({ destination }) =>
      destination.port === 25
        ? {
            verdict: 'accept',
            onSocket(socket) {
              socket.on('error', () => {});
              socket.write('220 mail.example.jp\r\n');
              socket.pipe(socket);
            },
          }
        : { verdict: 'reset' },
  });
}

/** An answer to a segment that is right but for what the case wants to be wrong. */
function answerTo(packet: Uint8Array, { octets, random }: FuzzCase): Uint8Array | undefined {
  const ip = decodeIpv4(packet);
  if (isMalformed(ip) || ip.protocol !== ipProtocols.tcp) {
    return undefined;
  }
  const asked = decodeTcp(ip.payload, ip.source, ip.destination);
  if (isMalformed(asked)) {
    return undefined;
  }
  const isSyn = (asked.flags & tcpFlags.syn) !== 0;
  const from = random.integer(0, octets.length);
  const taken = asked.payload.length + (asked.flags & (tcpFlags.syn | tcpFlags.fin) ? 1 : 0);
  return encodeTcp(
    {
      sourcePort: asked.destinationPort,
      destinationPort: asked.sourcePort,
      sequence: isSyn ? 0xffff_fff0 : asked.acknowledgment,
      acknowledgment: (asked.sequence + taken) >>> 0,
      flags: isSyn
        ? tcpFlags.syn | tcpFlags.ack
        : pick(random, [
            tcpFlags.ack,
            tcpFlags.ack,
            tcpFlags.ack | tcpFlags.fin,
            tcpFlags.rst | tcpFlags.ack,
          ]),
      window: pick(random, [0, 1, 536, 5840, 65_535]),
      mss: isSyn ? pick(random, [undefined, 0, 1, 536, 1460]) : undefined,
      payload: isSyn ? new Uint8Array(0) : octets.subarray(from, from + random.integer(0, 600)),
    },
    ip.destination,
    ip.source,
    1,
  );
}

async function play(given: FuzzCase): Promise<void> {
  const { octets, random } = given;
  const link = new HeldLink();
  const host = hostOn(link);
  const ends = [
    host.connect({ address: peerAddress, port: 587 }).then((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {});
      socket.write(latin1('EHLO kadec\r\n'));
      setTimeout(() => socket.end(), 30_000);
    }),
    host.resolve('mail.example.jp'),
    host.ping(peerAddress),
  ].map((promise) => promise.catch((error: unknown) => assert.ok(error instanceof Error)));
  const events = random.integer(1, MOST_EVENTS);
  for (let count = 0; count < events; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, pick(random, [0, 0, 1, 40, 300, 5000])));
    const sent = pick(random, link.sent.length === 0 ? [octets] : link.sent);
    const answer = onceIn(random, 3) ? undefined : answerTo(sent, given);
    const packet = answer ?? (count === 0 ? octets : mutant(random, [...packets, octets]));
    const damaged = onceIn(random, 3) ? mutant(random, [packet]) : packet;
    link.emit('packet', onceIn(random, 6) ? damaged : repaired(damaged));
    assert.ok(host.connections <= MOST_CONNECTIONS, `${host.connections} connections`);
    if (onceIn(random, 3)) {
      link.sent.length = 0;
      link.emit('drain');
    }
  }
  host.close();
  await Promise.all(ends);
  await assert.rejects(host.connect({ address: peerAddress, port: 1 }), TcpError);
}

export const ipHost: FuzzTarget = {
  name: 'ip-host',
  corpus: packets,
  cpuMs: 1000,
  attempt: (given) => inVirtualTime({ startAt: ms(0), random: given.random }, () => play(given)),
  endless: [
    flood('handshakes', tcpFlags.syn),
    flood('segments without connection', tcpFlags.ack),
    { name: 'echo requests', piece: packets[5] ?? new Uint8Array(84), open: listening },
  ],
};

function listening() {
  const link = new HeldLink();
  const host = hostOn(link);
  return (packet: Uint8Array) => {
    if (packet.length === 0) {
      host.close();
      return;
    }
    link.emit('packet', packet);
    link.sent.length = 0;
    assert.ok(host.connections <= MOST_CONNECTIONS);
  };
}

/** Segments from ever other ports. */
function flood(name: string, flags: number) {
  return {
    name,
    piece: latin1('x'.repeat(250)),
    // 64 handshakes with their sockets.
    heldBytes: 1024 * 1024,
    open() {
      const push = listening();
      let port = 1024;
      return (payload: Uint8Array) => {
        if (payload.length === 0) {
          push(payload);
          return;
        }
        port = port === 0xffff ? 1024 : port + 1;
        const fields = { sequence: 1, acknowledgment: 0, flags, window: 5840, mss: undefined, payload };
        push(encodeTcp({ ...fields, sourcePort: port, destinationPort: 25 }, peerAddress, deviceAddress, 1));
      };
    },
  };
}
