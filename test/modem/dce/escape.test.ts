import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

const OK = '\r\nOK\r\n';

function inData(setup: Readonly<Record<string, unknown>> = {}): Terminal {
  return new Terminal({ mode: 'data', ...setup });
}

describe('the escape sequence', () => {
  it('needs a second of silence on both sides, and is not data', () => {
    const terminal = inData();
    terminal.wait(1000);
    expect(terminal.type('+++', 999)).toBe('');
    expect(terminal.wait(1)).toBe(OK);
    expect([terminal.mode, terminal.toPeer, terminal.dcd]).toEqual(['command', '', true]);
  });

  it('may come in three pieces less than a second apart', () => {
    const terminal = inData();
    terminal.wait(1000);
    terminal.type('+', 900);
    terminal.type('+', 900);
    expect(terminal.type('+', 1000)).toBe(OK);
  });

  it.each([
    ['without silence before it', 999, ['+++'], 'd'],
    ['with data behind it', 1000, ['+++', 'x'], 'd'],
    ['with data in front of it in one chunk', 1000, ['x+++'], 'd'],
    ['with data behind it in one chunk', 1000, ['+++ATH\r'], 'd'],
    ['of two', 1000, ['++'], 'd'],
    ['of four', 1000, ['++++'], 'd'],
    ['of three and one', 1000, ['+++', '+'], 'd'],
  ])('is data %s', (_, silence, chunks) => {
    const terminal = inData();
    terminal.wait(silence);
    for (const chunk of chunks) {
      terminal.type(chunk);
    }
    expect(terminal.wait(2000)).toBe('');
    expect([terminal.mode, terminal.toPeer]).toEqual(['data', chunks.join('')]);
  });

  it('follows S2 and S12, and is off above 127', () => {
    const dashes = inData({ S2: 45, S12: 10 });
    dashes.wait(200);
    expect(dashes.type('---', 200)).toBe(OK);
    const off = inData({ S2: 200 });
    off.wait(1000);
    expect(off.type('\xc8\xc8\xc8', 2000)).toBe('');
    expect(off.toPeer).toBe('\xc8\xc8\xc8');
  });

  it('with S12=0 works at once and anywhere', () => {
    const terminal = inData({ S12: 0 });
    expect(terminal.type('a+b++c+', 0)).toBe('');
    expect(terminal.type('++ATS0?\r', 10)).toBe(`${OK}\r\n000\r\n${OK}`);
    expect(terminal.toPeer).toBe('a+b++c');
  });

  it('loses and invents no octet, however data are cut and timed', () => {
    const chunk = fc.record({
      text: fc.string({ unit: fc.constantFrom('+', '+', 'x'), maxLength: 6 }),
      silence: fc.constantFrom(0, 10, 500, 1000, 1500),
    });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 20 }), fc.constantFrom(0, 50), (chunks, S12) => {
        const terminal = inData({ S12 });
        let sent = '';
        for (const { text, silence } of chunks) {
          terminal.wait(silence);
          terminal.type(text);
          sent += text;
          if (terminal.mode === 'command') {
            break;
          }
        }
        terminal.type('', 2000);
        if (terminal.mode === 'data') {
          const held = S12 === 0 ? (/\+{1,2}$/.exec(sent)?.[0].length ?? 0) : 0;
          expect(terminal.toPeer).toBe(sent.slice(0, sent.length - held));
        } else {
          expect(sent.startsWith(terminal.toPeer)).toBe(true);
        }
      }),
    );
  });
});
