import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ms, ms } from '../../../src/base/units.ts';
import type { AtResponseEvent } from '../../../src/wire/at/event.ts';
import { AtResponseParser, type AtResponseParserOptions } from '../../../src/wire/at/response.ts';

const octets = (text: string) => Buffer.from(text, 'latin1');

/** Neighbouring data joined, octets as text. */
function plain(events: readonly AtResponseEvent[]): object[] {
  const plain: { type: string; bytes?: string }[] = [];
  for (const event of events) {
    const last = plain.at(-1);
    if (event.type === 'octets') {
      plain.push({ type: 'octets', bytes: Buffer.from(event.bytes).toString('latin1') });
    } else if (event.type !== 'data') {
      plain.push(event);
    } else if (last?.type === 'data') {
      last.bytes += Buffer.from(event.bytes).toString('latin1');
    } else {
      plain.push({ type: 'data', bytes: Buffer.from(event.bytes).toString('latin1') });
    }
  }
  return plain;
}

/** Lets all that waits for silence decide. */
function settle(parser: AtResponseParser, from: Ms): AtResponseEvent[] {
  const events: AtResponseEvent[] = [];
  for (let at = parser.deadline, steps = 0; at !== undefined; at = parser.deadline, steps += 1) {
    if (steps > 10_000) {
      throw new Error('the parser never comes to rest');
    }
    events.push(...parser.tick(ms(Math.max(from, at))));
  }
  return events;
}

function read(
  text: string,
  setup: (parser: AtResponseParser) => void = () => {},
  options: AtResponseParserOptions = {},
): object[] {
  const parser = new AtResponseParser(options);
  setup(parser);
  return plain([...parser.push(octets(text), ms(0)), ...settle(parser, ms(0))]);
}

const pending = (command: string) => (parser: AtResponseParser) => parser.expect(command);
const inV0 = (command: string) => (parser: AtResponseParser) => {
  parser.setFormat({ verbose: false });
  parser.expect(command);
};
const inData = (parser: AtResponseParser) => parser.enterData();
const escaping = (parser: AtResponseParser) => {
  parser.enterData();
  parser.awaitEscape(true);
};

const OK = { type: 'final', result: 'OK' };
const info = (line: string) => ({ type: 'info', line });
const urc = (line: string) => ({ type: 'urc', line });
const data = (bytes: string) => ({ type: 'data', bytes });

describe('echo', () => {
  it('is used up even where an unsolicited line cuts it', () => {
    expect(read('AT+C\r\n+CREG: 1\r\nSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n', pending('AT+CSQ'))).toEqual([
      urc('+CREG: 1'),
      info('+CSQ: 20,99'),
      OK,
    ]);
  });

  it('may have lost its first characters or have noise before it', () => {
    expect(read('T+CSQ\r\r\nOK\r\n', pending('AT+CSQ'))).toEqual([OK]);
    expect(read('\xff\xfeAT+CSQ\r\r\nOK\r\n', pending('AT+CSQ'))).toEqual([OK]);
  });

  it('does not swallow an answer that merely begins like the command', () => {
    expect(read('\r\nATTENTION\r\n\r\nOK\r\n', pending('AT'))).toEqual([info('ATTENTION'), OK]);
  });

  it('does not swallow NO CARRIER behind a line feed', () => {
    expect(read('\nNO CARRIER\r\n', pending('ATD1'))).toEqual([
      { type: 'final', result: 'ERROR', reason: 'NO CARRIER' },
    ]);
  });

  it('of a password is not handed on as information', () => {
    const line = 'AT+CGAUTH=1,1,"u","p"';
    expect(read(`${line}\r\r\nOK\r\n`, pending(line))).toEqual([OK]);
  });
});

