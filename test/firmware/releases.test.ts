import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/config/settings.ts';
import { settingsTemplate } from '../../src/config/settings-template.ts';
import { releaseSchema } from '../../src/firmware/release.ts';
import {
  checkRelease,
  newestRelease,
  releaseByVersion,
  releaseOf,
  releases,
} from '../../src/firmware/releases.ts';

const settings = (...changes: readonly (readonly [string, string])[]) =>
  parseSettings(
    'unit.yaml',
    changes.reduce((text, [from, to]) => text.replace(from, to), settingsTemplate()),
  );

const refusal = (version: string, ...changes: readonly (readonly [string, string])[]) => {
  try {
    checkRelease(releaseByVersion(version), settings(...changes));
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'accepted';
};

const asShipped = [
  ['port: 587', 'port: 25'],
  ['tls: required', 'tls: off'],
  ['mechanism: auto', 'mechanism: none'],
] as const;

describe('the releases of the comms firmware', () => {
  it('are data that the schema accepts, oldest first', () => {
    expect(releases.map((release) => releaseSchema.parse(release).version)).toEqual([
      '1.4',
      '2.0',
      '2.1',
      '3.0',
    ]);
  });

  it('are found by the version of an image', () => {
    expect(releaseByVersion('2.1').version).toBe('2.1');
    expect(releaseByVersion('2.1.3+7').version).toBe('2.1');
    expect(() => releaseByVersion('2.10')).toThrow('There is no comms firmware 2.10.');
  });

  it('go by the settings, or else the newest that runs on the board', () => {
    expect(releaseOf(settings()).version).toBe('3.0');
    expect(releaseOf(settings(['# firmware: "2.1"', 'firmware: "2.1"'])).version).toBe('2.1');
    expect(newestRelease('N').version).toBe('1.4');
  });

  it('as shipped can do port 25 without authentication and nothing else', () => {
    expect(refusal('1.4', ...asShipped)).toBe('accepted');
    expect(refusal('1.4')).toBe('FIRMWARE_UNSUPPORTED_PORT');
    expect(refusal('1.4', asShipped[0], asShipped[1])).toBe('FIRMWARE_NO_AUTH');
    expect(refusal('1.4', asShipped[0], asShipped[2])).toBe('FIRMWARE_NO_TLS');
  });

  it('since 2.0 can do 587 with AUTH; implicit TLS came with 3.0', () => {
    expect(refusal('2.0')).toBe('accepted');
    expect(refusal('2.1', ['tls: required', 'tls: implicit'])).toBe('FIRMWARE_NO_TLS');
    expect(refusal('3.0', ['tls: required', 'tls: implicit'])).toBe('accepted');
  });

  it('since 2.0 do not start on the board of a card model', () => {
    const card = ['KADEC21-KAZE-N2  ', 'KADEC21-KAZE-N  '] as const;
    expect(refusal('2.1', card)).toBe('FIRMWARE_WRONG_BOARD');
    expect(refusal('1.4', card, ...asShipped)).toBe('accepted');
  });
});
