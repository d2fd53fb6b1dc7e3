import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServerMapping, ServerMappingError } from '../../src/aunet/server-mapping.ts';
import { address } from './given.ts';

describe('a mapped server', () => {
  it.each([
    ['mail.example.jp:587=127.0.0.1:2587', { name: 'mail.example.jp' }, 587, '127.0.0.1', 2587],
    ['Mail.Example.JP.:25=localhost:2525', { name: 'mail.example.jp' }, 25, '127.0.0.1', 2525],
    ['198.51.100.7:25=[::1]:2525', { address: address('198.51.100.7') }, 25, '::1', 2525],
    ['mail:1=10.0.0.1:65535', { name: 'mail' }, 1, '10.0.0.1', 65535],
  ])('reads %s', (text, host, port, realAddress, realPort) => {
    expect(parseServerMapping(text)).toEqual({ host, port, real: { address: realAddress, port: realPort } });
  });

  it.each([
    ['mail.example.jp:587', 'exactly one "="'],
    ['a:1=127.0.0.1:1=127.0.0.1:2', 'exactly one "="'],
    ['mail.example.jp=127.0.0.1:2587', 'does not end in a port'],
    ['mail.example.jp:587=127.0.0.1', 'does not end in a port'],
    ['mail.example.jp:0=127.0.0.1:2587', 'does not end in a port'],
    ['mail.example.jp:587=127.0.0.1:70000', 'does not end in a port'],
    ['mail_x:587=127.0.0.1:2587', 'neither a host name nor an IPv4 address'],
    ['256.1.1.1:587=127.0.0.1:2587', 'neither a host name nor an IPv4 address'],
    ['mail.example.jp:587=real.example.jp:25', 'names are not resolved'],
    ['mail.example.jp:587=::1:25', 'IPv6 in brackets'],
  ])('refuses %s and says why', (text, why) => {
    expect(() => parseServerMapping(text)).toThrow(why);
  });

  it('fails with its own error only, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a.1:=[]-') }), (text) => {
        try {
          parseServerMapping(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ServerMappingError);
        }
      }),
    );
  });
});
