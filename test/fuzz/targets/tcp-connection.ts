/** The TCP machine: a peer that sends any segment, a user that does anything. */
import assert from 'node:assert/strict';
import type { Random } from '../../../src/base/random.ts';
import { type Ms, ms } from '../../../src/base/units.ts';
import { TcpConnection } from '../../../src/net/tcp/connection.ts';
import { type TcpSegment, tcpFlags } from '../../../src/wire/tcp-segment.ts';
import { segment } from '../corpus/packets.ts';
import { type FuzzTarget, latin1, onceIn, pick } from '../target.ts';

const OWN_INITIAL = 0xffff_ffd0;
const PEER_INITIAL = 0xffff_fff0;
const BUFFER_BYTES = 3000;
/** What one event can set free at the very most: a buffer of smallest segments, and acknowledgments. */
const MOST_SEGMENTS_AT_ONCE = BUFFER_BYTES / 64 + 32;
const LONGEST_PAYLOAD = 1460;
/** Two minutes of user time-out, doubled pauses, TIME-WAIT: far below this. */
const LONGEST_LIFE_MS = 60 * 60_000;
const MOST_TICKS = 500;

function opened(isPassive: boolean): TcpConnection {
  const connection = new TcpConnection({
    localPort: 50_000,
    remotePort: 25,
    initialSequence: OWN_INITIAL,
    mtu: 1500,
    mru: 1500,
    sendBufferBytes: BUFFER_BYTES,
    receiveBufferBytes: BUFFER_BYTES,
    synTimeout: ms(60_000),
  });
  if (isPassive) {
    connection.listen(segment({ flags: tcpFlags.syn, sequence: PEER_INITIAL, mss: 1460 }), ms(0));
  } else {
    connection.open(ms(0));
  }
  return connection;
}

/** A segment near what is right, or anything. */
function anySegment(random: Random, octets: Uint8Array, heard: TcpSegment | undefined): TcpSegment {
  const near = (right: number) =>
    (onceIn(random, 5) ? random.integer(0, 0xffff_ffff) : right + random.integer(-3, 4000)) >>> 0;
  const isFitting = heard !== undefined && onceIn(random, 2);
  const from = random.integer(0, octets.length);
  return segment({
    sequence: isFitting && heard.acknowledgment !== 0 ? heard.acknowledgment : near(PEER_INITIAL),
    acknowledgment: isFitting ? (heard.sequence + heard.payload.length + 1) >>> 0 : near(OWN_INITIAL),
    flags: pick(random, [
      tcpFlags.ack,
      tcpFlags.ack,
      tcpFlags.ack | tcpFlags.psh,
      tcpFlags.ack | tcpFlags.fin,
      tcpFlags.syn | tcpFlags.ack,
      tcpFlags.syn,
      random.integer(0, 0xff),
    ]),
    window: pick(random, [0, 1, 50, 500, 3000, 65_535]),
    mss: pick(random, [undefined, undefined, 0, 1, 536, 65_535]),
    payload: octets.subarray(from, from + random.integer(0, LONGEST_PAYLOAD)),
  });
}

/** Takes what the connection sends. @returns the last of it */
function collect(connection: TcpConnection, now: number): TcpSegment | undefined {
  let last: TcpSegment | undefined;
  let count = 0;
  for (;;) {
    const next = connection.nextSegment(ms(now));
    if (next === undefined) {
      break;
    }
    count += 1;
    assert.ok(count < MOST_SEGMENTS_AT_ONCE, 'segments without end');
    assert.ok(next.payload.length <= LONGEST_PAYLOAD, `${next.payload.length} octets in a segment`);
    last = next;
  }
  assert.ok(connection.heldBytes <= BUFFER_BYTES, `${connection.heldBytes} octets held for the reader`);
  assert.ok(connection.unacknowledgedBytes <= BUFFER_BYTES, `${connection.unacknowledgedBytes} octets held`);
  assert.ok(connection.deadline >= now, 'a deadline in the past');
  return last;
}

/** What the user may do to end it; rarely, as the other cases say little afterwards. */
const endings: readonly ((connection: TcpConnection, now: Ms) => void)[] = [
  (connection) => connection.close(),
  (connection, now) => connection.detach(now),
  ...Array.from({ length: 8 }, () => () => {}),
];

export const tcpConnection: FuzzTarget = {
  name: 'tcp-connection',
  corpus: [latin1('220 mail.example.jp ESMTP\r\n'.repeat(100)), new Uint8Array(5000), latin1('.\r\n')],
  attempt({ octets, pieces, random }) {
    const connection = opened(onceIn(random, 2));
    let now = 0;
    let heard = collect(connection, now);
    const events = Math.min(80, 10 + pieces.length);
    for (let count = 0; count < events; count += 1) {
      switch (random.integer(0, 9)) {
        case 0:
          connection.write(octets.subarray(0, random.integer(0, 4000)));
          break;
        case 1:
          connection.read();
          break;
        case 2:
          now += random.integer(0, 70_000);
          if (now >= connection.deadline) {
            connection.timePasses(ms(now));
          }
          break;
        case 3:
          pick(random, endings)(connection, ms(now));
          break;
        case 4:
          connection.packetTooBig(pick(random, [0, 1, 68, 576, 1500, 65_535]));
          break;
        default:
          connection.segmentArrives(anySegment(random, octets, heard), ms(now));
      }
      heard = collect(connection, now) ?? heard;
    }
    connection.detach(ms(now));
    collect(connection, now);
    const silentSince = now;
    for (let ticks = 0; connection.state !== 'CLOSED'; ticks += 1) {
      assert.ok(ticks < MOST_TICKS, `in ${connection.state} for ever`);
      now = connection.deadline;
      assert.ok(now - silentSince < LONGEST_LIFE_MS, `in ${connection.state} for ever`);
      connection.timePasses(ms(now));
      collect(connection, now);
    }
  },
  endless: [
    {
      name: 'data ahead of the order',
      piece: new Uint8Array(1000),
      open() {
        const connection = opened(true);
        connection.nextSegment(ms(0));
        let sequence = PEER_INITIAL + 10;
        return (payload: Uint8Array) => {
          sequence += 1;
          const early = segment({
            sequence: sequence >>> 0,
            acknowledgment: (OWN_INITIAL + 1) >>> 0,
            payload,
          });
          connection.segmentArrives(early, ms(0));
          collect(connection, 0);
        };
      },
    },
    {
      name: 'data that nobody reads',
      piece: new Uint8Array(1000),
      open() {
        const connection = opened(true);
        connection.nextSegment(ms(0));
        let sequence = PEER_INITIAL + 1;
        return (payload: Uint8Array) => {
          const next = segment({
            sequence: sequence >>> 0,
            acknowledgment: (OWN_INITIAL + 1) >>> 0,
            payload,
          });
          sequence += payload.length;
          connection.segmentArrives(next, ms(0));
          collect(connection, 0);
        };
      },
    },
  ],
};
