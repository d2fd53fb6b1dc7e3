import { describe, expect, it } from 'vitest';
import { LineCapture } from '../../src/serve/line-capture.ts';
import { HdlcEncoder } from '../../src/wire/hdlc-encoder.ts';
import { DEFAULT_FRAMING } from '../../src/wire/hdlc-framing.ts';
import { capturedPackets } from '../../src/wire/pcapng.ts';

const frame = new HdlcEncoder().encode(0xc021, Uint8Array.of(1, 1, 0, 4), DEFAULT_FRAMING);

/** A capture of one line. @returns what is packed into it, by interface */
function captured(controlCharacters = 0) {
  const blocks: Buffer[] = [];
  let isOnline = false;
  const tap = new LineCapture((octets) => blocks.push(Buffer.from(octets))).tap('modem', () => ({
    isOnline,
    controlCharacters,
  }));
  /** pcapng section 4.3: an enhanced packet block has type 6, the interface at 8, the length at 20, the packet at 28. */
  const packets = () =>
    blocks
      .filter((block) => block.readUInt32LE(0) === 6)
      .map((block) => ({
        interfaceId: block.readUInt32LE(8),
        packet: block.subarray(28, 28 + block.readUInt32LE(20)),
      }));
  return {
    tap,
    goOnline: (now: boolean) => {
      isOnline = now;
    },
    frames: () => packets().filter(({ interfaceId }) => interfaceId === 0).length,
    texts: () =>
      packets()
        .filter(({ interfaceId }) => interfaceId === 1)
        .map(({ packet }) => /[ -~]*$/.exec(packet.toString('latin1'))?.[0]),
  };
}

describe('the capture of a line', () => {
  it('has the dialogue as lines, up to CONNECT and again from NO CARRIER, and the frames between', () => {
    const { tap, goOnline, frames, texts } = captured();
    tap.sent(Buffer.from('ATD*99**24#\r'));
    tap.received(Buffer.from('ATD*99**24#\r\r\n'));
    // The module is in data state when it says so; its first frame may come in the same piece.
    goOnline(true);
    tap.received(Buffer.concat([Buffer.from('CONNECT 115200\r\n'), frame]));
    tap.sent(frame);
    tap.received(frame);
    goOnline(false);
    tap.received(Buffer.from('\r\nNO CARRIER\r\n'));
    expect(texts()).toEqual(['ATD*99**24#', 'ATD*99**24#', 'CONNECT 115200', 'NO CARRIER']);
    expect(frames()).toBe(3);
  });

  it('takes no frame for text where the module gives no result codes', () => {
    const { tap, goOnline, frames, texts } = captured();
    goOnline(true);
    tap.received(frame);
    tap.received(frame);
    expect([texts(), frames()]).toEqual([[], 2]);
  });

  it('keeps no more than some lines of a flood, and says so', () => {
    const { tap, texts } = captured();
    tap.sent(Buffer.from('AT\r'.repeat(1000)));
    tap.sent(Buffer.from('ATE0\r'));
    expect(texts().length).toBe(66);
    expect(texts().slice(-2)).toEqual(['(2808 octets more at once are not kept)', 'ATE0']);
  });

  it('takes XON and XOFF among the octets of a frame for no part of it, where the line uses them', () => {
    const { tap, goOnline, frames } = captured(0x000a_0000);
    goOnline(true);
    tap.received(Buffer.concat([frame.subarray(0, 5), Uint8Array.of(0x13), frame.subarray(5)]));
    tap.sent(Buffer.concat([frame.subarray(0, 7), Uint8Array.of(0x11), frame.subarray(7)]));
    expect(frames()).toBe(2);
  });
});

describe('the capture of a module with a stack of its own', () => {
  it('shows its air side beside the line, as an interface that says what it is', () => {
    const blocks: Buffer[] = [];
    const capture = new LineCapture((octets) => blocks.push(Buffer.from(octets)));
    capture.tap('modem', () => ({ isOnline: false, controlCharacters: 0 })).sent(Buffer.from('AT+QIACT=1\r'));
    capture.tapAirSide('modem').sent(frame);
    const octets = Buffer.concat(blocks);
    expect(capturedPackets(octets).map(({ interfaceId }) => interfaceId)).toEqual([1, 2]);
    expect(octets.includes('modem (air side: PPP between')).toBe(true);
  });
});
