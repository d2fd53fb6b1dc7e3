import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMalformed } from '../../src/wire/malformed.ts';
import { decodeComPort, encodeComPort } from '../../src/wire/rfc2217.ts';
import {
  encodeNegotiation,
  encodeSubnegotiation,
  MAX_SUBNEGOTIATION,
  TELNET_COM_PORT,
  TelnetDecoder,
  TelnetEncoder,
  type TelnetEvent,
} from '../../src/wire/telnet.ts';

/** Events with the data between two others joined: how it is cut says nothing. */
function read(decoder: TelnetDecoder, pieces: readonly Uint8Array[]): string[] {
  const told: string[] = [];
  let data = '';
  const tell = (event: TelnetEvent) => {
    if (event.type === 'data') {
      data += Buffer.from(event.bytes).toString('hex');
    } else {
      told.push(
        data,
        JSON.stringify(event, (_key, value) => (value instanceof Uint8Array ? [...value] : value)),
      );
      data = '';
    }
  };
  for (const piece of pieces) {
    for (const event of decoder.push(piece)) {
      tell(event);
    }
  }
  return [...told, data];
}

const decoder = (isBinary: boolean) => Object.assign(new TelnetDecoder(), { isBinary });
const hostile = fc.array(
  fc.oneof(fc.constantFrom(255, 250, 240, 251, 13, 0, 10, 44), fc.integer({ min: 0, max: 255 })),
  { maxLength: 80 },
);

describe('telnet', () => {
  it.each([true, false])('gives back the data that was encoded, in any pieces (binary: %s)', (isBinary) => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 6 }), (chunks) => {
        const encoder = Object.assign(new TelnetEncoder(), { isBinary });
        const travelling = chunks.map((chunk) => encoder.encode(Uint8Array.from(chunk)));
        // A CR at the very end is still waiting for what follows it; what came in clear is complete without.
        const expected = Buffer.from(chunks.flat()).toString('hex');
        expect(read(decoder(isBinary), travelling)).toEqual([expected]);
        const octets = Buffer.concat(travelling);
        expect(
          read(
            decoder(isBinary),
            [...octets].map((octet) => Uint8Array.of(octet)),
          ),
        ).toEqual([expected]);
      }),
    );
  });

  it('reads the same from whatever comes, however it is cut, and never throws', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (octets, isBinary) => {
        const whole = read(decoder(isBinary), [Uint8Array.from(octets)]);
        expect(
          read(
            decoder(isBinary),
            octets.map((octet) => Uint8Array.of(octet)),
          ),
        ).toEqual(whole);
      }),
    );
  });

  it('reads negotiation and sub-negotiation between data', () => {
    const octets = Buffer.concat([
      Buffer.from('AT'),
      encodeNegotiation('WILL', TELNET_COM_PORT),
      Buffer.from('\r'),
      encodeSubnegotiation(TELNET_COM_PORT, Uint8Array.of(1, 0, 0, 255, 240)),
    ]);
    expect(read(decoder(true), [octets])).toEqual([
      '4154',
      '{"type":"negotiation","verb":"WILL","option":44}',
      '0d',
      '{"type":"subnegotiation","option":44,"bytes":[1,0,0,255,240]}',
      '',
    ]);
  });

  it('passes over a sub-negotiation beyond its bound and goes on behind it', () => {
    const long = encodeSubnegotiation(TELNET_COM_PORT, new Uint8Array(MAX_SUBNEGOTIATION * 100));
    expect(read(decoder(true), [long, Buffer.from('A')])).toEqual(['41']);
  });
});

describe('COM-PORT-OPTION', () => {
  const from = fc.constantFrom('client' as const, 'server' as const);
  const message = fc.oneof(
    fc.record({
      subject: fc.constant('signature' as const),
      from,
      text: fc.string({ unit: 'binary-ascii' }),
    }),
    fc.record({ subject: fc.constantFrom('suspend' as const, 'resume' as const), from }),
    fc.record({ subject: fc.constant('baudRate' as const), from, value: fc.nat({ max: 0xffff_ffff }) }),
    fc.record({
      subject: fc.constantFrom(
        ...(['dataSize', 'parity', 'stopSize', 'control', 'lineState', 'modemState'] as const),
        ...(['lineStateMask', 'modemStateMask', 'purge'] as const),
      ),
      from,
      value: fc.nat({ max: 255 }),
    }),
  );

  it('reads what it writes', () => {
    fc.assert(
      fc.property(message, (given) => {
        expect(decodeComPort(encodeComPort(given))).toEqual({ ...given });
      }),
    );
  });

  it('takes any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (octets) => {
        const decoded = decodeComPort(octets);
        expect(isMalformed(decoded) || decoded.subject !== undefined).toBe(true);
      }),
    );
  });
});
