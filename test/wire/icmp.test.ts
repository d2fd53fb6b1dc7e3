import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIcmp, decodeQuotedFlow, encodeIcmpEcho, encodeIcmpUnreachable } from '../../src/wire/icmp.ts';
import { internetChecksum } from '../../src/wire/internet-checksum.ts';
import { encodeIpv4, ipv4Address } from '../../src/wire/ipv4.ts';
import { isMalformed } from '../../src/wire/malformed.ts';
import { encodeTcp } from '../../src/wire/tcp-segment.ts';
import { withHeaderChecksum } from './header-checksum.ts';

const source = ipv4Address(0x0a4d0001);
const destination = ipv4Address(0xc0000219);

describe('an ICMP echo', () => {
  it('reads as it was written', () => {
    const type = fc.constantFrom('echo-request' as const, 'echo-reply' as const);
    fc.assert(
      fc.property(
        type,
        fc.nat(65_535),
        fc.nat(65_535),
        fc.uint8Array(),
        (kind, identifier, sequence, octets) => {
          const echo = { type: kind, identifier, sequence, data: Buffer.from(octets) };
          expect(decodeIcmp(encodeIcmpEcho(echo))).toEqual(echo);
        },
      ),
    );
  });
});

const segment = encodeTcp(
  {
    sourcePort: 49_152,
    destinationPort: 25,
    sequence: 0xfedc_ba98,
    acknowledgment: 0,
    flags: 2,
    window: 8192,
    mss: 1460,
    payload: new Uint8Array(0),
  },
  source,
  destination,
  1,
);

describe('an ICMP destination unreachable', () => {
  it('quotes the header and 8 octets, which say whose packet it was', () => {
    const message = decodeIcmp(encodeIcmpUnreachable(13, segment));
    expect(message).toMatchObject({ type: 'destination-unreachable', code: 13, nextHopMtu: 0 });
    const quoted = !isMalformed(message) && message.type === 'destination-unreachable' ? message.quoted : [];
    expect(quoted).toHaveLength(28);
    expect(decodeQuotedFlow(Uint8Array.from(quoted))).toEqual({
      source,
      destination,
      protocol: 6,
      sourcePort: 49_152,
      destinationPort: 25,
      sequence: 0xfedc_ba98,
    });
  });

  it('quotes options too', () => {
    const packet = withHeaderChecksum(
      Buffer.from(encodeIpv4({ source, destination, protocol: 17, identification: 1 }, Buffer.alloc(20))),
      (header) => {
        header[0] = 0x47;
      },
    );
    const message = decodeIcmp(encodeIcmpUnreachable(3, packet));
    expect(message).toMatchObject({ quoted: packet.subarray(0, 36) });
  });

  it('tells the MTU of the next hop, with code 4 only', () => {
    for (const [code, mtu] of [
      [4, 1280],
      [3, 0],
    ] as const) {
      const message = Buffer.from(encodeIcmpUnreachable(code, segment));
      message.writeUInt16BE(1280, 6);
      message.writeUInt16BE(0, 2);
      message.writeUInt16BE(internetChecksum(message), 2);
      expect(decodeIcmp(message)).toMatchObject({ nextHopMtu: mtu });
    }
  });

  it('may quote something that is no packet', () => {
    expect(decodeQuotedFlow(new Uint8Array(0))).toEqual({ malformed: 'quoted packet is not IPv4' });
    expect(decodeQuotedFlow(segment.subarray(0, 27))).toEqual({ malformed: 'quoted packet is cut short' });
  });
});

describe('ICMP octets', () => {
  it('are malformed with a reason', () => {
    const echo = Buffer.from(
      encodeIcmpEcho({ type: 'echo-request', identifier: 1, sequence: 2, data: Buffer.from('x') }),
    );
    expect(decodeIcmp(echo.subarray(0, 7))).toEqual({ malformed: 'shorter than an ICMP header' });
    echo[8] = 0;
    expect(decodeIcmp(echo)).toEqual({ malformed: 'ICMP checksum' });
  });

  it('of other types are known as such', () => {
    const message = Buffer.from(
      encodeIcmpEcho({ type: 'echo-request', identifier: 1, sequence: 2, data: Buffer.alloc(0) }),
    );
    message[0] = 11;
    message.writeUInt16BE(0, 2);
    message.writeUInt16BE(internetChecksum(message), 2);
    expect(decodeIcmp(message)).toEqual({ type: 'other', icmpType: 11 });
  });

  it('never make the decoders throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
        decodeIcmp(octets);
        decodeQuotedFlow(octets);
      }),
    );
  });
});
