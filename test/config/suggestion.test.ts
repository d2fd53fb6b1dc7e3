import { expect, it } from 'vitest';
import { nearest } from '../../src/config/suggestion.ts';

it.each([
  ['prot', 'port'],
  ['Host', 'host'],
  ['sever', 'server'],
  ['pasword', 'password'],
  ['x', undefined],
  ['completely', undefined],
])('%s is near to %s', (word, expected) => {
  expect(nearest(word, ['port', 'host', 'server', 'password'])).toBe(expected);
});
