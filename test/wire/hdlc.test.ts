import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HdlcDecoder } from '../../src/wire/hdlc.ts';
import { HdlcEncoder } from '../../src/wire/hdlc-encoder.ts';
import { DEFAULT_ACCM, DEFAULT_FRAMING, type Framing } from '../../src/wire/hdlc-framing.ts';

interface Frame {
  readonly protocol: number;
  readonly payload: string;
}

function decode(decoder: HdlcDecoder, ...chunks: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk, (protocol, payload) =>
      frames.push({ protocol, payload: Buffer.from(payload).toString('hex') }),
    );
  }
  return frames;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const encode = (protocol: number, payload: Uint8Array, framing: Framing = DEFAULT_FRAMING) =>
  new HdlcEncoder().encode(protocol, payload, framing);

/** RFC 1662 section C.2, bit by bit: not the code under test. */
function fcsOf(octets: Uint8Array): number {
  let fcs = 0xffff;
  for (const octet of octets) {
    fcs ^= octet;
    for (let bit = 0; bit < 8; bit += 1) {
      fcs = fcs & 1 ? (fcs >>> 1) ^ 0x8408 : fcs >>> 1;
    }
  }
  return fcs ^ 0xffff;
}

/** What is between the flags, escaped as little as can be. */
function frameAround(contents: Uint8Array): Buffer {
  const fcs = fcsOf(contents);
  const octets = [...contents, fcs & 0xff, fcs >>> 8];
  const escaped = octets.flatMap((octet) =>
    octet === 0x7e || octet === 0x7d ? [0x7d, octet ^ 0x20] : [octet],
  );
  return Buffer.from([0x7e, ...escaped, 0x7e]);
}

/** A decoder whose peer escapes no control characters. */
function transparentDecoder(): HdlcDecoder {
  const decoder = new HdlcDecoder();
  decoder.accm = 0;
  return decoder;
}

const LCP_REQUEST = hex('7eff7d23c0217d21367d207d2a7d257d26deadbeefd39f7e');
const lcpRequest = { protocol: 0xc021, payload: '0136000a0506deadbeef' };