describe('numeric results (V0)', () => {
  it('end a command when no line feed follows', () => {
    expect(read('0\r', inV0('AT'))).toEqual([OK]);
    expect(read('4\r', inV0('AT+X'))).toEqual([{ type: 'final', result: 'ERROR', kind: 'generic' }]);
  });

  it('are information when a line feed follows', () => {
    expect(read('0\r\n0\r', inV0('AT+FCLASS?'))).toEqual([info('0'), OK]);
  });

  it('tell why there is no call', () => {
    expect(read('7\r', inV0('ATD1'))).toEqual([{ type: 'final', result: 'ERROR', reason: 'BUSY' }]);
    expect(read('2\r3\r', inV0('ATD1'))).toEqual([
      urc('RING'),
      { type: 'final', result: 'ERROR', reason: 'NO CARRIER' },
    ]);
  });

  it('connect, and what follows is data', () => {
    expect(read('1\r~\xff', inV0('ATD1'))).toEqual([{ type: 'connect', text: '' }, data('~\xff')]);
    expect(read('15\r~\xff', inV0('ATD1'))).toEqual([{ type: 'connect', text: '14400' }, data('~\xff')]);
  });

  it('hold from the line that asks for them on', () => {
    expect(read('ATV0\r0\r', pending('ATV0'))).toEqual([OK]);
    expect(read('ATV1\r\r\nOK\r\n', inV0('ATV1'))).toEqual([OK]);
  });

  it('leave the errors with a name as words', () => {
    expect(read('+CME ERROR: 10\r\n', inV0('AT+CPIN?'))).toMatchObject([
      { type: 'final', kind: 'CME', code: 10 },
    ]);
  });
});

describe('final results', () => {
  it.each([
    ['+CME ERROR: 10', { kind: 'CME', code: 10, text: '10' }],
    ['+CME ERROR: SIM not inserted', { kind: 'CME', text: 'SIM not inserted' }],
    ['+CME ERROR', { kind: 'CME' }],
    ['+CMS ERROR: 500', { kind: 'CMS', code: 500, text: '500' }],
    ['REJECT', { kind: 'vendor', text: 'REJECT' }],
    ['ERROR', { kind: 'generic' }],
  ])('%s', (line, detail) => {
    expect(read(`\r\n${line}\r\n`, pending('AT+X'))).toEqual([{ type: 'final', result: 'ERROR', ...detail }]);
  });

  it.each(['OKAY', 'ERROR 5', '+CME ERRORS: 1', 'NO CARRIERS', 'xOK'])('are not in %s', (line) => {
    expect(read(`\r\n${line}\r\n\r\nOK\r\n`, pending('AT+X'))).toHaveLength(2);
  });

  it('of a call end nothing but a call', () => {
    expect(read('\r\nBUSY\r\n\r\n+CSQ: 1,99\r\n\r\nOK\r\n', pending('AT+CSQ'))).toEqual([
      urc('BUSY'),
      info('+CSQ: 1,99'),
      OK,
    ]);
  });

  it('keep the free text of CONNECT', () => {
    expect(read('\r\nCONNECT 115200/V.42/LAPM\r\n', pending('ATD1'))).toEqual([
      { type: 'connect', text: '115200/V.42/LAPM' },
    ]);
    expect(read('\r\nCONNECT\r\n', pending('AT+CGDATA="PPP",1'))).toEqual([{ type: 'connect', text: '' }]);
  });

  it('without a command outstanding are stale', () => {
    expect(read('\r\nOK\r\n')).toEqual([{ type: 'stale', lines: ['OK'] }]);
  });
});

