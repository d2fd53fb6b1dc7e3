import { describe, expect, it } from 'vitest';
import { type ModuleProfile, moduleProfileSchema } from '../../../src/modem/module-profile.ts';
import { lteM } from '../../../src/modem/profiles/3gpp.ts';
import { Terminal } from './terminal.ts';

const OK = '\r\nOK\r\n';
const ERROR = '\r\nERROR\r\n';
/** Information lines and OK. */
const told = (...lines: readonly string[]) => `${lines.map((line) => `\r\n${line}\r\n`).join('')}${OK}`;

const home = { service: 'home', band: 'lte-b18', signalDbm: -73, system: '44050' } as const;

describe('registration (27.007 §7.2)', () => {
  it.each([
    ['home', { ...home }, '1'],
    ['roaming', { ...home, service: 'roaming' as const }, '5'],
    ['searching', { service: 'searching' as const }, '2'],
    ['none', { service: 'none' as const }, '2'],
  ])('shows %s', (_, coverage, stat) => {
    const terminal = new Terminal();
    terminal.cover(coverage);
    expect(terminal.ask('AT+CREG?;+CGREG?;+CEREG?')).toBe(
      told(`+CREG: 0,${stat}`, `+CGREG: 0,${stat}`, `+CEREG: 0,${stat}`),
    );
  });

  it('is told unasked where that is switched on, with the place under 2', () => {
    const terminal = new Terminal();
    terminal.ask('AT+CREG=1;+CEREG=2');
    expect(terminal.cover({ service: 'none' })).toBe('\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n');
    expect(terminal.cover(home)).toBe('\r\n+CREG: 1\r\n\r\n+CEREG: 1,"1A2B","0000C0DE",7\r\n');
    expect(terminal.ask('AT+CEREG?')).toBe(told('+CEREG: 2,1,"1A2B","0000C0DE",7'));
  });

  it('ends without radio, when told to, and without a usable SIM', () => {
    const terminal = new Terminal();
    expect(terminal.ask('AT+CFUN=4;+CREG?;+CSQ')).toBe(told('+CREG: 0,0', '+CSQ: 99,99'));
    expect(terminal.ask('AT+CFUN=1;+CREG?')).toBe(told('+CREG: 0,1'));
    expect(terminal.ask('AT+COPS=2;+CREG?;+COPS?')).toBe(told('+CREG: 0,0', '+COPS: 2'));
    expect(terminal.ask('AT+COPS=0;+CREG?')).toBe(told('+CREG: 0,1'));
    expect(new Terminal({ sim: 'absent' }).ask('AT+CREG?')).toBe(told('+CREG: 0,0'));
  });
});

it.each([
  [-51, '31'],
  [-40, '31'],
  [-73, '20'],
  [-113, '0'],
  [-120, '0'],
])('%i dBm is +CSQ %s', (signalDbm, rssi) => {
  const terminal = new Terminal();
  terminal.cover({ ...home, signalDbm });
  expect(terminal.ask('AT+CSQ')).toBe(told(`+CSQ: ${rssi},99`));
});

describe('the operator (27.007 §7.3)', () => {
  it('is shown in the format that was chosen', () => {
    const terminal = new Terminal();
    expect(terminal.ask('AT+COPS?')).toBe(told('+COPS: 0,0,"KDDI",7'));
    expect(terminal.ask('AT+COPS=3,2;+COPS?')).toBe(told('+COPS: 0,2,"44050",7'));
  });

  it('is listed among those in reach', () => {
    expect(new Terminal().ask('AT+COPS=?')).toBe(told('+COPS: (2,"KDDI","KDDI","44050",7),,(0-4),(0-2)'));
  });

  it('cannot be chosen when it is not there', () => {
    expect(new Terminal({ CMEE: 1 }).ask('AT+COPS=1,2,"00101"')).toBe('\r\n+CME ERROR: 30\r\n');
    expect(new Terminal().ask('AT+COPS=1,2,"44050"')).toBe(OK);
  });
});

describe('packet contexts (27.007 §10.1)', () => {
  it('are defined, shown in order and taken back', () => {
    const terminal = new Terminal();
    expect(terminal.ask('AT+CGDCONT?')).toBe(OK);
    terminal.ask('AT+CGDCONT=2,"IPV4V6","b"');
    terminal.ask('AT+CGDCONT=1,"IP","a\\22b\\5Cc"');
    expect(terminal.ask('AT+CGDCONT?')).toBe(
      told('+CGDCONT: 1,"IP","a\\22b\\5Cc","",0,0', '+CGDCONT: 2,"IPV4V6","b","",0,0'),
    );
    expect(terminal.ask('AT+CGDCONT=1;+CGDCONT?')).toBe(told('+CGDCONT: 2,"IPV4V6","b","",0,0'));
  });

  it('are activated when the module is attached', () => {
    const terminal = new Terminal({ CMEE: 1 });
    terminal.ask('AT+CGDCONT=1,"IP","a"');
    expect(terminal.ask('AT+CGACT?')).toBe(told('+CGACT: 1,0'));
    expect(terminal.ask('AT+CGACT=1,1;+CGACT?')).toBe(told('+CGACT: 1,1'));
    expect(terminal.ask('AT+CGATT=0;+CGATT?')).toBe(told('+CGATT: 0'));
    expect(terminal.ask('AT+CGACT=1,1')).toBe('\r\n+CME ERROR: 30\r\n');
    expect(terminal.ask('AT+CGACT=1,7')).toBe('\r\n+CME ERROR: 50\r\n');
  });

  it('never show a password again', () => {
    const terminal = new Terminal();
    expect(terminal.ask('AT+CGAUTH=1,2,"user","secret"')).toBe(OK);
    expect(terminal.ask('AT+CGAUTH?')).toBe(told('+CGAUTH: 1,2,"user"'));
  });
});

