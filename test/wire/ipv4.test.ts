import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeIpv4,
  encodeIpv4,
  formatIpv4,
  ipv4Address,
  isFragment,
  isMulticastOrBroadcast,
  parseIpv4,
} from '../../src/wire/ipv4.ts';
import { isMalformed } from '../../src/wire/malformed.ts';
import { withHeaderChecksum } from './header-checksum.ts';

const anyAddress = fc.integer({ min: 0, max: 0xffff_ffff }).map(ipv4Address);
const fields = {
  source: ipv4Address(0x0a4d0002),
  destination: ipv4Address(0x0a4d0001),
  protocol: 6,
  identification: 99,
};

describe('an IPv4 address', () => {
  it('reads and writes dotted decimal', () => {
    expect(parseIpv4('210.196.3.183')).toBe(0xd2c403b7);
    expect(formatIpv4(ipv4Address(0xd2c403b7))).toBe('210.196.3.183');
    fc.assert(fc.property(anyAddress, (address) => parseIpv4(formatIpv4(address)) === address));
  });

  it('is nothing else', () => {
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '1.2.3.-4',
      '01.2.3.4',
      '1.2.3.4 ',
      '0x1.2.3.4',
    ]) {
      expect(parseIpv4(text)).toBeUndefined();
    }
  });

  it('is one of many hosts from 224.0.0.0 on', () => {
    expect(
      ['223.255.255.255', '224.0.0.1', '255.255.255.255']
        .map(parseIpv4)
        .map((address) => (address === undefined ? undefined : isMulticastOrBroadcast(address))),
    ).toEqual([false, true, true]);
  });
});

describe('an IPv4 packet', () => {
  it('reads as it was written', () => {
    fc.assert(
      fc.property(
        anyAddress,
        anyAddress,
        fc.nat(255),
        fc.nat(65_535),
        fc.uint8Array(),
        (source, destination, protocol, identification, payload) => {
          const packet = encodeIpv4(
            { source, destination, protocol, identification, timeToLive: 17 },
            payload,
          );
          expect(decodeIpv4(packet)).toMatchObject({
            source,
            destination,
            protocol,
            identification,
            timeToLive: 17,
            dontFragment: true,
            moreFragments: false,
            fragmentOffset: 0,
          });
          const decoded = decodeIpv4(packet);
          expect(isMalformed(decoded) || Buffer.from(decoded.payload).equals(payload)).toBe(true);
        },
      ),
    );
  });

  it('reads a header that another implementation made', () => {
    // Of vector tcp-05-syn-no-mss in fixtures/vectors/ppp.json.
    const packet = Buffer.from('45000028000740004006262d0a4d00020a4d0001', 'hex');
    const whole = Buffer.concat([packet, Buffer.alloc(20)]);
    expect(decodeIpv4(whole)).toMatchObject({ protocol: 6, timeToLive: 64, dontFragment: true });
  });

  it('ends at Total Length, whatever the link added', () => {
    const packet = Buffer.concat([encodeIpv4(fields, Buffer.from('abc')), Buffer.alloc(7)]);
    const decoded = decodeIpv4(packet);
    expect(isMalformed(decoded) ? decoded : String(decoded.payload)).toBe('abc');
  });

  it('has its options skipped', () => {
    const plain = encodeIpv4(fields, Buffer.from('....abc'));
    const packet = withHeaderChecksum(Buffer.from(plain), (header) => {
      header[0] = 0x46;
    });
    const decoded = decodeIpv4(packet);
    expect(isMalformed(decoded) ? decoded : String(decoded.payload)).toBe('abc');
  });

  it('is known as a fragment: the first, one in the middle, the last', () => {
    const bits = [0x2000, 0x2010, 0x0020, 0x4000];
    const found = bits.map((value) => {
      const packet = withHeaderChecksum(Buffer.from(encodeIpv4(fields, Buffer.alloc(8))), (header) =>
        header.writeUInt16BE(value, 6),
      );
      const decoded = decodeIpv4(packet);
      return isMalformed(decoded) ? decoded : isFragment(decoded);
    });
    expect(found).toEqual([true, true, true, false]);
  });

  it('is malformed with a reason', () => {
    const good = Buffer.from(encodeIpv4(fields, Buffer.from('abc')));
    const damaged = (change: (packet: Buffer) => unknown) => {
      const packet = Buffer.from(good);
      change(packet);
      return packet;
    };
    const reasons = [
      good.subarray(0, 19),
      damaged((packet) => packet.writeUInt8(0x65, 0)),
      damaged((packet) => packet.writeUInt8(0x44, 0)),
      damaged((packet) => packet.writeUInt8(0x4f, 0)),
      damaged((packet) => packet.writeUInt16BE(100, 2)),
      damaged((packet) => packet.writeUInt16BE(19, 2)),
      damaged((packet) => packet.writeUInt8(63, 8)),
    ].map((packet) => decodeIpv4(packet));
    expect(reasons).toEqual([
      { malformed: 'shorter than an IPv4 header' },
      { malformed: 'not IP version 4' },
      { malformed: 'IPv4 header length out of range' },
      { malformed: 'IPv4 header length out of range' },
      { malformed: 'IPv4 total length past the end' },
      { malformed: 'IPv4 header length out of range' },
      { malformed: 'IPv4 header checksum' },
    ]);
  });

  it('never makes the decoder throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => void decodeIpv4(octets)));
  });
});
