import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Command, nextCommand } from '../../../src/wire/at/command-line.ts';

/** All commands of a body, and whether it was well-formed to its end. */
function read(body: string): (Command | 'malformed')[] {
  const commands: (Command | 'malformed')[] = [];
  let from = 0;
  for (;;) {
    const next = nextCommand(body, from);
    if (next.found === 'end') {
      return commands;
    }
    if (next.found === 'malformed') {
      return [...commands, 'malformed'];
    }
    commands.push(next.command);
    from = next.end;
  }
}

const basic = (name: string, number?: number): Command => ({ kind: 'basic', name, number });

describe('basic syntax (V.250 §5.3)', () => {
  it('needs no separator between commands', () => {
    expect(read('E0Q0V1X4&C1&D2')).toEqual([
      basic('E', 0),
      basic('Q', 0),
      basic('V', 1),
      basic('X', 4),
      basic('&C', 1),
      basic('&D', 2),
    ]);
  });

  it('knows a missing number from a zero and ignores leading zeros', () => {
    expect(read('EZ000H007')).toEqual([basic('E'), basic('Z', 0), basic('H', 7)]);
  });

  it('takes lower case and blanks between tokens', () => {
    expect(read(' e 0 s 0 = 3 ')).toEqual([basic('E', 0), { kind: 'register-write', register: 0, value: 3 }]);
  });

  it('reads and writes S-registers, a missing value being 0', () => {
    expect(read('S3?S000=002S7=')).toEqual([
      { kind: 'register-read', register: 3 },
      { kind: 'register-write', register: 0, value: 2 },
      { kind: 'register-write', register: 7, value: 0 },
    ]);
  });

  it.each(['S3', 'S=5', 'S?', '?', '=1', '/', '+', '"', '5'])('does not take %s for a command', (body) => {
    expect(read(body)).toEqual(['malformed']);
  });

  it('gives everything behind D to the dial string, up to a semicolon', () => {
    expect(read('E0DT 9,W(555)-1;H')).toEqual([
      basic('E', 0),
      { kind: 'dial', text: 'T 9,W(555)-1', semicolon: true },
      basic('H'),
    ]);
  });
});

describe('extended syntax (V.250 §5.4)', () => {
  it('tells the four forms apart', () => {
    expect(read('+CSQ;+csq?;+CSQ=?;+CSQ=1')).toEqual([
      { kind: 'extended', name: '+CSQ', form: 'execute' },
      { kind: 'extended', name: '+CSQ', form: 'read' },
      { kind: 'extended', name: '+CSQ', form: 'test' },
      {
        kind: 'extended',
        name: '+CSQ',
        form: 'set',
        values: [{ kind: 'plain', text: '1', decimal: 1 }],
      },
    ]);
  });

  it('may follow a basic command at once, but needs a semicolon behind it', () => {
    expect(read('E0+CSQ;V1')).toHaveLength(3);
    expect(read('+CSQ?E0')).toEqual(['malformed']);
  });

  it('reads omitted, decimal, plain and string values', () => {
    const [command] = read('+X=1,,"a;b,c", 1F ,"" ');
    expect(command).toMatchObject({
      values: [
        { kind: 'plain', text: '1', decimal: 1 },
        { kind: 'omitted' },
        { kind: 'string', text: 'a;b,c' },
        { kind: 'plain', text: '1F', decimal: undefined },
        { kind: 'string', text: '' },
      ],
    });
  });

  it('resolves a backslash with two hexadecimal digits, and refuses any other', () => {
    expect(read('+X="a\\22b\\5cc"')).toMatchObject([{ values: [{ text: 'a"b\\c' }] }]);
    for (const body of ['+X="\\2"', '+X="\\G0"', '+X="\\"', '+X="a"b', '+X=a"b"', '+X="open']) {
      expect(read(body)).toEqual(['malformed']);
    }
  });

  it('refuses blanks inside a constant', () => {
    expect(read('+X=1 2')).toEqual(['malformed']);
  });
});

describe('whatever the body', () => {
  it('reading comes to an end without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (body) => {
        expect(read(body).length).toBeLessThanOrEqual(body.length);
      }),
    );
  });

  it('what was read before a mistake stays as it would be without it', () => {
    const piece = fc.constantFrom('E0', 'S0=1', '&C1', 'X4');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const body = pieces.join('');
        expect(read(`${body}?`)).toEqual([...read(body), 'malformed']);
      }),
    );
  });

  it('a string value comes back as it was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 50 }), (text) => {
        const escaped = [...text]
          .map((character) => {
            const code = character.charCodeAt(0);
            return code < 0x20 || character === '"' || character === '\\'
              ? `\\${code.toString(16).padStart(2, '0')}`
              : character;
          })
          .join('');
        expect(read(`+X="${escaped}"`)).toMatchObject([{ values: [{ kind: 'string', text }] }]);
      }),
    );
  });
});
