import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Fault, faultJsonSchema, faultKinds, faultSchema } from '../../src/config/fault.ts';
import { FaultError } from '../../src/config/fault-error.ts';
import { formatFault, parseFault } from '../../src/config/fault-text.ts';
import { describeFault } from '../../src/config/fault-words.ts';

function refusal(text: string): FaultError {
  try {
    parseFault(text);
  } catch (error) {
    if (error instanceof FaultError) {
      return error;
    }
  }
  throw new Error(`no refusal of ${text}`);
}

describe('a fault in text', () => {
  it.each([
    ['no-service@at=10s,for=2m', { fault: 'no-service', at: { sinceStart: 10_000 }, for: 120_000 }],
    ['smtp-reply:verb=RCPT,code=451@every=2', { verb: 'RCPT', code: 451, every: { occasions: 2 } }],
    ['smtp-reply:verb=rcpt', { verb: 'RCPT', code: 451 }],
    ['line-noise:bit-errors=1e-4', { 'bit-errors': 1e-4, lost: 0, direction: 'both' }],
    ['no-carrier:when=data@after=2000 bytes', { when: 'data', after: { bytes: 2000 } }],
    ['no-carrier@after=2000', { after: { bytes: 2000 } }],
    ['no-carrier@after=20s', { after: { time: 20_000 } }],
    ['busy@every=10min@times=3', { every: { period: 600_000 }, times: 3 }],
    ['busy@at=2008-10-01T09:00', { at: { instant: Date.UTC(2008, 9, 1) } }],
    ['busy@line="1"', { line: '1' }],
    ['smtp-reply:verb=MAIL,text="a, \\"b\\" @ c"', { text: 'a, "b" @ c' }],
  ])('%s', (text, expected) => {
    expect(parseFault(text)).toMatchObject(expected);
  });

  it.each([
    ['no-servce', 'There is no fault called "no-servce"; did you mean "no-service"?'],
    ['latency:delya=3s', 'latency, delya: unknown key; did you mean "delay"?'],
    ['smtp-reply:verb=RCTP', /expected one of greeting, .*; did you mean "RCPT"\?$/],
    ['smtp-reply', /^smtp-reply, verb: missing, expected one of/],
    ['no-service@every=2', /^no-service, every: found 2, expected a duration/],
    [
      'busy@every=often',
      'busy, every: found "often", expected a number (2: each second time) or a duration such as 10min.',
    ],
    ['busy@at=noon', /^busy, at: found "noon", expected a date such as .* or a duration/],
    ['busy@probability=2', 'busy, probability: found 2, expected at most 1.'],
    ['smtp-lost@after=10', /expected no "after" but with verb: content\.$/],
    ['line-noise', /expected a chance/],
    ['busy@times=1,times=2', '"times" is there twice.'],
    ['busy@', 'Expected ,NAME=VALUE at "@".'],
    ['', /is no fault: expected KIND/],
  ])('is refused in one sentence: %s', (text, sentence) => {
    const { message, code, layer } = refusal(text);
    expect(message).toMatch(sentence);
    expect(message).not.toContain('\n');
    expect({ code, layer }).toEqual({ code: 'FAULT_INVALID', layer: 'usage' });
  });

  it('never breaks on any text', () => {
    const pieces = fc.constantFrom(
      ...faultKinds,
      ':',
      '@',
      ',',
      '=',
      '"',
      '\\',
      'at',
      'every',
      '1e9',
      '10s',
      ' ',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseFault(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FaultError);
        }
      }),
    );
  });
});

const duration = fc.integer({ min: 1, max: 600 }).map((count) => `${count}s`);
const text = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
const common = {
  at: fc.oneof(duration, fc.constantFrom('2008-10-01', '2024-05-01T06:00:01.500Z')),
  for: duration,
  probability: fc.double({ min: 0, max: 1, noNaN: true }),
  times: fc.integer({ min: 1, max: 1000 }),
  line: fc.stringMatching(/^[\x20-\x7e]{1,20}$/),
};
const every = fc.oneof(duration, fc.integer({ min: 1, max: 9 }));
const inputs = fc.oneof(
  fc.record({ fault: fc.constant('busy'), ...common, every }, { requiredKeys: ['fault'] }),
  fc.record(
    { fault: fc.constant('latency'), ...common, delay: duration, jitter: duration, every: duration },
    { requiredKeys: ['fault'] },
  ),
  fc.record(
    {
      fault: fc.constant('no-carrier'),
      ...common,
      every,
      after: fc.oneof(duration, fc.integer({ min: 0, max: 99_999 }), fc.constant('16 KiB')),
    },
    { requiredKeys: ['fault'] },
  ),
  fc.record(
    {
      fault: fc.constant('smtp-reply'),
      ...common,
      verb: fc.constantFrom('MAIL', 'RCPT', 'greeting', 'end-of-data'),
      code: fc.integer({ min: 400, max: 599 }),
      enhanced: fc.constantFrom('4.7.1', '5.1.1'),
      text,
    },
    { requiredKeys: ['fault', 'verb'] },
  ),
  fc.record(
    {
      fault: fc.constant('smtp-lost'),
      ...common,
      accepted: fc.boolean(),
      how: fc.constantFrom('reset', 'close'),
    },
    { requiredKeys: ['fault'] },
  ),
  fc.constantFrom(
    ...faultKinds.map((fault) => ({
      fault,
      ...(fault === 'smtp-reply' ? { verb: 'DATA' } : {}),
      ...(fault === 'pop3-reply' ? { verb: 'RETR' } : {}),
      ...(fault === 'line-noise' ? { lost: 0.5 } : {}),
    })),
  ),
);
const faults: fc.Arbitrary<Fault> = inputs.map((input) => faultSchema.parse(input));

describe('any fault', () => {
  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(faults, (fault) => {
        expect(parseFault(formatFault(fault))).toEqual(fault);
      }),
    );
  });

  it('has words', () => {
    fc.assert(fc.property(faults, (fault) => describeFault(fault).length > 3));
  });

  it('is in the JSON Schema for editors', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(faultJsonSchema());
    fc.assert(fc.property(inputs, (input) => validate(input)));
    expect(validate({ fault: 'busy', evry: 2 })).toBe(false);
  });
});

describe('words', () => {
  it.each([
    ['no-service@at=10s,for=2min', 'no service, from 10s on, for 2min'],
    ['smtp-reply:verb=RCPT,code=451@every=2,times=3', 'RCPT is answered 451, each 2nd time, 3 times at most'],
    ['syn-drop:port=25@line=one', 'connections to port 25 are not answered, line one'],
    [
      'no-carrier@after=2000 bytes,probability=0.1',
      'NO CARRIER in a call, after 2000 bytes, with a probability of 0.1',
    ],
    ['lost-call@every=10min', 'all calls are lost, every 10min'],
    ['busy@every=11', 'the dialled number is busy, each 11th time'],
  ])('%s', (spec, words) => {
    expect(describeFault(parseFault(spec))).toBe(words);
  });
});

describe('a fault in YAML', () => {
  it('has the same fields', () => {
    const written = parse(
      '{fault: no-carrier, after: 2000 bytes, every: 2, probability: 0.1, times: 3, line: one}',
    );
    expect(faultSchema.parse(written)).toEqual(
      parseFault('no-carrier@after=2000 bytes,every=2,probability=0.1,times=3,line=one'),
    );
  });
});