describe('the decoder', () => {
  it('reads a frame with escapes and FCS', () => {
    expect(decode(new HdlcDecoder(), LCP_REQUEST)).toEqual([lcpRequest]);
  });

  it('takes every header form at any time', () => {
    const forms = ['ff03 0021', 'ff03 21', '0021', '21'];
    const frames = forms.map((form) => frameAround(hex(`${form} 4500`)));
    expect(decode(transparentDecoder(), ...frames)).toEqual(
      forms.map(() => ({ protocol: 0x21, payload: '4500' })),
    );
  });

  it('takes one flag as the end of one frame and the begin of the next', () => {
    const frame = frameAround(hex('21 4500'));
    const shared = Buffer.concat([frame, frame.subarray(1), frame.subarray(1)]);
    expect(decode(transparentDecoder(), shared)).toHaveLength(3);
  });

  it('passes over flags with nothing between them, without counting', () => {
    const decoder = transparentDecoder();
    decode(decoder, hex('7e7e7e'), frameAround(hex('21 4500')), hex('7e7e'));
    expect(decoder.counters).toEqual({
      frames: 1,
      badFcs: 0,
      aborted: 0,
      oversize: 0,
      runt: 0,
      badHeader: 0,
      garbage: 0,
    });
  });

  it('drops text ahead of the first flag, and counts it once', () => {
    const decoder = new HdlcDecoder();
    const frames = decode(decoder, Buffer.from('\r\nCONN'), Buffer.from('ECT 14400\r\n'), LCP_REQUEST);
    expect(frames).toEqual([lcpRequest]);
    expect(decoder.counters).toMatchObject({ garbage: 1, badFcs: 0 });
  });

  it('drops a frame that 7d 7e aborts, wherever the chunk ends, and reads the next', () => {
    for (const chunks of [['7eff03c0217d7e'], ['7eff03c0217d', '7e']]) {
      const decoder = new HdlcDecoder();
      expect(decode(decoder, ...chunks.map(hex), LCP_REQUEST.subarray(1))).toEqual([lcpRequest]);
      expect(decoder.counters).toMatchObject({ aborted: 1, badFcs: 0 });
    }
  });

  it('counts what is too short, and what has a wrong sum', () => {
    const decoder = transparentDecoder();
    expect(decode(decoder, hex('7e 010203 7e 2145000000 7e'))).toEqual([]);
    expect(decoder.counters).toMatchObject({ runt: 1, badFcs: 1 });
  });

  it('drops a frame to other stations', () => {
    const decoder = transparentDecoder();
    expect(decode(decoder, frameAround(hex('ff 13 0021 4500')))).toEqual([]);
    expect(decoder.counters.badHeader).toBe(1);
  });

  it('counts a frame that ends within its protocol number as too short', () => {
    const decoder = transparentDecoder();
    expect(decode(decoder, frameAround(hex('ff03 00')), frameAround(hex('ff03')))).toEqual([]);
    expect(decoder.counters.runt).toBe(2);
  });

  it('takes 1500 octets and no more than the bound, and finds the next frame after a longer one', () => {
    const decoder = transparentDecoder();
    const full = frameAround(Buffer.concat([hex('ff03 0021'), Buffer.alloc(1500, 0x41)]));
    const tooLong = frameAround(Buffer.concat([hex('ff03 0021'), Buffer.alloc(1501, 0x41)]));
    const frames = decode(decoder, full, tooLong, frameAround(hex('21 4500')));
    expect(frames.map(({ payload }) => payload.length / 2)).toEqual([1500, 2]);
    expect(decoder.counters.oversize).toBe(1);
  });

  it('lets go of a frame without end instead of keeping it', () => {
    const decoder = transparentDecoder();
    decode(decoder, hex('7e'), ...Array.from({ length: 100 }, () => Buffer.alloc(1000, 0x41)));
    expect(decoder.counters.oversize).toBe(1);
    expect(decode(decoder, hex('7e'), frameAround(hex('21 4500')))).toHaveLength(1);
  });

  it('deletes control characters that its map names, also between an escape and its octet', () => {
    const noisy = hex('11 7e 13 ff7d 11 23c0217d2136137d207d2a7d257d26deadbeefd3 11 9f7e');
    expect(decode(new HdlcDecoder(), noisy)).toEqual([lcpRequest]);
    expect(decode(transparentDecoder(), noisy)).toEqual([]);
  });

  it('changes its map between two frames of one chunk', () => {
    const decoder = new HdlcDecoder();
    const frames: number[] = [];
    const chunk = Buffer.concat([LCP_REQUEST, frameAround(hex('21 11'))]);
    decoder.push(chunk, (protocol) => {
      frames.push(protocol);
      decoder.accm = 0;
    });
    expect(frames).toEqual([0xc021, 0x21]);
  });

  it('hands out octets that later frames do not overwrite', () => {
    const decoder = transparentDecoder();
    const kept: Uint8Array[] = [];
    for (let index = 0; index < 200; index += 1) {
      const frame = frameAround(Buffer.concat([hex('21'), Buffer.alloc(1000, index)]));
      decoder.push(frame, (_, payload) => kept.push(payload));
    }
    expect(kept.every((payload, index) => payload.every((octet) => octet === index))).toBe(true);
  });
});

