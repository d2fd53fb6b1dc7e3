import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpv4 } from '../../../src/wire/ipv4.ts';
import { ChapCode, chapResponse, encodeChapValue, readChapValue } from '../../../src/wire/ppp/chap.ts';
import { decodeOptions, encodeOptions } from '../../../src/wire/ppp/configure-option.ts';
import { decodeControlPacket, encodeControlPacket } from '../../../src/wire/ppp/control-packet.ts';
import { addressOption, readAddress } from '../../../src/wire/ppp/ipcp-option.ts';
import {
  authenticationOption,
  type LcpOptions,
  lcpOptionList,
  readAuthentication,
  readLcpOptions,
} from '../../../src/wire/ppp/lcp-option.ts';
import {
  encodePapReply,
  encodePapRequest,
  PapCode,
  readPapCredentials,
  readPapMessage,
} from '../../../src/wire/ppp/pap.ts';

const octet = fc.nat({ max: 255 });
const hex = (text: string) => Buffer.from(text, 'hex');
const plain = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('a control packet', () => {
  it('comes back as it went, with padding cut off', () => {
    fc.assert(
      fc.property(
        octet,
        octet,
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ maxLength: 9 }),
        (code, identifier, data, padding) => {
          const padded = Buffer.concat([encodeControlPacket({ code, identifier, data }), padding]);
          const packet = decodeControlPacket(padded);
          expect(packet && { ...packet, data: plain(packet.data) }).toEqual({
            code,
            identifier,
            data: plain(data),
          });
        },
      ),
    );
  });

  it('is none where the length is less than a header or more than came', () => {
    for (const octets of ['', '010100', '01010003', '01010005', '0101ffff00']) {
      expect(decodeControlPacket(hex(octets))).toBeUndefined();
    }
  });
});

describe('configuration options', () => {
  const option = fc.record({ type: octet, data: fc.uint8Array({ maxLength: 20 }) });

  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.array(option, { maxLength: 10 }), (options) => {
        const decoded = decodeOptions(encodeOptions(options));
        expect(decoded.malformed).toHaveLength(0);
        expect(plain(encodeOptions(decoded.options))).toBe(plain(encodeOptions(options)));
        expect(decoded.options.map(({ type }) => type)).toEqual(options.map(({ type }) => type));
      }),
    );
  });

  it('never lose an octet, whatever the octets are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
        const { options, malformed } = decodeOptions(octets);
        expect(plain(encodeOptions(options)) + plain(malformed)).toBe(plain(octets));
      }),
    );
  });

  it('end where a length cannot be', () => {
    for (const malformed of ['0500', '0501', '0506dead', '05']) {
      const decoded = decodeOptions(hex(`0702${malformed}`));
      expect(decoded.options).toHaveLength(1);
      expect(plain(decoded.malformed)).toBe(malformed);
    }
  });
});

describe('LCP options', () => {
  it('come back as they went', () => {
    const options: fc.Arbitrary<LcpOptions> = fc.record(
      {
        mru: fc.nat({ max: 0xffff }),
        accm: fc.nat({ max: 0xffff_ffff }),
        authentication: fc.constantFrom('pap', 'chap-md5'),
        magic: fc.nat({ max: 0xffff_ffff }),
        pfc: fc.constant(true),
        acfc: fc.constant(true),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, (values) => {
        expect(readLcpOptions(decodeOptions(encodeOptions(lcpOptionList(values))).options)).toEqual(values);
      }),
    );
  });

  it('name no other authentication than PAP and CHAP with MD5', () => {
    expect(readAuthentication(authenticationOption('pap'))).toBe('pap');
    expect(readAuthentication(authenticationOption('chap-md5'))).toBe('chap-md5');
    for (const other of ['c22380', 'c22381', 'c223', 'c22305ff', 'c02300', 'c227', 'c0', '']) {
      expect(readAuthentication({ type: 3, data: hex(other) })).toBeUndefined();
    }
  });
});

describe('IPCP address options', () => {
  it('hold an address', () => {
    const address = parseIpv4('192.0.2.255') ?? fail();
    expect(plain(encodeOptions([addressOption(129, address)]))).toBe('8106c00002ff');
    expect(readAddress(addressOption(3, address))).toBe(address);
  });

  it('hold none where type or length is another', () => {
    expect(readAddress({ type: 2, data: hex('002d0f01') })).toBeUndefined();
    expect(readAddress({ type: 3, data: hex('c00002') })).toBeUndefined();
  });
});

describe('PAP packets', () => {
  it('carry user and password of any octets up to 255', () => {
    const field = fc.uint8Array({ maxLength: 255 });
    fc.assert(
      fc.property(field, field, (user, password) => {
        const packet = decodeControlPacket(encodePapRequest(7, { user, password }));
        const credentials = packet && readPapCredentials(packet.data);
        expect(credentials && plain(credentials.user)).toBe(plain(user));
        expect(credentials && plain(credentials.password)).toBe(plain(password));
      }),
    );
  });

  it('are none where a length points past the end', () => {
    for (const data of ['', '05616263', '016105', '0161']) {
      expect(readPapCredentials(hex(data))).toBeUndefined();
    }
  });

  it('count the text of a reply, even where it is empty', () => {
    expect(plain(encodePapReply(PapCode.authenticateAck, 0x51, ''))).toBe('0251000500');
    expect(plain(encodePapReply(PapCode.authenticateNak, 1, 'no'))).toBe('03010007026e6f');
  });

  it('are read even where a peer leaves out the length octet of the text', () => {
    const text = readPapMessage({ code: 2, identifier: 1, data: Buffer.from('welcome') });
    expect(Buffer.from(text).toString()).toBe('welcome');
  });
});

describe('CHAP packets', () => {
  it('carry a value of any length from 1 to 255, and a name', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 255 }),
        fc.uint8Array({ maxLength: 50 }),
        (value, name) => {
          const packet = decodeControlPacket(encodeChapValue(ChapCode.challenge, 3, { value, name }));
          const contents = packet && readChapValue(packet.data);
          expect(contents && plain(contents.value)).toBe(plain(value));
          expect(contents && plain(contents.name)).toBe(plain(name));
        },
      ),
    );
  });

  it('are none with an empty value, or one longer than the packet', () => {
    for (const data of ['', '00', '0061', '0561']) {
      expect(readChapValue(hex(data))).toBeUndefined();
    }
  });

  it('hash identifier, secret and challenge in this order', () => {
    // md5("\x01" "secret" "challenge"), from md5sum.
    expect(plain(chapResponse(1, 'secret', Buffer.from('challenge')))).toBe(
      '46e47770030e2b4e26a0db72a7efec00',
    );
  });
});

function fail(): never {
  throw new Error('the address of the test is wrong');
}
