import { describe, expect, it } from 'vitest';
import { cdmaProfile, Terminal } from './terminal.ts';

const OK = '\r\nOK\r\n';
const ERROR = '\r\nERROR\r\n';
const told = (...lines: readonly string[]) => `${lines.map((line) => `\r\n${line}\r\n`).join('')}${OK}`;

function module(setup: Readonly<Record<string, unknown>> = {}): Terminal {
  const terminal = new Terminal({ '&C': 1, ...setup }, cdmaProfile);
  terminal.cover({ service: 'home', band: 'bc3', signalDbm: -73, system: '12304' });
  return terminal;
}

describe('the CDMA module', () => {
  it('shows service, band and system', () => {
    const terminal = module();
    expect(terminal.ask('AT+CAD?;+CSS?;+CSQ?;+CSQ;+CREG?')).toBe(
      told('+CAD: 1', '+CSS: 0,A,12304', '+CSQ: 20,99', '+CSQ: 20,99', '+CREG: 0,1'),
    );
    terminal.cover({ service: 'home', band: 'bc0', signalDbm: -60, system: '12305' });
    expect(terminal.ask('AT+CSS?')).toBe(told('+CSS: 1,A,12305'));
  });

  it('without cells has no service, and cannot dial', () => {
    const terminal = module();
    terminal.cover({ service: 'none' });
    expect(terminal.ask('AT+CAD?;+CSS?;+CSQ')).toBe(told('+CAD: 0', '+CSS: 0,Z,99999', '+CSQ: 99,99'));
    expect(terminal.ask('ATD*99**24#')).toBe('\r\nNO CARRIER\r\n');
    expect(terminal.ask('AT+CEER')).toBe(told('+CEER: 1'));
  });

  it('takes the packet mode unless mobile IP is on', () => {
    const terminal = module();
    expect(terminal.ask('AT+CRM=2;+CRM?')).toBe(told('+CRM: 2'));
    expect(terminal.ask('AT$QCMIP=1')).toBe(OK);
    expect(terminal.ask('AT+CRM=0')).toBe(ERROR);
  });

  it.each([
    ['AT+CQD?', '+CQD: 10'],
    ['AT+CTA=30;+CTA?', '+CTA: 30'],
    ['AT+CXT?', '+CXT: 0'],
    ['AT+WBND=2;+WBND?', '+WBND: 2'],
    ['AT+CBC?', '+CBC: 0,100'],
    ['AT+GMM', 'CM-800'],
    ['AT+CRM=?', '+CRM: (0-2)'],
    ['AT+CCLK?', '+CCLK: "08/09/30,12:00:00+36"'],
  ])('%s tells %s', (line, told) => {
    expect(module().ask(line)).toBe(`\r\n${told}\r\n${OK}`);
  });

  it('knows no 3GPP commands', () => {
    for (const name of ['+CGDCONT?', '+CPIN?', '+COPS?', '+CEREG?', '+CGMI', '+CMGF=1']) {
      expect(module().ask(`AT${name}`)).toBe(ERROR);
    }
  });

  it('knows its address no more than it should', () => {
    expect(module().ask('AT+CMIP?')).toBe(OK);
    expect(module().ask('AT+CMIP')).toBe(ERROR);
  });

  it('ends a call with +WCHD: OK, then NO CARRIER', () => {
    const terminal = module({ mode: 'online-command' });
    expect(terminal.ask('AT+WCHD')).toBe(`${OK}\r\nNO CARRIER\r\n`);
    expect(terminal.dcd).toBe(false);
    expect(terminal.ask('AT+WCHD')).toBe(OK);
  });

  it('ends a call that is forgotten in online command state after +CQD times 5 s', () => {
    const terminal = module({ mode: 'online-command' });
    terminal.ask('AT+CQD=2');
    expect(terminal.wait(9_700)).toBe('');
    expect(terminal.wait(200)).toBe('\r\nNO CARRIER\r\n');
  });
});
