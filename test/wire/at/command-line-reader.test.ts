import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CommandLineReader,
  type LineCharacters,
  MAX_BODY_LENGTH,
  type Reading,
} from '../../../src/wire/at/command-line-reader.ts';

const USUAL: LineCharacters = { terminator: 13, editing: 8 };

function readings(text: string, characters = USUAL, reader = new CommandLineReader()): readonly Reading[] {
  return [...Buffer.from(text, 'latin1')].map((octet) => reader.push(octet, characters));
}

/** The bodies of the lines in a text. */
function bodies(text: string, characters = USUAL): readonly string[] {
  return readings(text, characters).flatMap((reading) =>
    typeof reading === 'string' ? [] : [reading.line === 'body' ? reading.body : 'too long'],
  );
}

describe('finding lines (V.250 §5.2)', () => {
  it('drops what stands before the prefix', () => {
    expect(bodies('\x1b\r\n~\xff}AT\r')).toEqual(['']);
    expect(bodies('XAxAATE0\r')).toEqual(['E0']);
  });

  it('does not take a bare terminator for a line', () => {
    expect(bodies('\r\r\rA\r')).toEqual([]);
  });

  it('takes both cases of the prefix', () => {
    expect(bodies('at+csq\rAT+CSQ\r')).toEqual(['+csq', '+CSQ']);
  });

  it('ignores the eighth bit', () => {
    expect(bodies('\xc1\xd4\xc5\x30\x8d')).toEqual(['E0']);
  });

  it('ignores control characters that are left when the line ends', () => {
    expect(bodies('AT\x00E\x01\x070\n\r')).toEqual(['E0']);
  });

  it('takes back the character before the editing character, a control character too, but not the prefix', () => {
    expect(bodies('AT+CSX\bQ\r')).toEqual(['+CSQ']);
    expect(bodies('AT+CSQ\x01\b\r')).toEqual(['+CSQ']);
    expect(bodies('AT\b\b\bE0\r')).toEqual(['E0']);
  });

  it('follows S3 and S5, S3 first', () => {
    expect(bodies('AT\rE0\x1e', { terminator: 30, editing: 8 })).toEqual(['E0']);
    expect(bodies('AT+CSX\x7fQ\r', { terminator: 13, editing: 127 })).toEqual(['+CSQ']);
    expect(bodies('ATE0\r', { terminator: 13, editing: 13 })).toEqual(['E0']);
  });

  it('repeats the last line at A/, at once, and an empty one before any line', () => {
    expect(bodies('A/')).toEqual(['']);
    expect(bodies('ATE0\ra/A/\r')).toEqual(['E0', 'E0', 'E0']);
  });

  it('says which octets belong to a line, so that only they are echoed', () => {
    expect(readings('\nxAT\r')).toEqual([
      'outside',
      'outside',
      'inside',
      'inside',
      { line: 'body', body: '' },
    ]);
  });

  it('refuses a line that is too long, at its end, and keeps nothing of it', () => {
    const longest = 'E'.repeat(MAX_BODY_LENGTH);
    expect(bodies(`AT${longest}\r`)).toEqual([longest]);
    expect(bodies(`AT${longest}0\b\b\rAT\rA/`)).toEqual(['too long', '', '']);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        const reader = new CommandLineReader();
        for (const octet of octets) {
          reader.push(octet, USUAL);
        }
      }),
    );
  });
});
