/** A peer that sends anything: the machine never throws, never runs without end, never outgrows its buffers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../../src/base/units.ts';
import { TcpConnection } from '../../../src/net/tcp/connection.ts';
import { type TcpSegment, tcpFlags } from '../../../src/wire/tcp-segment.ts';

const OWN_INITIAL = 0xffff_ffd0;
const PEER_INITIAL = 0xffff_fff0;
const BUFFER_BYTES = 3000;
/** What one event can set free at the very most: a buffer of smallest segments, and acknowledgments. */
const MAX_SEGMENTS_AT_ONCE = BUFFER_BYTES / 64 + 32;

type Step =
  | { readonly do: 'segment'; readonly segment: TcpSegment }
  | { readonly do: 'write'; readonly count: number }
  | { readonly do: 'wait'; readonly duration: number }
  | { readonly do: 'read' | 'close' | 'detach' };

/** Near what is right, or anywhere. */
const numberNear = (initial: number) =>
  fc.oneof(
    fc.integer({ min: -3, max: 4000 }).map((distance) => (initial + distance) >>> 0),
    fc.integer({ min: 0, max: 0xffff_ffff }),
  );

const anySegment: fc.Arbitrary<TcpSegment> = fc.record({
  sourcePort: fc.constant(25),
  destinationPort: fc.constant(50_000),
  sequence: numberNear(PEER_INITIAL),
  acknowledgment: numberNear(OWN_INITIAL),
  flags: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(tcpFlags.ack, tcpFlags.ack | tcpFlags.psh) },
    { weight: 1, arbitrary: fc.nat(0x3f) },
  ),
  window: fc.constantFrom(0, 1, 50, 500, 3000, 65_535),
  mss: fc.option(fc.constantFrom(0, 1, 536, 65_535), { nil: undefined }),
  payload: fc.nat(1500).map((count) => new Uint8Array(count)),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('segment' as const), segment: anySegment }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), count: fc.nat(4000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), duration: fc.nat(70_000) }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'read' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'close' }, { do: 'detach' }) },
);

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
  const syn: TcpSegment = {
    sourcePort: 25,
    destinationPort: 50_000,
    sequence: PEER_INITIAL,
    acknowledgment: (OWN_INITIAL + 1) >>> 0,
    flags: isPassive ? tcpFlags.syn : tcpFlags.syn | tcpFlags.ack,
    window: 3000,
    mss: 1460,
    payload: new Uint8Array(0),
  };
  if (isPassive) {
    connection.listen(syn, ms(0));
  } else {
    connection.open(ms(0));
    connection.nextSegment(ms(0));
    connection.segmentArrives(syn, ms(0));
  }
  return connection;
}

describe('a connection with a hostile peer', () => {
  it('keeps its bounds, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (isPassive, steps) => {
        const connection = opened(isPassive);
        let now = ms(0);
        for (const action of steps) {
          if (action.do === 'segment') {
            connection.segmentArrives(action.segment, now);
          } else if (action.do === 'write') {
            connection.write(new Uint8Array(action.count));
          } else if (action.do === 'wait') {
            now = ms(now + action.duration);
            if (now >= connection.deadline) {
              connection.timePasses(now);
            }
          } else if (action.do === 'read') {
            connection.read();
          } else if (action.do === 'close') {
            connection.close();
          } else {
            connection.detach(now);
          }
          let count = 0;
          for (
            let next = connection.nextSegment(now);
            next !== undefined;
            next = connection.nextSegment(now)
          ) {
            count += 1;
            expect(count).toBeLessThan(MAX_SEGMENTS_AT_ONCE);
            expect(next.payload.length).toBeLessThanOrEqual(1460);
          }
          expect(connection.heldBytes).toBeLessThanOrEqual(BUFFER_BYTES);
          expect(connection.unacknowledgedBytes).toBeLessThanOrEqual(BUFFER_BYTES);
          expect(connection.deadline).toBeGreaterThanOrEqual(now);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
