import { describe, expect, it } from 'vitest';
import { cdmaProfile, Terminal } from './terminal.ts';

const NO_CARRIER = '\r\nNO CARRIER\r\n';
const OK = '\r\nOK\r\n';
const off = { type: 'terminal-ready', isOn: false } as const;

function circuits(terminal: Terminal) {
  return terminal.bench.recorded.flatMap(({ at, action }) =>
    action.type === 'signals' ? [{ at, ...action.signals }] : [],
  );
}

describe('circuit 108/2, DTR (V.250 §6.2.9)', () => {
  it('means nothing under &D0', () => {
    const terminal = new Terminal({ mode: 'data', '&D': 0 });
    expect(terminal.happens(off)).toBe('');
    expect(terminal.mode).toBe('data');
  });

  it('leads to online command state under &D1', () => {
    const terminal = new Terminal({ mode: 'data', '&D': 1 });
    expect(terminal.happens(off)).toBe(OK);
    expect([terminal.mode, terminal.dcd]).toEqual(['command', true]);
  });

  it('hangs up under &D2: connected, in online command state or dialling', () => {
    const connected = new Terminal({ mode: 'data' });
    expect(connected.happens(off)).toBe(NO_CARRIER);
    expect([connected.mode, connected.dcd]).toEqual(['command', false]);
    expect(new Terminal({ mode: 'online-command' }).happens(off)).toBe(NO_CARRIER);
    const dialling = new Terminal();
    dialling.type('ATD5559999\r', 1000);
    expect(dialling.happens(off)).toBe(NO_CARRIER);
    expect(dialling.events.at(-1)).toEqual({ type: 'abort' });
  });

  it('says nothing when there was nothing to hang up, and drops half a line', () => {
    const terminal = new Terminal();
    terminal.type('AT+BOG');
    expect(terminal.happens(off)).toBe('');
    expect(terminal.ask('AT')).toBe(OK);
  });
});

describe('circuit 109, DCD (V.250 §6.2.8)', () => {
  it('falls after the last octets and before NO CARRIER', () => {
    const terminal = new Terminal({ mode: 'data' });
    terminal.bench.happen({ event: 'peerClose', afterData: 'bye' });
    const order = terminal.bench.recorded.map(({ action }) =>
      action.type === 'to-dte' ? action.kind : action.type,
    );
    expect(order).toEqual(['data', 'signals', 'result']);
    expect(terminal.dcd).toBe(false);
  });

  it('is always on under &C0', () => {
    const terminal = new Terminal();
    terminal.ask('AT&C0');
    expect(terminal.dcd).toBe(true);
  });

  it('drops for a second at the end of a call under &C2', () => {
    const terminal = new Terminal({ mode: 'data' }, cdmaProfile);
    terminal.happens({ type: 'call-closed' });
    terminal.wait(2000);
    const [fall, rise] = circuits(terminal);
    expect([fall?.dcd, rise?.dcd]).toEqual([false, true]);
    expect((rise?.at ?? 0) - (fall?.at ?? 0)).toBe(1000);
  });

  it('is on while text is asked for (27.005 §3.5.1)', () => {
    const terminal = new Terminal({ CMGF: 1 });
    expect(terminal.ask('AT+CMGS="1"')).toBe('\r\n> ');
    expect(terminal.dcd).toBe(true);
    terminal.type('\x1b');
    expect(terminal.dcd).toBe(false);
  });
});

it('circuit 125 pulses with each ring', () => {
  const terminal = new Terminal();
  terminal.happens({ type: 'ring' });
  terminal.wait(5000);
  expect(circuits(terminal).map(({ ri }) => ri)).toEqual([true, false]);
});

it('circuit 107 follows the call under &S1, and is off for good on the CDMA module', () => {
  const lte = new Terminal({ mode: 'data', '&S': 1 });
  lte.happens({ type: 'call-closed' });
  expect(circuits(lte).at(-1)?.dsr).toBe(false);
  const cdma = new Terminal({}, cdmaProfile);
  cdma.ask('AT&S1');
  expect(circuits(cdma).at(-1)?.dsr).toBe(false);
});
