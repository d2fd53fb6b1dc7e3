import { describe, expect, it } from 'vitest';
import { pppCapture } from '../../src/serial/ppp-capture.ts';

/** LCP Configure-Request id 50 <accomp> <magic>, from fixtures/vectors/ppp.json. */
const FRAME = '7eff7d23c0217d21327d207d2a7d257d26deadbeef36a07e';

function capture(feed: (tap: ReturnType<typeof pppCapture>) => void): Buffer[] {
  const blocks: Buffer[] = [];
  feed(pppCapture((octets) => blocks.push(Buffer.from(octets))));
  return blocks.slice(2);
}

describe('a capture of the line', () => {
  it('keeps each frame with its direction, without flags, escapes and FCS', () => {
    const blocks = capture((tap) => {
      tap.sent(Buffer.from(FRAME, 'hex'));
      tap.received(Buffer.from(FRAME, 'hex'));
    });
    const packets = blocks.map((block) => block.subarray(28, 28 + block.readUInt32LE(20)).toString('hex'));
    expect(packets).toEqual(['01ff03c0210132000a0506deadbeef', '00ff03c0210132000a0506deadbeef']);
  });

  it('does not mind how the bytes are cut', () => {
    const octets = Buffer.from(`0d0a434f4e4e4543540d0a${FRAME}`, 'hex');
    const whole = capture((tap) => tap.sent(octets));
    const single = capture((tap) => {
      for (const octet of octets) {
        tap.sent(Uint8Array.of(octet));
      }
    });
    expect(single.map((block) => block.subarray(28))).toEqual(whole.map((block) => block.subarray(28)));
    expect(whole).toHaveLength(1);
  });

  it('is a whole file before the first frame', () => {
    const blocks: Uint8Array[] = [];
    pppCapture((octets) => blocks.push(octets));
    expect(Buffer.concat(blocks).readUInt32LE(0)).toBe(0x0a0d0d0a);
    expect(blocks).toHaveLength(2);
  });
});
