import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  informationPrefix,
  parseDecimal,
  parseInformation,
  parseParameters,
  quoteString,
  splitParameters,
  unquoteString,
  valueText,
} from '../../../src/wire/at/value.ts';
import { isMalformed } from '../../../src/wire/malformed.ts';

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)),
});

describe('string constants (V.250 5.4.2.2)', () => {
  it('writes quotes, backslashes and control characters as two hexadecimal digits', () => {
    expect(quoteString('a"b\\c\r')).toBe('"a\\22b\\5Cc\\0D"');
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(latin1, (text) => {
        expect(unquoteString(quoteString(text))).toBe(text);
      }),
    );
  });

  it('never puts an end of line, a quote or a separator at risk', () => {
    fc.assert(
      fc.property(latin1, (text) => {
        const quoted = quoteString(text);
        expect(quoted.slice(1, -1)).not.toMatch(/["\r\n]/);
        expect(splitParameters(`1,${quoted},2`)).toHaveLength(3);
      }),
    );
  });

  it.each(['', '"', 'abc', '"abc', '"a"b"', '"a\\zz"', '"a\\2"'])('refuses %j', (text) => {
    const read = unquoteString(text);
    expect(typeof read === 'object' && isMalformed(read)).toBe(true);
  });

  it('takes a stray backslash in what modules send', () => {
    expect(unquoteString('"DOMAIN\\user"', true)).toBe('DOMAIN\\user');
  });

  it('never fails on any text', () => {
    fc.assert(
      fc.property(latin1, (text) => {
        unquoteString(text);
        parseParameters(text);
        parseInformation(text);
      }),
    );
  });
});

describe('parameter lists', () => {
  it('cuts at commas outside quotes and brackets', () => {
    expect(splitParameters('1,"a,b",(0-3,5),')).toEqual(['1', '"a,b"', '(0-3,5)', '']);
  });

  it('tells numbers, strings, words, ranges and gaps apart', () => {
    expect(parseParameters('007,"x",,00A1,(0,1),-5')).toEqual([
      { kind: 'number', value: 7, text: '007' },
      { kind: 'string', value: 'x' },
      { kind: 'omitted' },
      { kind: 'word', text: '00A1' },
      { kind: 'ranges', text: '(0,1)' },
      { kind: 'number', value: -5, text: '-5' },
    ]);
  });

  it('has leading zeros mean nothing, and letters no number', () => {
    expect(parseDecimal('0000000000000000000012')).toBe(12);
    expect(parseDecimal('')).toBeUndefined();
    expect(parseDecimal('1x')).toBeUndefined();
    expect(parseDecimal('1'.repeat(16))).toBeUndefined();
  });

  it('cuts name and values of an information text', () => {
    const information = parseInformation('+CSS: 0,Z,99999');
    expect(information?.name).toBe('+CSS');
    expect(information?.parameters.map(valueText)).toEqual(['0', 'Z', '99999']);
    expect(parseInformation('+CPIN: READY')?.parameters.map(valueText)).toEqual(['READY']);
  });

  it.each([
    ['+CSQ: 20,99', '+CSQ'],
    ['^SYSINFO:2,3', '^SYSINFO'],
    ['$QCMIP: 1', '$QCMIP'],
    ['+CLAC', '+CLAC'],
    ['ERRORS: 0', undefined],
    ['+44 123', undefined],
    ['', undefined],
  ])('finds the name of %j', (line, name) => {
    expect(informationPrefix(line)).toBe(name);
  });
});
