import { expect, it } from 'vitest';
import { emulatedAuthorityPem } from '../../src/aunet/certificates/authority.ts';
import { trustedContext } from '../../src/smtp/trusted-context.ts';
import { testAuthority } from './certificates.ts';

it('is made once for the same authorities', () => {
  expect(trustedContext(testAuthority)).toBe(trustedContext(testAuthority));
});

it('is never that of other authorities', () => {
  const contexts = [testAuthority, emulatedAuthorityPem, undefined].map(trustedContext);
  expect(new Set(contexts).size).toBe(3);
});

it('is made anew when there have been too many others', () => {
  const first = trustedContext(testAuthority);
  for (let count = 0; count < 20; count += 1) {
    trustedContext(`${testAuthority}${' '.repeat(count + 1)}`);
  }
  expect(trustedContext(testAuthority)).not.toBe(first);
});
