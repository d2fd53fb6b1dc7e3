/** What modules send, as the driver reads it. */
import assert from 'node:assert/strict';
import { ms } from '../../../src/base/units.ts';
import type { AtResponseEvent } from '../../../src/wire/at/event.ts';
import { AtResponseParser } from '../../../src/wire/at/response.ts';
import { responses, words } from '../corpus/at.ts';
import { assertSameInPieces, type FuzzTarget, latin1, onceIn, pick } from '../target.ts';

const COMMANDS = [
  'AT',
  'ATE0V1',
  'ATV0',
  'AT+CSQ',
  'AT+CPBR=1,9',
  'ATD5551234',
  'ATI',
  'AT+CGSN',
  'AT+CMGS="1"',
  'ATS3=30',
  'AT+CREG?',
  'ATH',
  'AT+CLAC',
  'ATO',
  'AT+CMGR=1',
];

interface Setting {
  readonly commands: readonly string[];
  readonly isEscaping: boolean;
  readonly startsInData: boolean;
}

/** Events of one reading, with data joined: how data is cut is the line's affair. */
function read(pieces: readonly Uint8Array[], { commands, isEscaping, startsInData }: Setting) {
  const parser = new AtResponseParser();
  const rest = [...commands];
  const heard: unknown[] = [];
  let data: number[] = [];
  let dataBytes = 0;
  const hear = (event: AtResponseEvent) => {
    if (event.type === 'data') {
      data.push(...event.bytes);
      dataBytes += event.bytes.length;
      return;
    }
    heard.push(Buffer.from(data).toString('latin1'), event);
    data = [];
    const next = event.type === 'final' ? rest.shift() : undefined;
    if (next !== undefined) {
      parser.expect(next);
    }
  };
  parser.expect(rest.shift() ?? 'AT');
  if (startsInData) {
    parser.enterData();
    parser.awaitEscape(isEscaping);
  }
  for (const piece of pieces) {
    for (const event of parser.push(piece, ms(0))) {
      hear(event);
    }
  }
  for (let ticks = 0; parser.deadline !== undefined; ticks += 1) {
    assert.ok(ticks < 10_000, 'a deadline that does not go away');
    for (const event of parser.tick(parser.deadline)) {
      hear(event);
    }
  }
  for (const event of parser.endCall(ms(1e6))) {
    hear(event);
  }
  return { heard, data, partial: parser.partialLine, dataBytes };
}

function endless(name: string, piece: string, command: string, startsInData = false) {
  return {
    name,
    piece: latin1(piece.repeat(Math.ceil(1000 / piece.length))),
    open() {
      const parser = new AtResponseParser();
      parser.expect(command);
      if (startsInData) {
        parser.enterData();
      }
      return (octets: Uint8Array) => {
        for (const event of parser.push(octets, ms(0))) {
          assert.ok(event.type !== 'connect');
        }
      };
    },
  };
}

export const atResponse: FuzzTarget = {
  name: 'at-response',
  corpus: responses,
  dictionary: words,
  attempt(given) {
    const { random } = given;
    const setting: Setting = {
      commands: Array.from({ length: random.integer(1, 5) }, () => pick(random, COMMANDS)),
      isEscaping: onceIn(random, 2),
      startsInData: onceIn(random, 4),
    };
    assertSameInPieces(given, (pieces) => read(pieces, setting));
  },
  endless: [
    endless('line', 'x', 'AT'),
    endless('open quote', '+CPBR: 1,"a\r\nb', 'AT+CPBR=1,9'),
    endless('open quotes', '+C: "\r\n+C: "a",', 'AT+CPBR=1,9'),
    endless('information', '\r\n+CSQ: 1,2\r\n', 'AT+CSQ'),
    endless('unsolicited lines', '\r\nRING\r\n', 'AT'),
    endless('headers', '\r\n+CMT: "1","2","3"', 'AT'),
    endless('numeric results', '4\r', 'ATV0'),
    endless('blank lines', '\r\n', 'AT'),
    endless('prompts', '> ', 'AT+CMGS="1"'),
    endless('data', 'NO CARRIE', 'AT', true),
    endless('line ends in data', '\r\n', 'AT', true),
  ],
};