describe('the SIM', () => {
  it('asks for its PIN, and for its PUK after three wrong ones', () => {
    const terminal = new Terminal({ sim: 'pin', CMEE: 1 });
    expect(terminal.ask('AT+CPIN?')).toBe(told('+CPIN: SIM PIN'));
    expect(terminal.ask('AT+CIMI')).toBe('\r\n+CME ERROR: 11\r\n');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(terminal.ask('AT+CPIN="9999"')).toBe('\r\n+CME ERROR: 16\r\n');
    }
    expect(terminal.ask('AT+CPIN?')).toBe(told('+CPIN: SIM PUK'));
    expect(terminal.ask('AT+CPIN="12345678","4321";+CPIN?;+CREG?')).toBe(told('+CPIN: READY', '+CREG: 0,1'));
  });

  it('opens with the right PIN, with quotes or without', () => {
    expect(new Terminal({ sim: 'pin' }).ask('AT+CPIN="1234"')).toBe(OK);
    expect(new Terminal({ sim: 'pin' }).ask('AT+CPIN=1234')).toBe(OK);
  });
});

describe('errors (27.007 §9)', () => {
  it('come as ERROR, number or words', () => {
    const terminal = new Terminal({ sim: 'absent' });
    expect(terminal.ask('AT+CPIN?')).toBe(ERROR);
    expect(terminal.ask('AT+CMEE=1;+CPIN?')).toBe('\r\n+CME ERROR: 10\r\n');
    expect(terminal.ask('AT+CMEE=2;+CPIN?')).toBe('\r\n+CME ERROR: SIM not inserted\r\n');
    expect(terminal.ask('ATV0;+CPIN?')).toBe('+CME ERROR: SIM not inserted\r\n');
  });

  it('come for unknown commands and forms as well, in modules that do it so', () => {
    const vendor: ModuleProfile = moduleProfileSchema.parse({ ...lteM, pace: { registrationMs: 0 } });
    const terminal = new Terminal({ CMEE: 1 }, vendor);
    expect(terminal.ask('AT+BOGUS')).toBe('\r\n+CME ERROR: 4\r\n');
    expect(terminal.ask('AT+CSQ?')).toBe('\r\n+CME ERROR: 4\r\n');
    expect(terminal.ask('AT+CMEE=2;^BOGUS=?')).toBe('\r\n+CME ERROR: operation not supported\r\n');
    expect(terminal.ask('AT+CMEE=0;+BOGUS')).toBe(ERROR);
    expect(terminal.ask('AT+CMEE=2;+CPIN="12')).toBe(ERROR);
    expect(terminal.ask('ATK9')).toBe(ERROR);
  });

  it('stay ERROR for what the module does not know or cannot read', () => {
    const terminal = new Terminal({ CMEE: 2 });
    expect(terminal.ask('AT+BOGUS')).toBe(ERROR);
    expect(terminal.ask('AT+CPIN="12')).toBe(ERROR);
  });
});

