import { expect, it } from 'vitest';
import { parseDialString } from '../../../src/wire/at/dial-string.ts';

it('tells digits from modifiers, and both from what is for the eye (V.250 §6.3.1)', () => {
  expect(parseDialString('T 9,W(555)-123-4@')).toEqual({
    number: '95551234',
    modifiers: 'T,W@',
    isRedial: false,
  });
  expect(parseDialString('*99***1#')).toMatchObject({ number: '*99***1#', modifiers: '' });
  expect(parseDialString('p+81 90!a')).toMatchObject({ number: '+8190A', modifiers: 'P!' });
});

it('knows the order to dial the last number again', () => {
  expect(parseDialString('L')).toMatchObject({ isRedial: true });
  expect(parseDialString('TL')).toMatchObject({ isRedial: true });
  expect(parseDialString('5L')).toMatchObject({ isRedial: false });
});
