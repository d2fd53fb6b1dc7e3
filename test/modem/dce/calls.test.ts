import { describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

const CONNECT = '\r\nCONNECT 115200\r\n';
const NO_CARRIER = '\r\nNO CARRIER\r\n';
const OK = '\r\nOK\r\n';

describe('dialling (V.250 §6.3.1)', () => {
  it('raises circuit 109, says CONNECT, and carries data from then on', () => {
    const terminal = new Terminal();
    expect(terminal.type('ATD5551234\r', 134)).toBe('');
    expect(terminal.dcd).toBe(false);
    expect(terminal.wait(1)).toBe(CONNECT);
    expect([terminal.dcd, terminal.mode]).toEqual([true, 'data']);
    terminal.type('AT\r');
    expect(terminal.toPeer).toBe('AT\r');
    expect(terminal.heard()).toBe('');
  });

  it('holds back what the other end says before CONNECT is out', () => {
    const terminal = new Terminal();
    terminal.type('ATD5551234\r', 20);
    expect(terminal.happens({ type: 'call-data', bytes: Buffer.from('hello') })).toBe('');
    expect(terminal.wait(200)).toBe(`${CONNECT}hello`);
  });

  it.each([
    ['X0', 'ATD5551234', '\r\nCONNECT\r\n'],
    ['X1', 'ATD5551234', CONNECT],
    ['X2', 'ATD5550000', NO_CARRIER],
    ['X3', 'ATD5550000', '\r\nBUSY\r\n'],
    ['X4', 'ATD5557777', NO_CARRIER],
  ])('tells under %s what it lets be told', (level, line, result) => {
    const terminal = new Terminal();
    terminal.ask(`AT${level}`);
    expect(terminal.type(`${line}\r`, 500)).toBe(result);
  });

  it.each([
    [1, 'ATD5551234', CONNECT],
    [2, 'ATD5551234', '\r\nNO DIALTONE\r\n'],
    [4, 'ATD5551234', '\r\nNO DIALTONE\r\n'],
    [3, 'ATDW5551234', NO_CARRIER],
  ])('without dial tone, X%i', (X, line, result) => {
    expect(new Terminal({ X, dialTone: false }).type(`${line}\r`, 500)).toBe(result);
  });

  it('gives up after S7', () => {
    const terminal = new Terminal({ S7: 3 });
    expect(terminal.type('ATD5559999\r', 3000)).toBe('');
    expect(terminal.wait(10)).toBe(NO_CARRIER);
    expect(terminal.events.at(-1)).toEqual({ type: 'abort' });
  });

  it('says NO ANSWER only where silence was waited for', () => {
    expect(new Terminal({ S7: 3 }).type('ATD5559999@\r', 4000)).toBe('\r\nNO ANSWER\r\n');
  });

  it('pauses S8 seconds at each comma, before S7 begins to count', () => {
    const terminal = new Terminal({ S7: 1 });
    terminal.type('ATD,,5559999\r', 4000);
    expect(terminal.events).toEqual([]);
    terminal.wait(10);
    expect(terminal.events).toMatchObject([{ type: 'dial', number: '5559999', modifiers: ',,' }]);
    expect(terminal.wait(1000)).toBe(NO_CARRIER);
  });

  it('ends at any character, which is lost; not in the first 125 ms', () => {
    const terminal = new Terminal();
    expect(terminal.type('ATD5559999\r\n', 125)).toBe('');
    expect(terminal.type('x')).toBe('');
    terminal.wait(1);
    expect(terminal.type('AT\r')).toBe(NO_CARRIER);
    expect(terminal.wait(200)).toBe('');
    expect(terminal.ask('AT')).toBe(OK);
  });

  it('can be aborted while it still pauses', () => {
    const terminal = new Terminal();
    terminal.type('ATD,5551234\r', 500);
    expect(terminal.type('x', 5000)).toBe(NO_CARRIER);
    expect(terminal.events).toEqual([]);
  });

  it('repeats with L and with A/', () => {
    const terminal = new Terminal();
    terminal.type('ATDT5550000\r', 500);
    terminal.type('ATDL\r', 500);
    terminal.type('A/', 500);
    expect(terminal.events.map(({ number }) => number)).toEqual(['5550000', '5550000', '5550000']);
  });

  it('returns to command state with a semicolon, and can go on in the same line', () => {
    const terminal = new Terminal();
    expect(terminal.ask('ATD5551234;S0=1')).toBe(OK);
    expect(terminal.ask('AT+CPAS;S0?')).toBe(`\r\n+CPAS: 4\r\n\r\n001\r\n${OK}`);
    expect(terminal.ask('ATH;+CPAS')).toBe(`\r\n+CPAS: 0\r\n${OK}`);
    expect(terminal.events).toMatchObject([{ type: 'dial', voice: true }, { type: 'hangup' }]);
  });

  it('is refused while there is a call, and pointless without a number or a network', () => {
    expect(new Terminal({ mode: 'online-command' }).ask('ATD5551234')).toBe('\r\nERROR\r\n');
    expect(new Terminal().ask('ATD')).toBe(NO_CARRIER);
    expect(new Terminal().ask('ATDL')).toBe(NO_CARRIER);
    expect(new Terminal({ CSQ: 99 }).ask('ATD5551234')).toBe(NO_CARRIER);
  });
});

describe('a call', () => {
  it('can be left and taken up again', () => {
    const terminal = new Terminal({ mode: 'online-command' });
    terminal.happens({ type: 'call-data', bytes: Buffer.from('meanwhile') });
    expect(terminal.heard()).toBe('');
    expect(terminal.ask('ATO')).toBe(`${CONNECT}meanwhile`);
  });

  it('keeps a bounded amount of what comes in online command state', () => {
    const terminal = new Terminal({ mode: 'online-command' });
    for (let index = 0; index < 100; index += 1) {
      terminal.happens({ type: 'call-data', bytes: new Uint8Array(1024) });
    }
    expect(terminal.ask('ATO').length).toBe(CONNECT.length + 64 * 1024);
  });

  it('ends with ATH: circuit 109 falls', () => {
    const terminal = new Terminal({ mode: 'online-command' });
    expect(terminal.dcd).toBe(true);
    expect(terminal.ask('ATH')).toBe(OK);
    expect(terminal.dcd).toBe(false);
    expect(terminal.ask('ATO')).toBe(NO_CARRIER);
  });

  it('ends with ATZ, which also brings the stored settings back', () => {
    const terminal = new Terminal({ mode: 'online-command' });
    terminal.ask('ATS0=5&W');
    terminal.ask('ATS0=6');
    expect(terminal.ask('ATZ')).toBe(OK);
    expect(terminal.events.at(-1)).toEqual({ type: 'hangup' });
    expect(terminal.ask('ATS0?')).toBe(`\r\n005\r\n${OK}`);
  });

  it('that the other end closes is reported between lines', () => {
    const terminal = new Terminal({ mode: 'online-command' });
    terminal.type('AT+C');
    expect(terminal.happens({ type: 'call-closed' })).toBe('');
    expect(terminal.type('SQ\r', 10)).toBe(`\r\n+CSQ: 20,99\r\n${OK}${NO_CARRIER}`);
  });

  it('ends after S30 when nothing passes', () => {
    const terminal = new Terminal({ mode: 'data', S30: 2 });
    terminal.wait(19_000);
    terminal.type('x');
    expect(terminal.wait(19_999)).toBe('');
    expect(terminal.wait(1)).toBe(NO_CARRIER);
    expect(terminal.events.at(-1)).toEqual({ type: 'hangup' });
  });
});

describe('an incoming call', () => {
  const ring = { type: 'ring' } as const;

  it('rings, is counted in S1, and is answered with ATA', () => {
    const terminal = new Terminal();
    expect(terminal.happens(ring)).toBe('\r\nRING\r\n');
    terminal.wait(6000);
    expect(terminal.happens(ring)).toBe('\r\nRING\r\n');
    expect(terminal.ask('ATS1?')).toBe(`\r\n002\r\n${OK}`);
    expect(terminal.ask('ATA')).toBe(CONNECT);
    expect(terminal.dcd).toBe(true);
  });

  it('is answered by itself after S0 rings, but not while DTR is off', () => {
    const terminal = new Terminal({ S0: 1 });
    terminal.happens({ type: 'terminal-ready', isOn: false });
    expect(terminal.happens(ring)).toBe('\r\nRING\r\n');
    expect(terminal.wait(1000)).toBe('');
    terminal.happens({ type: 'terminal-ready', isOn: true });
    expect(terminal.happens(ring)).toBe('\r\nRING\r\n');
    expect(terminal.wait(1000)).toBe(CONNECT);
  });

  it('is told with its kind and its number where that is asked for', () => {
    const terminal = new Terminal({ CRC: 1, CLIP: 1 });
    expect(terminal.happens({ type: 'ring', caller: '0123' })).toBe(
      '\r\n+CRING: GPRS "PPP"\r\n\r\n+CLIP: "0123",129\r\n',
    );
  });

  it('that stops ringing is gone, and the next is counted anew', () => {
    const terminal = new Terminal();
    terminal.happens(ring);
    terminal.wait(8000);
    expect(terminal.ask('ATA')).toBe(NO_CARRIER);
    terminal.happens(ring);
    terminal.heard();
    expect(terminal.ask('ATS1?')).toBe(`\r\n001\r\n${OK}`);
  });

  it('is a digit under V0 and nothing under Q1', () => {
    expect(new Terminal({ V: 0 }).happens(ring)).toBe('2\r');
    expect(new Terminal({ Q: 1 }).happens(ring)).toBe('');
  });
});