describe('unsolicited results', () => {
  it('are told from an answer of the same name by what they hold', () => {
    expect(
      read(
        '\r\n+CREG: 2\r\n\r\n+CREG: 2,1,"00A1","0012"\r\n\r\n+CREG: 1,"00A1","0012"\r\n\r\nOK\r\n',
        pending('AT+CREG?'),
      ),
    ).toEqual([urc('+CREG: 2'), info('+CREG: 2,1,"00A1","0012"'), urc('+CREG: 1,"00A1","0012"'), OK]);
  });

  it('of a registration come after the command that switches them on', () => {
    expect(read('\r\n+CEREG: 1\r\n\r\nOK\r\n', pending('AT+CEREG=1'))).toEqual([urc('+CEREG: 1'), OK]);
  });

  it('do not pass for a serial number', () => {
    expect(read('\r\n+CREG: 1\r\n\r\nRING\r\n\r\n440500000000000\r\n\r\nOK\r\n', pending('AT+CIMI'))).toEqual(
      [urc('+CREG: 1'), urc('RING'), info('440500000000000'), OK],
    );
  });

  it('do not hide the answer to a query that has no name before it', () => {
    expect(read('\r\nQuectel\r\n\r\n+CIEV: 2,1\r\n\r\nOK\r\n', pending('AT+CGMI'))).toEqual([
      info('Quectel'),
      urc('+CIEV: 2,1'),
      OK,
    ]);
  });

  it('have their second line with them, whatever it reads', () => {
    expect(read('\r\n+CMT: "+81901",,"08/10/01,00:00:00+36"\r\nOK\r\n\r\nOK\r\n', pending('AT'))).toEqual([
      { type: 'urc', line: '+CMT: "+81901",,"08/10/01,00:00:00+36"', payload: 'OK' },
      OK,
    ]);
    expect(read('\r\n+CMT: "+81901",,"08/10/01,00:00:00+36"\r\n\r\n')).toEqual([
      { type: 'urc', line: '+CMT: "+81901",,"08/10/01,00:00:00+36"', payload: '' },
    ]);
  });

  it('are not lost when their second line does not come', () => {
    expect(read('\r\n+CDS: 25\r\n')).toEqual([urc('+CDS: 25')]);
  });
});

describe('texts', () => {
  it('of messages may read OK', () => {
    expect(
      read(
        '\r\n+CMGR: "REC READ","+81901",,"08/10/01,00:00:00+36"\r\nOK\r\n\r\nOK\r\n',
        pending('AT+CMGR=1'),
      ),
    ).toEqual([info('+CMGR: "REC READ","+81901",,"08/10/01,00:00:00+36"'), info('OK'), OK]);
  });

  it('in quotes may span lines', () => {
    expect(read('\r\n+CUSD: 0,"a\r\nOK\r\nb",15\r\n\r\nOK\r\n', pending('AT+CUSD=1'))).toEqual([
      urc('+CUSD: 0,"a\r\nOK\r\nb",15'),
      OK,
    ]);
  });

  it('with a quote that never closes end with their line', () => {
    expect(read('\r\n+COPS: 0,0,"abc\r\n\r\nOK\r\n', pending('AT+COPS?'))).toEqual([
      info('+COPS: 0,0,"abc'),
      OK,
    ]);
    expect(
      read('\r\n+COPS: 0,0,"abc\r\n\r\nOK\r\n\r\n+CLIP: "+819012345",145\r\n', pending('AT+COPS?')),
    ).toEqual([info('+COPS: 0,0,"abc'), OK, urc('+CLIP: "+819012345",145')]);
  });

  it('outside of values have quotes that mean nothing', () => {
    expect(read('\r\nSize 5"\r\n\r\nOK\r\n', pending('ATI'))).toEqual([info('Size 5"'), OK]);
  });

  it('are asked for by a prompt, and only from commands that take text', () => {
    expect(read('\r\n> ', pending('AT+CMGS=22'))).toEqual([{ type: 'prompt' }]);
    expect(read('\r\n> 0011\x1a\r\n+CMGS: 5\r\n\r\nOK\r\n', pending('AT+CMGS=22'))).toEqual([
      { type: 'prompt' },
      info('+CMGS: 5'),
      OK,
    ]);
    expect(read('\r\n> quoted\r\n\r\nOK\r\n', pending('ATI'))).toEqual([info('> quoted'), OK]);
  });
});

describe('a line without end', () => {
  it('is thrown away at the bound, and the answer behind it still read', () => {
    expect(read(`\r\n${'x'.repeat(100)}\r\n\r\nOK\r\n`, pending('ATI'), { lineLimit: 64 })).toEqual([
      { type: 'overflow', limit: 64 },
      OK,
    ]);
  });

  it('may be as long as the bound', () => {
    const line = 'x'.repeat(64);
    expect(read(`\r\n${line}\r\n\r\nOK\r\n`, pending('ATI'), { lineLimit: 64 })).toEqual([info(line), OK]);
  });

  it('that grew inside quotes is taken apart again', () => {
    expect(read(`\r\n+X: "\r\n\r\nOK\r\n${'y'.repeat(80)}\r\n`, pending('AT+X?'), { lineLimit: 64 })).toEqual(
      [info('+X: "'), OK, { type: 'overflow', limit: 64 }],
    );
  });
});

