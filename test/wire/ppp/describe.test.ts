import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describePacket } from '../../../src/wire/ppp/describe.ts';
import { PppProtocol } from '../../../src/wire/ppp/protocol-number.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const lines: [protocol: number, octets: string, line: string][] = [
  [
    PppProtocol.lcp,
    '0101 001b 010405dc 0206000a0000 0305c22305 05061c2d3e4f 0702 0802',
    'LCP Configure-Request id 1 <mru 1500> <accm 000a0000> <auth chap md5> <magic 1c2d3e4f> <pfc> <acfc>',
  ],
  [PppProtocol.lcp, '0431 0007 0d0306', 'LCP Configure-Reject id 49 <option 13 06>'],
  [PppProtocol.lcp, '0102 000a 0305c22380', 'LCP Configure-Request id 2 <auth c22380>'],
  [PppProtocol.lcp, '0102 0008 03040000', 'LCP Configure-Request id 2 <auth 0000>'],
  [PppProtocol.lcp, '0102 0008 0100dead', 'LCP Configure-Request id 2 <malformed 0100dead>'],
  [PppProtocol.lcp, '0503 0008 62796521', 'LCP Terminate-Request id 3 "bye!"'],
  [PppProtocol.lcp, '0804 000a 80fd 01010004', 'LCP Protocol-Reject id 4 protocol 80fd'],
  [PppProtocol.lcp, '0905 0008 1c2d3e4f', 'LCP Echo-Request id 5 magic 1c2d3e4f'],
  [PppProtocol.lcp, '0c06 000b 00000000 707070', 'LCP Identification id 6 magic 00000000 "ppp"'],
  [PppProtocol.lcp, '4207 0004', 'LCP code 66 id 7'],
  [PppProtocol.lcp, '0107 0400', 'LCP packet with a wrong length'],
  [
    PppProtocol.ipcp,
    '0301 001a 03060a000002 81060a000035 83060a000135 0206002d0f01',
    'IPCP Configure-Nak id 1 <address 10.0.0.2> <dns1 10.0.0.53> <dns2 10.0.1.53> <option 2 002d0f01>',
  ],
  [PppProtocol.ccp, '0101 0004', 'CCP Configure-Request id 1'],
  [PppProtocol.pap, '0101 000c 026162 03736563', 'PAP Authenticate-Request id 1 user "ab" password ********'],
  [PppProtocol.pap, '0201 0007 026f6b', 'PAP Authenticate-Ack id 1 "ok"'],
  [PppProtocol.chap, '0109 000a 0212 34 6e6173', 'CHAP Challenge id 9 name "nas" (value of 2 octets)'],
  [PppProtocol.chap, '0409 0006 6e6f', 'CHAP Failure id 9 "no"'],
  [0x8057, '0101 0004', 'IPV6CP Configure-Request id 1'],
  [0x4021, '010203', 'protocol 4021, 3 octets'],
];

it.each(lines)('protocol %x, %s is shown as: %s', (protocol, octets, line) => {
  const bytes = hex(octets);
  // The length field is set to what there is, save where it is what the line is about.
  if (!line.includes('wrong length') && protocol !== 0x4021) {
    bytes.writeUInt16BE(bytes.length, 2);
  }
  expect(describePacket(protocol, bytes)).toBe(line);
});

it('shows any octets in one line of bounded length', () => {
  const protocol = fc.constantFrom(...Object.values(PppProtocol), 0x1234);
  const packet = fc.tuple(fc.nat({ max: 15 }), fc.uint8Array({ maxLength: 1500 })).map(([code, data]) => {
    const octets = Buffer.concat([Buffer.from([code, 1, 0, 0]), data]);
    octets.writeUInt16BE(octets.length, 2);
    return octets;
  });
  fc.assert(
    fc.property(protocol, fc.oneof(packet, fc.uint8Array({ maxLength: 40 })), (number, octets) => {
      const line = describePacket(number, octets);
      expect(line).not.toMatch(/[^\x20-\x7e]/);
      expect(line.length).toBeLessThan(1000);
    }),
  );
});
