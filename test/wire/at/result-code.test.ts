import { expect, it } from 'vitest';
import { formatInformation, formatResult } from '../../../src/wire/at/result-code.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const verbose = { isVerbose: true, terminator: 13, formatting: 10 };
const numeric = { ...verbose, isVerbose: false };

it('frames words with S3 and S4 on both sides, numbers with S3 behind (V.250 §5.7.1)', () => {
  expect(text(formatResult('OK', '', verbose))).toBe('\r\nOK\r\n');
  expect(text(formatResult('NO CARRIER', '', numeric))).toBe('3\r');
  expect(text(formatResult('OK', '', { isVerbose: true, terminator: 30, formatting: 31 }))).toBe(
    '\x1e\x1fOK\x1e\x1f',
  );
});

it('puts the rate behind CONNECT where there are words', () => {
  expect(text(formatResult('CONNECT', '115200', verbose))).toBe('\r\nCONNECT 115200\r\n');
  expect(text(formatResult('CONNECT', '115200', numeric))).toBe('1\r');
});

it('keeps information and extended results as words, with the shorter frame under V0', () => {
  expect(text(formatInformation('+CSQ: 20,99', verbose))).toBe('\r\n+CSQ: 20,99\r\n');
  expect(text(formatInformation('+CME ERROR: 10', numeric))).toBe('+CME ERROR: 10\r\n');
});
