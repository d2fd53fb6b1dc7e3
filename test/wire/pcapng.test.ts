import { describe, expect, it } from 'vitest';
import { ms } from '../../src/base/units.ts';
import {
  enhancedPacket,
  interfaceDescription,
  LINKTYPE_PPP_WITH_DIR,
  sectionHeader,
} from '../../src/wire/pcapng.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('pcapng', () => {
  it('opens a section of unknown length', () => {
    expect(hex(sectionHeader())).toBe('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000');
  });

  it('describes an interface by link type and name', () => {
    expect(hex(interfaceDescription(LINKTYPE_PPP_WITH_DIR, 'ppp0'))).toBe(
      `0100000020000000cc0000000000000002000400${Buffer.from('ppp0').toString('hex')}0000000020000000`,
    );
  });

  it('stamps a packet with microseconds and pads it to 32 bits', () => {
    const block = Buffer.from(
      enhancedPacket({ interfaceId: 0, at: ms(1_222_700_400_000.5), packet: Uint8Array.of(1, 0xc0, 0x21) }),
    );
    const high = BigInt(block.readUInt32LE(12));
    const low = BigInt(block.readUInt32LE(16));
    expect((high << 32n) | low).toBe(1_222_700_400_000_500n);
    expect([block.readUInt32LE(20), hex(block.subarray(28, 32)), block.length]).toEqual([3, '01c02100', 36]);
  });

  it('carries a comment', () => {
    const block = Buffer.from(
      enhancedPacket({ interfaceId: 0, at: ms(0), packet: Uint8Array.of(1), comment: 'ATD*99**24#' }),
    );
    expect(block.toString('latin1')).toContain('ATD*99**24#');
    expect(block.readUInt32LE(4)).toBe(block.length);
  });
});