describe('the encoder', () => {
  it('writes what a default receiver expects', () => {
    const frame = encode(0xc021, hex('0136000a0506deadbeef'));
    expect(Buffer.from(frame)).toEqual(LCP_REQUEST);
  });

  it('leaves out what was agreed to be left out', () => {
    const framing = { accm: 0, pfc: true, acfc: true };
    expect(Buffer.from(encode(0x0021, hex('4500'), framing))).toEqual(frameAround(hex('21 4500')));
    expect(Buffer.from(encode(0x8021, hex('4500'), framing))).toEqual(frameAround(hex('8021 4500')));
  });

  it('escapes the map, flag and escape, and nothing needlessly', () => {
    const payload = Uint8Array.from({ length: 256 }, (_, octet) => octet);
    const frame = encode(0x0021, payload, { accm: 0x000a_0000, pfc: true, acfc: true });
    const escaped = [...frame].flatMap((octet, index) => (octet === 0x7d ? [frame[index + 1]] : []));
    expect(escaped).toEqual(expect.arrayContaining([0x31, 0x33, 0x5d, 0x5e]));
    // Two octets of FCS may need an escape, too.
    expect(escaped.length).toBeLessThanOrEqual(6);
  });

  it('hands out octets that later frames do not overwrite', () => {
    const encoder = new HdlcEncoder();
    const frames = Array.from({ length: 100 }, (_, index) =>
      encoder.encode(0x21, Buffer.alloc(1000, index), DEFAULT_FRAMING),
    );
    const payloads = frames.flatMap((frame) => decode(new HdlcDecoder(), frame));
    expect(payloads.map(({ payload }) => payload)).toEqual(
      frames.map((_, index) => Buffer.alloc(1000, index).toString('hex')),
    );
  });
});

describe('frames, however they are written and cut', () => {
  const framing = fc.record({
    accm: fc.oneof(fc.constant(0), fc.constant(DEFAULT_ACCM), fc.nat({ max: 0xffff_ffff })),
    pfc: fc.boolean(),
    acfc: fc.boolean(),
  });
  /** RFC 1661 section 2: the first octet even, the last one odd. */
  const protocol = fc
    .tuple(fc.nat({ max: 127 }), fc.nat({ max: 127 }))
    .map(([high, low]) => high * 512 + low * 2 + 1)
    // IANA keeps 00ff free: with one octet it could not be told from an address.
    .filter((value) => value !== 0xff);
  /** Rich in octets that mean something. */
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .array(fc.constantFrom(0x7e, 0x7d, 0x5e, 0x5d, 0xff, 0x03, 0x11, 0x20, 0x00), { maxLength: 60 })
      .map((list) => Uint8Array.from(list)),
  );
  const cuts = fc.array(fc.nat({ max: 40 }), { maxLength: 40 });

  function cut(stream: Uint8Array, lengths: readonly number[]): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let rest = stream;
    for (const length of lengths) {
      chunks.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return [...chunks, rest];
  }

  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(protocol, octets, framing), { maxLength: 8 }), cuts, (sent, lengths) => {
        const encoder = new HdlcEncoder();
        const decoder = new HdlcDecoder();
        // What the sender may leave bare, the receiver must not delete.
        decoder.accm = sent.reduce((map, [, , { accm }]) => map & accm, DEFAULT_ACCM);
        const long = sent.filter(([, payload]) => payload.length > 0);
        const stream = Buffer.concat(
          long.map(([number, payload, how]) => encoder.encode(number, payload, how)),
        );
        expect(decode(decoder, ...cut(stream, lengths))).toEqual(
          long.map(([number, payload]) => ({
            protocol: number,
            payload: Buffer.from(payload).toString('hex'),
          })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('are the same in any chunks, counters too, whatever the octets are', () => {
    fc.assert(
      fc.property(
        fc.array(octets, { maxLength: 10 }),
        cuts,
        fc.nat({ max: 0xffff_ffff }),
        (parts, lengths, accm) => {
          const stream = Buffer.concat(
            parts.flatMap((part, index) => (index % 2 === 0 ? [part] : [encode(0x21, part), part])),
          );
          const whole = new HdlcDecoder();
          const pieces = new HdlcDecoder();
          const single = new HdlcDecoder();
          for (const decoder of [whole, pieces, single]) {
            decoder.accm = accm;
          }
          const frames = decode(whole, stream);
          expect(decode(pieces, ...cut(stream, lengths))).toEqual(frames);
          expect(decode(single, ...Array.from(stream, (octet) => Uint8Array.of(octet)))).toEqual(frames);
          expect(pieces.counters).toEqual(whole.counters);
          expect(single.counters).toEqual(whole.counters);
        },
      ),
      { numRuns: 300 },
    );
  });
});