describe('data state', () => {
  it('ends at NO CARRIER with silence behind it', () => {
    expect(read('~bye~\r\nNO CARRIER\r\n', inData)).toEqual([data('~bye~'), { type: 'carrierLost' }]);
  });

  it('goes on when there is more behind NO CARRIER', () => {
    expect(read('~a\r\nNO CARRIER\r\nb~\r\nNO CARR', inData)).toEqual([
      data('~a\r\nNO CARRIER\r\nb~\r\nNO CARR'),
    ]);
  });

  it('ends at once when DCD falls, and the words behind mean nothing new', () => {
    const parser = new AtResponseParser();
    parser.enterData();
    const events = [...parser.push(octets('~a~\r'), ms(0)), ...parser.endCall(ms(10))];
    events.push(...parser.push(octets('\r\nNO CARRIER\r\n'), ms(50)), ...settle(parser, ms(50)));
    expect(plain(events)).toEqual([data('~a~\r'), { type: 'carrierLost' }]);
  });

  it('ends with the words on a slow line that brings them octet by octet', () => {
    const parser = new AtResponseParser();
    parser.enterData();
    const events: AtResponseEvent[] = [];
    let now = ms(0);
    for (const character of '~a~\r\nNO CARRIER\r\n') {
      now = ms(now + 200);
      events.push(...parser.push(octets(character), now));
    }
    events.push(...settle(parser, now));
    expect(plain(events).at(-1)).toEqual({ type: 'carrierLost' });
  });

  it('ends at the OK to an escape, with silence or an unsolicited line behind it', () => {
    expect(read('~a~\r\nOK\r\n', escaping)).toEqual([data('~a~'), { type: 'escaped' }]);
    expect(read('~a~\r\nOK\r\n\r\n+CIEV: 2,1\r\n', escaping)).toEqual([
      data('~a~'),
      { type: 'escaped' },
      urc('+CIEV: 2,1'),
    ]);
  });

  it('takes OK for data when no escape is on its way, or when data follows', () => {
    expect(read('~\r\nOK\r\n', inData)).toEqual([data('~\r\nOK\r\n')]);
    expect(read('\r\nOK\r\n~a', escaping)).toEqual([data('\r\nOK\r\n~a')]);
  });

  it('ends when the module starts anew', () => {
    expect(read('~a~\r\nRDY\r\n', inData)).toEqual([data('~a~'), { type: 'modemReset', line: 'RDY' }]);
  });

  it('gives views of what was read, not copies', () => {
    const parser = new AtResponseParser();
    parser.enterData();
    const bytes = octets('~some PPP frame~');
    const [event] = parser.push(bytes, ms(0));
    expect(event?.type === 'data' && event.bytes.buffer === bytes.buffer).toBe(true);
  });
});

describe('late answers', () => {
  it('do not end the command that came after', () => {
    const parser = new AtResponseParser();
    parser.expect('AT+COPS?');
    parser.abandon();
    parser.expect('AT+CSQ');
    const events = [...parser.push(octets('\r\n+COPS: 0\r\n\r\nOK\r\n\r\n+CSQ: 1,99\r\n\r\nOK\r\n'), ms(0))];
    expect(events).toEqual([{ type: 'stale', lines: ['+COPS: 0', 'OK'] }, info('+CSQ: 1,99'), OK]);
  });

  it('that are a lone OK or ERROR do not end a query either', () => {
    const parser = new AtResponseParser();
    parser.expect('AT+CGATT=1');
    parser.abandon();
    parser.expect('AT+CSQ');
    expect([...parser.push(octets('\r\nERROR\r\n\r\n+CSQ: 1,99\r\n\r\nOK\r\n'), ms(0))]).toEqual([
      { type: 'stale', lines: ['ERROR'] },
      info('+CSQ: 1,99'),
      OK,
    ]);
  });

  it('that never come do not hold up the next command', () => {
    const parser = new AtResponseParser();
    parser.expect('AT+COPS?');
    parser.abandon();
    parser.expect('AT');
    expect([...parser.push(octets('\r\nOK\r\n'), ms(0))]).toEqual([OK]);
  });
});

