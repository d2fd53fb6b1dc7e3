import { describe, expect, it } from 'vitest';
import {
  compareImageVersions,
  formatImageVersion,
  parseImageVersion,
} from '../../../src/wire/mcuboot/version.ts';

describe('image versions', () => {
  it.each([
    ['1.2.3+4', '1.2.3+4'],
    ['2.1', '2.1.0+0'],
    ['7', '7.0.0+0'],
    ['255.255.65535+4294967295', '255.255.65535+4294967295'],
  ])('reads %s', (text, written) => {
    const version = parseImageVersion(text);
    expect(version && formatImageVersion(version)).toBe(written);
  });

  it.each([
    '',
    '1.',
    '01.2.3',
    '1.2.3.4',
    '1.2+3',
    'v1.2.3',
    '1.2.3-4',
    '256.0.0',
    '1.256',
    '1.2.65536',
    '1.2.3+4294967296',
  ])('refuses %j', (text) => {
    expect(parseImageVersion(text)).toBeUndefined();
  });

  it('compares all but the build number', () => {
    const version = (text: string) =>
      parseImageVersion(text) ?? { major: 0, minor: 0, revision: 0, build: 0 };
    expect(compareImageVersions(version('1.2.3+9'), version('1.2.3+1'))).toBe(0);
    expect(compareImageVersions(version('1.2.3'), version('1.3.0'))).toBeLessThan(0);
    expect(compareImageVersions(version('2.0.0'), version('1.255.65535'))).toBeGreaterThan(0);
  });
});