describe('messages (27.005)', () => {
  const PROMPT = '\r\n> ';

  it('take everything but ^Z and ESC for text', () => {
    const terminal = new Terminal({ CMGF: 1 });
    expect(terminal.ask('AT+CMGS="+81901234"')).toBe(PROMPT);
    expect(terminal.type('ATH\r+++\r\nhellp\bo\x1a')).toBe(told('+CMGS: 1'));
    expect(terminal.events).toEqual([{ type: 'sms', number: '+81901234', text: 'ATH\r+++\r\nhello' }]);
  });

  it('are dropped at ESC', () => {
    const terminal = new Terminal({ CMGF: 1 });
    terminal.ask('AT+CMGS="1"');
    expect(terminal.type('half a text\x1b')).toBe(OK);
    expect(terminal.events).toEqual([]);
  });

  it('do not begin with the LF of the command line', () => {
    const terminal = new Terminal({ CMGF: 1 });
    terminal.type('AT+CMGS="1"\r\n', 200);
    terminal.type('\nx\x1a');
    expect(terminal.events).toMatchObject([{ text: '\nx' }]);
  });

  it('let unsolicited lines wait', () => {
    const terminal = new Terminal({ CMGF: 1 });
    terminal.ask('AT+CMGS="1"');
    expect(terminal.happens({ type: 'ring' })).toBe('');
    expect(terminal.type('x\x1a')).toBe(`${told('+CMGS: 1')}\r\nRING\r\n`);
  });

  it.each([
    ['without service', { CMGF: 1, CSQ: 99 }, 'AT+CMGS="1"', 'x\x1a', 331],
    ['that are no PDU in PDU mode', { CMGF: 0 }, 'AT+CMGS=22', 'hello\x1a', 304],
    ['that are too long', { CMGF: 1 }, 'AT+CMGS="1"', `${'x'.repeat(2000)}\x1a`, 305],
  ])('are refused %s', (_, setup, line, text, number) => {
    const terminal = new Terminal(setup);
    terminal.ask(line);
    expect(terminal.type(text)).toBe(`\r\n+CMS ERROR: ${number}\r\n`);
    expect(terminal.events).toEqual([]);
  });
});

describe('the clock', () => {
  it('shows network time in Japan, or what the DTE set', () => {
    const terminal = new Terminal();
    expect(terminal.ask('AT+CCLK?')).toBe(told('+CCLK: "08/09/30,12:00:00+36"'));
    terminal.ask('AT+CCLK="20/02/29,23:59:59+36"');
    expect(terminal.ask('AT+CCLK?')).toBe(told('+CCLK: "20/02/29,23:59:59+36"'));
    terminal.wait(1000);
    expect(terminal.ask('AT+CCLK?')).toMatch(/20\/03\/01,00:00:00/);
    expect(terminal.ask('AT+CCLK="21/02/29,00:00:00+36"')).toBe(ERROR);
  });
});

describe('settings', () => {
  it('can be stored twice, and set back', () => {
    const terminal = new Terminal();
    terminal.ask('ATS0=1&W0S0=2+CREG=1;&W1S0=3');
    expect(terminal.ask('ATZ0S0?')).toBe(told('001'));
    expect(terminal.ask('ATZ1S0?+CREG?')).toBe(told('002', '+CREG: 1,1'));
    expect(terminal.ask('AT&FE0S0?+CREG?')).toMatch(/000\r\n.*\+CREG: 0,1/s);
  });

  it('are shown with &V', () => {
    expect(new Terminal().ask('AT&V')).toMatch(/E0 .*&C1.*S00:000.*S12:050/s);
  });

  it.each([
    ['AT+CMEE=?', '+CMEE: (0-2)'],
    ['AT+IPR=?', '+IPR: (9600,115200),('],
    ['AT+ICF=?;+IFC=?', '+ICF: (0-6),(0-3)'],
    ['AT+ICF?;+IFC?', '+ICF: 3,3'],
    ['AT+CNMI=2,1;+CNMI?', '+CNMI: 2,1,0,0,0'],
    ['AT+CNMI=,,1;+CNMI?', '+CNMI: 0,0,1,0,0'],
    ['AT+CPMS="ME","ME","ME";+CPMS?', '+CPMS: "ME",0,10,"ME",0,10,"ME",0,10'],
    ['AT+CSCS="UCS2";+CSCS?', '+CSCS: "UCS2"'],
    ['AT+FCLASS=0;+FCLASS?', '\r\n0\r\n'],
    ['AT+CLIP=1;+CLIP?', '+CLIP: 1,1'],
    ['AT+GCAP', '+GCAP: +CGSM,+FCLASS'],
    ['ATI', 'VECTORS'],
    ['AT+CGSN', '490154203237518'],
    ['AT+CESQ', '+CESQ: 99,99,255,255,255,68'],
    ['AT+CIND?', '+CIND: 4,1,0'],
    ['AT+WS46?;+WS46=?', '+WS46: 28'],
    ['AT+CRSM=176,12258,0,0,10', '+CRSM: 144,0,"981803000000000020F1"'],
    ['AT+CRSM=176,28438,0,0,1', '+CRSM: 106,130'],
    ['AT+CGDATA=?;+CGCLASS?', '+CGCLASS: "B"'],
    ['AT+CLAC', 'AT+CEREG'],
  ])('%s tells %s', (line, part) => {
    const answer = new Terminal().ask(line);
    expect(answer).toContain(part);
    expect(answer.endsWith(OK)).toBe(true);
  });

  it('change the rate of the line after the OK', () => {
    const terminal = new Terminal();
    terminal.ask('AT+IPR=9600');
    const kinds = terminal.bench.recorded.map(({ action }) => action.type);
    expect(kinds).toEqual(['to-dte', 'speed']);
    expect(terminal.ask('AT+IPR?')).toBe(told('+IPR: 9600'));
    expect(terminal.ask('AT+IPR=0;+IPR?')).toBe(told('+IPR: 0'));
  });
});
