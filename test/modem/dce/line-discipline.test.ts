import { describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

describe('echo (V.250 §5.2.3)', () => {
  it('gives back a line as it came, its terminator too, and only then answers', () => {
    const terminal = new Terminal({ E: 1 });
    expect(terminal.type('A')).toBe('A');
    expect(terminal.type('T+csX\bq\r')).toBe('T+csX\bq\r');
    expect(terminal.wait(5)).toBe('\r\n+CSQ: 20,99\r\n\r\nOK\r\n');
  });

  it('keeps quiet about what is not part of a line', () => {
    expect(new Terminal({ E: 1 }).type('\x1b\r\r\nAT\r\n', 100)).toBe('AT\r\r\nOK\r\n');
  });

  it('changes with the next line, not with the one that changes it', () => {
    const terminal = new Terminal();
    expect(terminal.ask('ATE1')).toBe('\r\nOK\r\n');
    expect(terminal.ask('ATE0')).toBe('ATE0\r\r\nOK\r\n');
    expect(terminal.ask('AT')).toBe('\r\nOK\r\n');
  });
});

describe('a line', () => {
  it('takes effect up to its first mistake', () => {
    const terminal = new Terminal();
    expect(terminal.ask('ATS0=3+BOGUS;S0=4')).toBe('\r\nERROR\r\n');
    expect(terminal.ask('ATS0?')).toBe('\r\n003\r\n\r\nOK\r\n');
  });

  it('is answered with the terminator and the format that it sets itself', () => {
    const terminal = new Terminal();
    expect(terminal.ask('ATS3=30')).toBe('\x1e\nOK\x1e\n');
    expect(terminal.type('ATS3=13V0\x1e', 100)).toBe('0\r');
    expect(terminal.ask('AT+CSQ;+BOGUS')).toBe('+CSQ: 20,99\r\n4\r');
    expect(terminal.ask('ATQ1')).toBe('');
    expect(terminal.ask('AT+BOGUS')).toBe('');
    expect(terminal.ask('ATS0?')).toBe('000\r\n');
    expect(terminal.ask('ATV1Q0')).toBe('\r\nOK\r\n');
  });

  it('that is too long is an error, and the next is read as usual', () => {
    const terminal = new Terminal();
    expect(terminal.ask(`AT${'E0'.repeat(600)}`)).toBe('\r\nERROR\r\n');
    expect(terminal.ask('AT')).toBe('\r\nOK\r\n');
  });

  it('that comes before the last is answered waits its turn', () => {
    expect(new Terminal().type('ATS0=1\rATS0?\rATS0=2\rATS0?\r', 100)).toBe(
      '\r\nOK\r\n\r\n001\r\n\r\nOK\r\n\r\nOK\r\n\r\n002\r\n\r\nOK\r\n',
    );
  });

  it('that is not finished within 30 s counts as never begun (V.250 §5.5)', () => {
    const terminal = new Terminal();
    terminal.type('AT+BOGUS');
    expect(terminal.wait(30_000)).toBe('');
    expect(terminal.ask('')).toBe('');
    expect(terminal.ask('AT')).toBe('\r\nOK\r\n');
  });

  it.each([
    'ATE2',
    'ATS0=256',
    'ATS3=128',
    'ATS7=0',
    'ATS99?',
    'ATH2',
    'ATZ2',
    'AT&D3',
    'ATX5',
    'ATY9',
    'AT+CSQ?',
    'AT+GCAP?',
    'AT+CGMI=1',
    'AT+CMEE=1,2',
    'AT+CMEE="1"',
    'AT+BOGUS=?',
    'AT+CGDCONT=1,IP,"x"',
    'AT+IPR=12345',
  ])('%s is an error', (line) => {
    expect(new Terminal().ask(line)).toBe('\r\nERROR\r\n');
  });

  it.each(['ATL0M0', 'ATB0N1W2', 'AT&K3&Q5', 'AT\\N3%C0', 'ATT', 'ATP', 'AT;', 'ATH1', 'AT+CGMI=?'])(
    '%s is taken',
    (line) => {
      expect(new Terminal().ask(line)).toBe('\r\nOK\r\n');
    },
  );
});

describe('unsolicited lines', () => {
  const ring = { type: 'ring' } as const;

  it('wait until a line that has begun is answered', () => {
    const terminal = new Terminal();
    terminal.type('AT+C');
    expect(terminal.happens(ring)).toBe('');
    expect(terminal.type('SQ\r')).toBe('');
    expect(terminal.wait(5)).toBe('\r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\nRING\r\n');
  });

  it('do not wait for ever for a line that nobody finishes', () => {
    const terminal = new Terminal();
    terminal.type('A');
    terminal.happens({ type: 'unsolicited', line: '+X: 1' });
    expect(terminal.wait(29_999)).toBe('');
    expect(terminal.wait(1)).toBe('\r\n+X: 1\r\n');
  });

  it('wait through data, and are bounded', () => {
    const terminal = new Terminal({ mode: 'data' });
    for (let index = 0; index < 100; index += 1) {
      terminal.happens({ type: 'unsolicited', line: `+X: ${index}` });
    }
    expect(terminal.heard()).toBe('');
    const said = terminal.happens({ type: 'call-closed' });
    expect(said.startsWith('\r\nNO CARRIER\r\n\r\n+X: 0\r\n')).toBe(true);
    expect(said.match(/\+X/g)).toHaveLength(64);
  });
});
