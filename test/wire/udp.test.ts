import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIpv4, ipv4Address } from '../../src/wire/ipv4.ts';
import { isMalformed } from '../../src/wire/malformed.ts';
import { decodeUdp, encodeUdp } from '../../src/wire/udp.ts';

const source = ipv4Address(0x0a4d0002);
const destination = ipv4Address(0x0a4d0001);

function payloadOf(packet: Uint8Array): Buffer {
  const decoded = decodeIpv4(packet);
  return isMalformed(decoded) ? Buffer.alloc(0) : Buffer.from(decoded.payload);
}

describe('a UDP datagram', () => {
  it('reads as it was written, also with an odd length', () => {
    fc.assert(
      fc.property(fc.nat(65_535), fc.nat(65_535), fc.uint8Array(), (sourcePort, destinationPort, octets) => {
        const payload = Buffer.from(octets);
        const packet = encodeUdp({ sourcePort, destinationPort, payload }, source, destination, 1);
        expect(decodeUdp(payloadOf(packet), source, destination)).toEqual({
          sourcePort,
          destinationPort,
          payload,
        });
      }),
    );
  });

  it('is sent with a checksum of all ones when it comes out as zero', () => {
    for (let value = 0; value < 65_536; value += 1) {
      const payload = Uint8Array.from([value >>> 8, value & 0xff]);
      const packet = encodeUdp({ sourcePort: 0, destinationPort: 0, payload }, source, destination, 1);
      if (packet[26] === 0xff && packet[27] === 0xff) {
        return;
      }
      expect([packet[26], packet[27]]).not.toEqual([0, 0]);
    }
    expect.unreachable('no payload made the checksum zero');
  });

  const good = payloadOf(
    encodeUdp({ sourcePort: 53, destinationPort: 4000, payload: Buffer.from('abc') }, source, destination, 1),
  );

  it('may come without a checksum', () => {
    const bare = Buffer.from(good);
    bare.writeUInt16BE(0, 6);
    expect(decodeUdp(bare, source, destination)).toMatchObject({ payload: Buffer.from('abc') });
  });

  it('ends at its own length', () => {
    const padded = Buffer.concat([good, Buffer.from('padding')]);
    expect(decodeUdp(padded, source, destination)).toMatchObject({ payload: Buffer.from('abc') });
  });

  it('is malformed with a reason', () => {
    const long = Buffer.from(good);
    long.writeUInt16BE(50, 4);
    const short = Buffer.from(good);
    short.writeUInt16BE(7, 4);
    expect([
      decodeUdp(good.subarray(0, 7), source, destination),
      decodeUdp(long, source, destination),
      decodeUdp(short, source, destination),
      decodeUdp(good, source, ipv4Address(1)),
    ]).toEqual([
      { malformed: 'shorter than a UDP header' },
      { malformed: 'UDP length out of range' },
      { malformed: 'UDP length out of range' },
      { malformed: 'UDP checksum' },
    ]);
  });

  it('never makes the decoder throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => void decodeUdp(octets, source, destination)),
    );
  });
});
