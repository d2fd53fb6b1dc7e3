import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumOf, sumPseudoHeader, sumWords } from '../../src/wire/internet-checksum.ts';
import { decodeIpv4, ipv4Address } from '../../src/wire/ipv4.ts';
import { isMalformed } from '../../src/wire/malformed.ts';
import {
  decodeTcp,
  encodeTcp,
  formatTcpFlags,
  type TcpSegment,
  tcpFlags,
} from '../../src/wire/tcp-segment.ts';

const source = ipv4Address(0x0a4d0002);
const destination = ipv4Address(0x0a4d0001);

function payloadOf(packet: Uint8Array): Buffer {
  const decoded = decodeIpv4(packet);
  return isMalformed(decoded) ? Buffer.alloc(0) : Buffer.from(decoded.payload);
}

const u16 = fc.nat(65_535);
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const anySegment: fc.Arbitrary<TcpSegment> = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  sequence: u32,
  acknowledgment: u32,
  flags: fc.nat(0x3f),
  window: u16,
  mss: fc.option(u16, { nil: undefined }),
  payload: fc.uint8Array().map((octets) => Buffer.from(octets)),
});

/** A SYN with these option octets, its checksum right. */
function synWithOptions(options: readonly number[]): Buffer {
  const header = Buffer.alloc(20 + options.length);
  header.writeUInt16BE(40_000, 0);
  header.writeUInt16BE(587, 2);
  header[12] = (header.length / 4) << 4;
  header[13] = tcpFlags.syn;
  header.set(options, 20);
  const sum = sumWords(header, 0, header.length, sumPseudoHeader(source, destination, 6, header.length));
  header.writeUInt16BE(checksumOf(sum), 16);
  return header;
}

const mssOf = (options: readonly number[]) => {
  const decoded = decodeTcp(synWithOptions(options), source, destination);
  return isMalformed(decoded) ? decoded : decoded.mss;
};

describe('a TCP segment', () => {
  it('reads as it was written', () => {
    fc.assert(
      fc.property(anySegment, (segment) => {
        const packet = encodeTcp(segment, source, destination, 1);
        expect(decodeTcp(payloadOf(packet), source, destination)).toEqual(segment);
      }),
    );
  });

  it('reads a SYN that another implementation made', () => {
    // Of vector tcp-05-syn-no-mss in fixtures/vectors/ppp.json.
    const octets = Buffer.from('9c46024bffffffff0000000050022000dcb40000', 'hex');
    expect(decodeTcp(octets, source, destination)).toMatchObject({
      sourcePort: 40_006,
      destinationPort: 587,
      sequence: 0xffff_ffff,
      flags: tcpFlags.syn,
      window: 8192,
      mss: undefined,
    });
  });

  it('finds the MSS among other options, and skips those', () => {
    expect(mssOf([2, 4, 5, 180])).toBe(1460);
    expect(mssOf([1, 1, 2, 4, 2, 24, 0, 0])).toBe(536);
    expect(mssOf([8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 3, 3, 7, 1, 4, 2, 2, 4, 5, 180])).toBe(1460);
    expect(mssOf([])).toBeUndefined();
  });

  it('ends the options where End of Option List, or a broken length, says so', () => {
    expect(mssOf([0, 0, 0, 0, 2, 4, 5, 180])).toBeUndefined();
    expect(mssOf([9, 0, 2, 4, 5, 180, 0, 0])).toBeUndefined();
    expect(mssOf([9, 1, 2, 4, 5, 180, 0, 0])).toBeUndefined();
    expect(mssOf([9, 40, 2, 4, 5, 180, 0, 0])).toBeUndefined();
    expect(mssOf([1, 1, 1, 2])).toBeUndefined();
    expect(mssOf([2, 3, 5, 0])).toBeUndefined();
    expect(mssOf([1, 1, 2, 4])).toBeUndefined();
  });

  it('is malformed with a reason', () => {
    const good = synWithOptions([]);
    const offset = (value: number) => {
      const segment = Buffer.from(good);
      segment[12] = value << 4;
      return segment;
    };
    expect([
      decodeTcp(good.subarray(0, 19), source, destination),
      decodeTcp(offset(4), source, destination),
      decodeTcp(offset(6), source, destination),
      decodeTcp(good, source, ipv4Address(1)),
    ]).toEqual([
      { malformed: 'shorter than a TCP header' },
      { malformed: 'TCP data offset out of range' },
      { malformed: 'TCP data offset out of range' },
      { malformed: 'TCP checksum' },
    ]);
  });

  it('notices any single bit that was flipped', () => {
    const good = payloadOf(
      encodeTcp(
        {
          sourcePort: 1,
          destinationPort: 2,
          sequence: 3,
          acknowledgment: 4,
          flags: 16,
          window: 5,
          mss: undefined,
          payload: Buffer.from('odd'),
        },
        source,
        destination,
        1,
      ),
    );
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const damaged = Buffer.from(good);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isMalformed(decodeTcp(damaged, source, destination))).toBe(true);
    }
  });

  it('never makes the decoder throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => void decodeTcp(octets, source, destination)),
    );
  });

  it('has its control bits named', () => {
    expect(formatTcpFlags(tcpFlags.syn | tcpFlags.ack)).toBe('SYN,ACK');
    expect(formatTcpFlags(tcpFlags.rst)).toBe('RST');
  });
});
