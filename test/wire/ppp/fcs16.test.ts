import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GOOD_FCS, INITIAL_FCS, updateFcs } from '../../../src/wire/ppp/fcs16.ts';

it('gives the check value that CRC catalogues name for this sum', () => {
  expect(updateFcs(INITIAL_FCS, Buffer.from('123456789')) ^ 0xffff).toBe(0x906e);
});

it('gives one and the same sum however the octets are divided', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), (octets, at) => {
      const parts = updateFcs(updateFcs(INITIAL_FCS, octets.subarray(0, at)), octets.subarray(at));
      expect(parts).toBe(updateFcs(INITIAL_FCS, octets));
    }),
  );
});

it('ends in the good value when the sum itself has been run through', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      const fcs = updateFcs(INITIAL_FCS, octets) ^ 0xffff;
      const frame = Uint8Array.from([...octets, fcs & 0xff, fcs >>> 8]);
      expect(updateFcs(INITIAL_FCS, frame)).toBe(GOOD_FCS);
    }),
  );
});