describe('a reset', () => {
  it('ends what was outstanding and brings the default form back', () => {
    const parser = new AtResponseParser();
    parser.setFormat({ verbose: false, terminator: 30 });
    parser.setFormat({ terminator: 13 });
    parser.expect('AT+CSQ');
    const events = [...parser.push(octets('\r\nRDY\r\n'), ms(0))];
    parser.expect('AT');
    events.push(...parser.push(octets('\r\nOK\r\n'), ms(10)));
    expect(events).toEqual([{ type: 'modemReset', line: 'RDY' }, OK]);
  });
});

/** Pieces that the parser has opinions about, and octets that it has none about. */
const piece = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\r',
    '\n',
    '"',
    'OK',
    '\r\nOK\r\n',
    '\r\nERROR\r\n',
    '+CME ERROR:',
    'CONNECT 9600\r\n',
    '\r\nNO CARRIER\r\n',
    'NO CARRIER',
    'RDY',
    '+CMT: ,24\r\n',
    '+CREG: 1',
    '+CSQ: 20,99',
    '+COPS: 0,0,"',
    'AT+COPS?',
    '> ',
    '0\r',
    '\x1a',
    'RING\r\n',
  ),
  fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)),
    maxLength: 20,
  }),
);
const stream = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
const situation = fc.constantFrom(
  'AT+COPS?',
  'AT+CSQ',
  'ATD1',
  'ATI',
  'AT+CMGS=2',
  'AT+CMGL=4',
  'ATV0',
  '',
  'data',
  'escaping',
);

function prepared(what: string, lineLimit: number): AtResponseParser {
  const parser = new AtResponseParser({ lineLimit });
  if (what === 'data' || what === 'escaping') {
    parser.enterData();
    parser.awaitEscape(what === 'escaping');
  } else if (what !== '') {
    parser.expect(what);
  }
  return parser;
}

describe('any octets in any situation', () => {
  it('give the same events, however they are cut', () => {
    fc.assert(
      fc.property(stream, situation, fc.array(fc.nat(12), { minLength: 1 }), (text, what, cuts) => {
        const whole = prepared(what, 48);
        const expected = plain([...whole.push(octets(text), ms(0)), ...settle(whole, ms(0))]);
        const cut = prepared(what, 48);
        const events: AtResponseEvent[] = [];
        for (let from = 0, index = 0; from < text.length; index += 1) {
          const length = (cuts[index % cuts.length] ?? 0) + 1;
          events.push(...cut.push(octets(text.slice(from, from + length)), ms(0)));
          from += length;
        }
        events.push(...settle(cut, ms(0)));
        expect(plain(events)).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('never fail, never stall, never hold more than the bound', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(stream, fc.nat(3000))), situation, (reads, what) => {
        const parser = prepared(what, 48);
        let now = ms(0);
        for (const [text, gap] of reads) {
          now = ms(now + gap);
          [...parser.tick(now)];
          for (const event of parser.push(octets(text), now)) {
            if (event.type === 'final') {
              parser.expect('AT+CSQ');
            }
          }
          expect(parser.partialLine.length).toBeLessThanOrEqual(48);
        }
        settle(parser, now);
      }),
      { numRuns: 500 },
    );
  });

  it('that pass the short way are data and nothing else', () => {
    fc.assert(
      fc.property(stream, stream, (before, text) => {
        const parser = prepared('data', 48);
        [...parser.push(octets(before), ms(0))];
        if (parser.mode === 'data' && text !== '' && parser.passes(octets(text))) {
          expect(plain([...parser.push(octets(text), ms(0)), ...settle(parser, ms(0))])).toEqual([
            data(text),
          ]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('come through a call unchanged, as long as it lasts', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (reads) => {
        const parser = prepared('data', 48);
        const events: AtResponseEvent[] = [];
        for (const bytes of reads) {
          events.push(...parser.push(bytes, ms(0)));
        }
        events.push(...settle(parser, ms(0)));
        const sent = Buffer.concat(reads).toString('latin1');
        expect(plain(events)).toEqual(sent === '' ? [] : [data(sent)]);
      }),
    );
  });
});
